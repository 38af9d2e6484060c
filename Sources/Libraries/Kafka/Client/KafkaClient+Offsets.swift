import CRdkafka

/// Where a partition's log begins and ends.
@frozen public struct Watermarks: Sendable, Hashable {
    /// The first offset that the log still has.
    public var low: Int64
    /// The offset behind the last record: what the next one will get.
    public var high: Int64

    /// The log from `low` up to, not including, `high`.
    @inlinable public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}

extension KafkaClient {
    /// Asks the partition's leader for both watermarks, one after the other.
    ///
    /// Blocks, at most for `timeout`. Not by librdkafka's own call for that, which in this version waits for its answer
    /// beyond any timeout: a look-up of times takes these two places for times as well, and it keeps its deadline.
    public func queryWatermarks(
        _ topic: String, _ partition: Int32, timeout: Duration
    ) throws(KafkaError) -> Watermarks {
        let deadline = Deadline(after: timeout)
        let low = try queryOffset(topic, partition, at: KafkaOffset.beginning, timeout: deadline.remaining)
        let high = try queryOffset(topic, partition, at: KafkaOffset.end, timeout: deadline.remaining)
        return Watermarks(low: min(low, high), high: high)
    }

    /// Asks the partition's leader for the offset at `place`: ``KafkaOffset/beginning`` or ``KafkaOffset/end``. For a
    /// consumer with `read_committed` the end is where the first open transaction begins.
    ///
    /// Blocks, at most for `timeout`.
    public func queryOffset(
        _ topic: String, _ partition: Int32, at place: Int64, timeout: Duration
    ) throws(KafkaError) -> Int64 {
        let found = try offsets(forTimes: [TopicPartition(topic, partition, offset: place)], timeout: timeout)
        guard let answer = found.first, answer.error == .none, answer.offset >= 0 else {
            let code = found.first?.error ?? .failed
            throw KafkaError(code == .none ? .failed : code, "offsets of \(topic):\(partition): \(code.text)")
        }
        return answer.offset
    }

    /// The watermarks that the last fetch or query of this client brought, nil where there was none. Does not block.
    public func cachedWatermarks(_ topic: String, _ partition: Int32) -> Watermarks? {
        unsafe ifOpen { handle in
            var marks = Watermarks(low: -1, high: -1)
            let code = unsafe rd_kafka_get_watermark_offsets(handle, topic, partition, &marks.low, &marks.high)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, marks.high >= 0 else { return nil }
            return Watermarks(low: max(0, marks.low), high: marks.high)
        } ?? nil
    }

    /// For each partition, whose `offset` is a time in milliseconds since 1970, the first offset whose record is as
    /// late as that; `KafkaOffset.end` where there is none.
    ///
    /// Blocks, at most for `timeout`. The embedded broker cannot look up times: it answers the end always.
    public func offsets(
        forTimes partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition] {
        guard !partitions.isEmpty else { return [] }
        return try unsafe withHandle { (handle) throws(KafkaError) in
            try unsafe PartitionList.with(partitions) { (list) throws(KafkaError) in
                try KafkaError.check(
                    unsafe rd_kafka_offsets_for_times(handle, list, timeout.milliseconds), "offsets for times")
                return unsafe PartitionList.read(list)
            }
        }
    }
}
