/// How the one memory limit is shared out. The parts add up to the limit.
public struct MemorySplit: Sendable, Hashable {
    /// Records fetched and not read yet, over all partitions.
    public let prefetch: Int
    /// Batches: messages, decoded payloads, descriptors.
    public let batches: Int
    /// What sinks hold of their own: producers' queues, buffers of files.
    public let sinks: Int
    /// Clients, threads, the log.
    public let rest: Int

    /// The split of `memory` bytes. A quarter for each of prefetch and sinks, three eighths for batches: what a batch
    /// weighs is counted, while librdkafka overshoots a prefetch limit by a fetched batch a partition.
    public init(memory: Int) {
        prefetch = memory / 4
        batches = memory / 8 * 3
        sinks = memory / 4
        rest = memory - prefetch - batches - sinks
    }
}
