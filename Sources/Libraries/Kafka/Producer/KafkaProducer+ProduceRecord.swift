import CRdkafka

extension KafkaProducer {
    /// One record for ``produce(_:headers:partition:opaque:timestamp:to:_:)``, by spans.
    public struct Content: ~Escapable {
        let payload: RawSpan
        let key: RawSpan
        let isTombstone: Bool
        let hasKey: Bool

        /// A payload or a tombstone, with a key or without.
        @_lifetime(copy payload, copy key)
        public init(payload: RawSpan, isTombstone: Bool, key: RawSpan, hasKey: Bool) {
            self.payload = payload
            self.isTombstone = isTombstone
            self.key = key
            self.hasKey = hasKey
        }
    }

    /// Puts one record with its headers in the producer's queue; answers `none` when it was taken, and what
    /// ``ProduceResult/error`` says otherwise. Never blocks.
    ///
    /// `timestamp` is in milliseconds since 1970, 0 for now. Headers and key are copied, the payload by `ownership`.
    /// More than twice the cost of a record of a batch, and it allocates where there are headers.
    public func produce(
        _ content: Content, headers: [(name: String, value: [UInt8]?)], partition: Int32, opaque: UInt,
        timestamp: Int64 = 0, to topic: ProducerTopic, _ ownership: Ownership
    ) -> KafkaErrorCode {
        // Null says "none" to librdkafka; see `RawSpan.address` for what is empty.
        let payload = unsafe UnsafeRawBufferPointer(
            start: content.payload.address, count: content.payload.byteCount)
        let key = unsafe UnsafeRawBufferPointer(start: content.key.address, count: content.key.byteCount)
        let entry = unsafe ProduceEntry(
            payload: content.isTombstone ? nil : payload, key: content.hasKey ? key : nil, partition: partition,
            opaque: opaque, timestamp: timestamp)
        guard !headers.isEmpty else { return unsafe produce(entry, to: topic, ownership) }
        return unsafe KafkaProducer.withHeaders(headers) { unsafe produce(entry, headers: $0, to: topic, ownership) }
    }

    /// As above, by arrays, nil being a tombstone and no key. Everything is copied.
    public func produce(
        payload: [UInt8]?, key: [UInt8]?, headers: [(name: String, value: [UInt8]?)], partition: Int32, opaque: UInt,
        timestamp: Int64 = 0, to topic: ProducerTopic
    ) -> KafkaErrorCode {
        let (bytes, keyBytes) = (payload ?? [], key ?? [])
        let content = unsafe Content(
            payload: bytes.span.bytes, isTombstone: payload == nil, key: keyBytes.span.bytes, hasKey: key != nil)
        return produce(
            content, headers: headers, partition: partition, opaque: opaque, timestamp: timestamp, to: topic, .copied)
    }

    /// All names and values in one piece of memory, and the headers that point into it, for the length of a call.
    private static func withHeaders<R>(
        _ headers: [(name: String, value: [UInt8]?)], _ body: (UnsafeBufferPointer<KafkaHeader>) -> R
    ) -> R {
        var bytes: [UInt8] = []
        var places: [(name: Range<Int>, value: Range<Int>?)] = []
        for (name, value) in headers {
            let start = bytes.count
            bytes.append(contentsOf: name.utf8)
            let end = bytes.count
            if let value { bytes.append(contentsOf: value) }
            places.append((start..<end, value.map { _ in end..<bytes.count }))
        }
        // An empty name must point somewhere too.
        bytes.append(0)
        return unsafe bytes.withUnsafeBytes { all in
            // Every range was measured on these bytes, which stay until `body` has returned.
            let list = unsafe places.map { place in
                unsafe KafkaHeader(
                    name: UnsafeRawBufferPointer(rebasing: all[place.name]),
                    value: place.value.map { unsafe UnsafeRawBufferPointer(rebasing: all[$0]) })
            }
            return unsafe list.withUnsafeBufferPointer { unsafe body($0) }
        }
    }
}
