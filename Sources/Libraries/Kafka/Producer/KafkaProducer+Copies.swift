extension KafkaProducer {
    /// Puts a copy of one record, without headers, in the producer's queue; answers `none` when it was taken, and what
    /// ``ProduceResult/error`` says otherwise. Never blocks. For tools: a lane borrows.
    ///
    /// A nil `payload` is a tombstone, a nil `key` no key. With a nil `partition` the property `partitioner` decides.
    public func produce(
        payload: [UInt8]?, key: [UInt8]? = nil, partition: Int32? = nil, opaque: UInt = 0, to topic: ProducerTopic
    ) -> KafkaErrorCode {
        let payloadBytes = payload ?? []
        let keyBytes = key ?? []
        // Bytes have no padding whose content would be undefined.
        let content = unsafe Content(
            payload: payloadBytes.span.bytes, isTombstone: payload == nil, key: keyBytes.span.bytes, hasKey: key != nil)
        return produce(content, headers: [], partition: partition ?? -1, opaque: opaque, to: topic, .copied)
    }
}
