import Glibc
import Millrace
import Platform

/// The file that says, should the process die, what each lane had in hand, and what is known of earlier deaths.
///
/// A lane writes its slot before it works on a batch and empties it afterwards: two small writes a batch that the kernel
/// keeps when the process dies. They are not synced: after a loss of power nothing is suspected. The file is locked while
/// it is used; a second worker of the same name takes another one. An end in order, without a suspect, removes it.
public final class CrashMarker: Sendable {
    private static let slotSize: Int64 = 512
    private static let slots = 64
    private static let historySize = 64 << 10
    private static let mostFiles = 64

    /// The file.
    public let path: String
    private let file: File
    private let history: Locked<CrashHistory>

    /// Opens the first file of `folder` for the pipeline `name` that nobody uses, and takes in what it says of deaths.
    public init(folder: String, name: String) throws(MillraceError) {
        do throws(SystemError) {
            try FileSystem.makeFolders(folder, permissions: 0o700)
            var number = 1
            var path = "\(folder)/\(name).crash"
            var file = try File(path, [.reading, .writing, .creating])
            while true {
                // Between the opening and the lock its last user may have removed it.
                if try file.tryLock() {
                    if file.isAtItsPath { break }
                } else {
                    guard number < CrashMarker.mostFiles else {
                        throw SystemError(EBUSY, "lock", path)
                    }
                    number += 1
                    path = "\(folder)/\(name).\(number).crash"
                }
                file = try File(path, [.reading, .writing, .creating])
            }
            self.path = path
            self.file = file
            var history = CrashHistory(
                text: try CrashMarker.text(file, at: CrashMarker.historyPlace, CrashMarker.historySize))
            var held: [(shard: ShardID, offsets: Range<Int64>)] = []
            for slot in 0..<CrashMarker.slots {
                let line = try CrashMarker.text(file, at: Int64(slot) * CrashMarker.slotSize, Int(CrashMarker.slotSize))
                if let one = CrashHistory.held(line[...]) { held.append(one) }
            }
            history.died(holding: held)
            self.history = Locked(history)
            let empty = [UInt8](repeating: 0, count: Int(CrashMarker.historyPlace))
            try CrashMarker.write(history, file)
            try file.write(empty.span, at: 0)
        } catch {
            throw MillraceError(
                .cannotCreate, "no crash marker: \(error)", remedy: "name another folder: --state DIR")
        }
    }

    private static var historyPlace: Int64 { Int64(slots) * slotSize }

    private static func text(_ file: File, at place: Int64, _ count: Int) throws(SystemError) -> String {
        String(decoding: try file.read(at: place, count: count).prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func write(_ history: CrashHistory, _ file: File) throws(SystemError) {
        let bytes = Array(history.text.utf8.prefix(historySize - 1)) + [0]
        try file.write(bytes.span, at: historyPlace)
    }

    /// What is suspected of `shard`.
    func suspects(of shard: ShardID) -> CrashHistory.Suspects? { history.withLock { $0.suspects[shard] } }

    /// Nothing is suspected of `shard` any more.
    func clear(_ shard: ShardID) {
        history.withLock { history in
            history.clear(shard)
            try? CrashMarker.write(history, file)
        }
    }

    /// The process ends in order, and no lane works any more: without a suspect there is nothing to remember.
    public func end() {
        guard history.withLock({ $0.suspects.isEmpty }), file.isAtItsPath else { return }
        try? FileSystem.remove(path)
    }

    /// Lane `lane` has these offsets in hand from now on.
    func hold(lane: Int, _ shard: ShardID, _ offsets: Range<Int64>) {
        guard lane < CrashMarker.slots else { return }
        let bytes = Array(CrashHistory.line(shard, offsets).utf8) + [0]
        try? file.write(bytes.span, at: Int64(lane) * CrashMarker.slotSize)
    }

    /// It has not any more.
    func release(lane: Int) {
        guard lane < CrashMarker.slots else { return }
        try? file.write([UInt8(0)].span, at: Int64(lane) * CrashMarker.slotSize)
    }
}
