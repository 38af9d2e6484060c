import Millrace

/// The jobs that wait for the writer, bounded by bytes: pure, behind the sink's lock.
///
/// A job goes in while all that wait keep to `limit`, or when none does; so the bound is `limit` and one delivery, which a
/// batch bounds.
struct Jobs: Sendable {
    /// A job with the one whom its answer goes to.
    struct Entry: Sendable {
        let job: Job
        let address: SinkAddress
    }

    let limit: Int
    private var waiting: [Entry] = []
    private var bytes = 0
    private var full: [SinkAddress] = []
    var isClosing = false

    init(limit: Int) { self.limit = limit }

    /// Whether a delivery of `size` bytes may come; if not, `address` is among those that ``takeRoom()`` names.
    mutating func reserve(_ size: Int, _ address: SinkAddress) -> Bool {
        guard bytes == 0 || bytes + size <= limit else {
            full.append(address)
            return false
        }
        bytes += size
        return true
    }

    /// Puts a job behind the others, with the size that was reserved for it.
    mutating func put(_ entry: Entry) { waiting.append(entry) }

    /// The job that waits longest. There are at most as many as shards, so the others may move up.
    mutating func takeFirst() -> Entry? { waiting.isEmpty ? nil : waiting.removeFirst() }

    /// Takes what waits of a shard and epoch out again.
    mutating func remove(_ address: SinkAddress) -> [Entry] {
        let gone = waiting.filter { $0.address.isSame(as: address) }
        waiting.removeAll { $0.address.isSame(as: address) }
        full.removeAll { $0.isSame(as: address) }
        return gone
    }

    /// So many bytes have ended.
    mutating func free(_ size: Int) { bytes -= size }

    /// Who was full and has room now: at half of the limit.
    mutating func takeRoom() -> [SinkAddress] {
        guard bytes <= limit / 2 else { return [] }
        defer { full = [] }
        return full
    }
}
