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
    /// Asks the partition's leader for both watermarks.
    ///
    /// Blocks, and in this version **not only for `timeout`**, which bounds the search for the leader alone: the
    /// answer is waited for as long as the request may live (`socket.timeout.ms` and its retries). Never on a lane.
    public func queryWatermarks(
        _ topic: String, _ partition: Int32, timeout: Duration
    ) throws(KafkaError) -> Watermarks {
        try unsafe withHandle { (handle) throws(KafkaError) in
            var marks = Watermarks(low: 0, high: 0)
            try KafkaError.check(
                unsafe rd_kafka_query_watermark_offsets(
                    handle, topic, partition, &marks.low, &marks.high, timeout.milliseconds),
                "watermarks of \(topic):\(partition)")
            return marks
        }
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
