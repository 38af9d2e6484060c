import CRdkafka

extension KafkaProducer {
    /// Puts the records of `range` of `batch` in the producer's queue, in order, all of them for `partition`, whatever
    /// theirs says. Never blocks, never sends.
    ///
    /// Where the topic or the partition is known to be missing nothing is taken and nothing is left behind: with a
    /// partition a record, this version of librdkafka keeps what it refuses for that reason, and its place in the queue.
    public func produce(
        _ batch: borrowing ProduceBatch, _ range: Range<Int>, partition: Int32, to topic: ProducerTopic,
        _ ownership: Ownership
    ) -> ProduceResult {
        precondition(range.lowerBound >= 0 && range.upperBound <= batch.count, "range outside the batch")
        let entries = unsafe batch.entries + range.lowerBound
        for index in 0..<range.count { unsafe entries[index].err = RD_KAFKA_RESP_ERR__DESTROY }
        let taken = unsafe client.ifOpen { _ in
            // The topic's handle lives while the client lets us in; the payloads' owner has agreed to `ownership`.
            Int(unsafe rd_kafka_produce_batch(topic.handle, partition, ownership.flag, entries, Int32(range.count)))
        }
        guard let taken, taken == range.count else {
            return unsafe refusal(taken ?? 0, entries, range.count, range.lowerBound)
        }
        return ProduceResult(taken: taken, firstRefused: nil, error: .none)
    }
}
