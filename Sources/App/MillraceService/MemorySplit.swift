import Millrace

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

extension MemorySplit {
    /// What threads' stacks, code and the allocator reserve beside the memory, in bytes: at idle, a pipeline of one sink
    /// has 700 MiB on two cores. Most of it is never touched.
    private static let reserved = 512 << 20

    /// Refuses an address space of `limit` bytes (nil: not limited) that `memory` bytes cannot fit into: a worker would end
    /// at some allocation, and so would the next one.
    static func checkAddressSpace(_ limit: Int64?, memory: Int) throws(MillraceError) {
        let least = Int64(memory + reserved)
        guard let limit, limit < least else { return }
        throw MillraceError(
            .config,
            "the address space is limited to \(limit >> 20) MiB (ulimit -v, LimitAS=), too little for limits.memory "
                + "of \(memory >> 20) MiB and what threads and libraries reserve",
            remedy: "raise it to \(least >> 20) MiB at least, better take it away (MemoryMax= and limits.memory bound "
                + "what is used), or lower limits.memory")
    }
}
