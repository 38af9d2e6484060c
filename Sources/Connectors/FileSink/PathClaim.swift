import Glibc
import Millrace
import Platform

/// Keeps other pipelines away from the files of a sink, from the start on and not only once a shard has records.
///
/// A lock file a topic, in the folder that all files share: the workers of one consumer group hold it together, as their
/// shards are disjoint, and nobody else beside them. Templates that lead to the same files in other words
/// are told apart only by the lock of each file, when it is opened.
final class PathClaim: Sendable {
    /// Somebody else has the path.
    struct Taken: Error {
        /// What the holder wrote of itself: `pipeline orders, group orders-worker`; empty where it has not yet.
        let holder: String
    }

    /// How long another may take to say who it is, milliseconds: it holds the lock alone for two writes.
    private static let patience: Int64 = 10_000

    private let locks: [File]

    /// Claims `template` for the shards of `topics`. A lock that cannot be made or tried (a full disk, a file system without
    /// locks) is left out: each file's own is still there.
    init(_ template: PathTemplate, topics: [String], group: String, pipeline: String) throws(Taken) {
        var locks: [File] = []
        let owner = "group \(group)\n"
        for name in Set(topics.map { template.name(of: $0) }).sorted() {
            let path = "\(template.fixedFolder)/.millrace-\(Self.hash(name)).lock"
            guard let file = try? File(path, [.reading, .writing, .creating]) else { continue }
            if try Self.claim(file, owner, "\(owner)pipeline \(pipeline)\npath \(name)\n") { locks.append(file) }
        }
        self.locks = locks
    }

    /// Gives the path back.
    func release() {
        for lock in locks { try? lock.close() }
    }

    /// Whether the lock is held now, beside others of `owner`.
    private static func claim(_ file: File, _ owner: String, _ text: String) throws(Taken) -> Bool {
        let deadline = MonotonicClock.milliseconds() + patience
        var holder = ""
        repeat {
            do throws(SystemError) {
                if try file.tryLock() {
                    try file.truncate(to: 0)
                    try file.write(Array(text.utf8).span, at: 0)
                }
                // Whoever has it alone gives that up at once: then it is shared, or the next one's.
                if try file.tryLock(shared: true) {
                    holder = String(decoding: try file.read(at: 0, count: 4096), as: UTF8.self)
                    if holder.hasPrefix(owner) { return true }
                    try file.unlock()
                }
            } catch {
                return false
            }
            if !holder.isEmpty { break }
            usleep(10_000)
        } while MonotonicClock.milliseconds() < deadline
        let lines = holder.split(separator: "\n").prefix(2).reversed()
        throw Taken(holder: lines.joined(separator: ", "))
    }

    /// FNV-1a, 64 bits, in hexadecimal digits.
    private static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
