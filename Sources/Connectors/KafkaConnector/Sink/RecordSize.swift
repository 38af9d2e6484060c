/// What a record takes in the log: the broker compares that, not the payload, with `max.message.bytes`.
///
/// By the record batch format, version 2 (magic 2), of Apache Kafka's protocol guide.
enum RecordSize {
    /// A batch without its records.
    static let batchOverhead = 61
    /// What librdkafka adds to key, payload and headers when it compares a record with its own `message.max.bytes`.
    static let clientOverhead = 36

    /// A batch with one record in it, not compressed. `headers` is what ``headers(_:)`` says, 0 for none.
    static func alone(key: Int?, payload: Int?, headerCount: Int = 0, headers: Int = 0) -> Int {
        // Attributes, and the differences to the batch's own time and offset, are a byte each.
        let content =
            3 + field(key) + field(payload) + varint(headerCount) + headers
        return batchOverhead + varint(content) + content
    }

    /// The headers themselves, without their count.
    static func headers(_ headers: [(name: String, value: [UInt8]?)]) -> Int {
        headers.reduce(0) { $0 + field($1.name.utf8.count) + field($1.value?.count) }
    }

    /// A length and as many bytes; the length of what is missing is -1.
    private static func field(_ count: Int?) -> Int {
        guard let count else { return 1 }
        return varint(count) + count
    }

    /// The bytes of a number that is not negative, in the zigzag form: seven bits a byte, one bit lost to the sign.
    private static func varint(_ value: Int) -> Int {
        let bits = Int.bitWidth - (value << 1).leadingZeroBitCount
        return max(1, (bits + 6) / 7)
    }
}
