import FoundationEssentials
import Millrace
import Platform

/// A file of the state folder that holds one value, as JSON, and is replaced whole: after a crash it is the old one or the
/// new one. While it is open no other process has it.
final class StateFile<Value: Codable>: Sendable {
    /// Where it lies.
    let path: String
    private let lock: File

    /// Opens the file `name` of `folder`; throws 73 when another process works with it. `work` names that, for people.
    init(_ name: String, in folder: StateFolder, work: String) throws(MillraceError) {
        try folder.make()
        path = folder.file(name)
        do throws(SystemError) {
            lock = try File(path + ".lock", [.writing, .creating], permissions: 0o600)
            guard try lock.tryLock() else {
                throw SystemError(0, "lock", path)
            }
        } catch {
            if error.code == 0 {
                throw MillraceError(.cannotCreate, "another process is at this \(work) (\(path) is locked)")
            }
            throw MillraceError(.cannotCreate, "\(error)", remedy: "name another folder: --state DIR")
        }
    }

    /// What it holds; nil where there is none.
    func read() throws(MillraceError) -> Value? { try StateFile.read(path) }

    /// What the file at `path` holds, whoever has it open; nil where there is none.
    static func read(_ path: String) throws(MillraceError) -> Value? {
        guard FileSystem.exists(path) else { return nil }
        let bytes: [UInt8]
        do { bytes = try FileSystem.contents(of: path, limit: 1 << 30) } catch {
            throw MillraceError(.noInput, "\(error)")
        }
        do { return try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
            throw MillraceError(
                .data, "\(path) is not what it should be", remedy: "remove it; the work then begins anew")
        }
    }

    /// Holds `value` from now on, for good.
    func write(_ value: Value) throws(MillraceError) {
        let bytes: [UInt8]
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            bytes = Array(try encoder.encode(value))
        } catch { throw MillraceError(.internal, "cannot write \(path): \(error)") }
        do throws(SystemError) {
            let next = try File(path + ".new", [.writing, .creating, .truncating], permissions: 0o600)
            try next.write(bytes.span)
            try next.sync()
            try next.close()
            try FileSystem.rename(path + ".new", to: path)
            try FileSystem.sync(folder: FileSystem.folder(of: path))
        } catch {
            throw MillraceError(.cannotCreate, "progress cannot be kept: \(error)")
        }
    }

    /// Holds nothing any more.
    func remove() {
        if FileSystem.exists(path) { try? FileSystem.remove(path) }
    }
}
