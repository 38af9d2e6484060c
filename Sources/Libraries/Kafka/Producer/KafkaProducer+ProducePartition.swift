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
        let taken = batch.enqueue(range, partition: partition, self, topic, ownership)
        let firstRefused = taken == range.count ? nil : batch.firstRefused(in: range)
        return ProduceResult(
            taken: taken, firstRefused: firstRefused, error: firstRefused.map { batch.error(at: $0) } ?? .none)
    }
}
