import CRdkafka
import Glibc

/// One header of a record, by pointers: as a message that was read has it, or as one to be produced is given.
///
/// It owns nothing. Read from a message it is valid as long as the message's batch; for producing, its bytes are
/// copied during the call.
@frozen @unsafe public struct KafkaHeader {
    @usableFromInline let raw: crk_header_t

    /// A header of the `name` (UTF-8, no NUL within it) and the `value`; a nil value is Kafka's null, not the empty one.
    @inlinable public init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        // A null pointer says null to librdkafka, so an empty value must point somewhere: its name will do.
        let start = unsafe value.map { unsafe $0.baseAddress ?? name.baseAddress } ?? nil
        unsafe raw = crk_header_t(
            name: name.baseAddress?.assumingMemoryBound(to: CChar.self), name_length: name.count, value: start,
            value_length: value?.count ?? 0)
    }

    @inlinable init(_ raw: crk_header_t) { unsafe self.raw = raw }

    /// The name's bytes.
    @inlinable public var name: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: raw.name, count: raw.name_length)
    }

    /// The value's bytes; nil for null.
    @inlinable public var value: UnsafeRawBufferPointer? {
        guard let start = unsafe raw.value else { return nil }
        return unsafe UnsafeRawBufferPointer(start: start, count: raw.value_length)
    }
}

extension KafkaMessage {
    /// Calls `body` with each header, in order; a name may occur more than once.
    ///
    /// Parses the headers at the first call and allocates; constant cost where there are none. What `body` is given
    /// is valid as long as the batch. Throws `_BAD_MSG` for headers that do not parse.
    public func forEachHeader(_ body: (KafkaHeader) -> Void) throws(KafkaError) {
        var list: OpaquePointer?
        let code = unsafe rd_kafka_message_headers(raw, &list)
        if code == RD_KAFKA_RESP_ERR__NOENT { return }
        try KafkaError.check(code, "headers of offset \(offset)")
        var index = 0
        var header = unsafe crk_header_t()
        var name: UnsafePointer<CChar>?
        while unsafe rd_kafka_header_get_all(list, index, &name, &header.value, &header.value_length)
            == RD_KAFKA_RESP_ERR_NO_ERROR, let name = unsafe name
        {
            unsafe header.name = name
            unsafe header.name_length = strlen(name)
            unsafe body(KafkaHeader(header))
            index += 1
        }
    }
}
