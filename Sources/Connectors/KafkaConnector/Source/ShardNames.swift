import Millrace

/// Shards as a log line names them: `orders:0-3,7 payments:1`.
enum ShardNames {
    /// `shards`, sorted, with runs of partitions drawn together.
    static func text(_ shards: [ShardID]) -> String {
        var topics: [(name: String, partitions: [Int32])] = []
        for shard in shards.sorted() {
            if topics.last?.name != shard.topic { topics.append((shard.topic, [])) }
            topics[topics.count - 1].partitions.append(shard.partition)
        }
        return topics.map { "\($0.name):\(runs($0.partitions))" }.joined(separator: " ")
    }

    private static func runs(_ numbers: [Int32]) -> String {
        var runs: [ClosedRange<Int32>] = []
        for number in numbers {
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}
