import Glibc
import Millrace
import Platform

/// Carries the steps of a ``FileState`` out: the only place of the sink that touches a disk. One thread owns it.
final class FileDevice {
    /// The state file: who writes, for people, and two slots for a ``FileRecord``. All of it is there from the start, so
    /// that a full disk cannot keep a record from being written.
    private static let headerSize = 4096
    private static let stateSize = headerSize + 2 * FileRecord.slotSize

    private let files: FilePaths
    private let framing: Framing
    private var state: File?
    private var data: File?

    private let descriptorLimit: () -> Int

    /// A device for `files`.
    /// - Parameter descriptorLimit: How many descriptors the process may have open now.
    init(
        files: FilePaths, framing: Framing = .line, descriptorLimit: @escaping () -> Int = { Process.descriptorLimit }
    ) {
        self.files = files
        self.framing = framing
        self.descriptorLimit = descriptorLimit
    }

    /// Does what `step` says.
    func perform(_ step: FileState.Step) -> FileState.Answer {
        do throws(SystemError) {
            switch step {
            case .open: return try open()
            case .begin(let length): return try begin(length: length)
            case .cut(let length): return try cut(to: length)
            case .write(let chunk, let length): return try write(chunk, at: length)
            case .sync(let length): return try sync(length: length)
            case .record(let bytes, let slot): return try record(bytes, slot: slot)
            case .rename(let target): return try rename(to: target)
            case .close: return try close()
            }
        } catch {
            return .failed(error)
        }
    }

    private func open() throws(SystemError) -> FileState.Answer {
        _ = try? close()
        let folder = FileSystem.folder(of: files.state)
        let isNew = !FileSystem.exists(folder)
        try FileSystem.makeFolders(folder)
        if isNew { syncFolders(above: folder) }
        let state = try kept(files.state, [.reading, .writing, .creating])
        guard try state.tryLock() else { return .locked(by: owner(in: state)) }
        var facts = FileFacts()
        facts.record = try newestRecord(in: state)
        facts.size = try size(of: files.data)
        if let length = facts.record?.length, length > 0, facts.size ?? 0 > 0, framing(in: state) != framing {
            throw SystemError(
                EINVAL, "go on in another framing (move the file away, or change `path`) with", files.data)
        }
        try prepare(state)
        self.state = state
        if let size = facts.size, facts.record.map({ size < $0.length }) ?? true {
            facts.lineEnd = try recordEnd(size: size)
        }
        if let record = facts.record, let number = record.rotation, let first = record.first {
            facts.rotatedSize = try size(of: files.rotated(first: first, number: number))
        }
        return .facts(facts)
    }

    /// Opens a file that stays open. The system gives the lowest free number, so a high one says how many are in use.
    private func kept(_ path: String, _ mode: File.Mode) throws(SystemError) -> File {
        let file = try File(path, mode)
        let limit = descriptorLimit()
        guard Int(file.descriptor) < limit - Process.descriptorReserve(of: limit) else {
            throw SystemError(EMFILE, "open", path)
        }
        return file
    }

    /// Fills a new state file, and says in it who writes. What is in the slots stays.
    private func prepare(_ state: File) throws(SystemError) {
        let size = try state.size()
        if size < Int64(Self.stateSize) {
            try state.write([UInt8](repeating: 0, count: Self.stateSize - Int(size)).span, at: size)
            try state.sync(dataOnly: false)
            try FileSystem.sync(folder: FileSystem.folder(of: files.state))
        }
        let text = """
            Millrace file sink: how far the file without `.state` is safe. Keep the two together.
            pid \(Process.identifier)
            framing \(framing.rawValue)

            """
        var header = Array(text.utf8)
        header += [UInt8](repeating: UInt8(ascii: "\n"), count: Self.headerSize - header.count)
        try state.write(header.span, at: 0)
    }

    private func owner(in state: File) -> Int32? {
        guard let header = try? state.read(at: 0, count: 256) else { return nil }
        for line in String(decoding: header, as: UTF8.self).split(separator: "\n") where line.hasPrefix("pid ") {
            return Int32(line.dropFirst(4))
        }
        return nil
    }

    /// How the file was begun; those of before there was a choice have lines.
    private func framing(in state: File) -> Framing {
        guard let header = try? state.read(at: 0, count: 512) else { return .line }
        for line in String(decoding: header, as: UTF8.self).split(separator: "\n") where line.hasPrefix("framing ") {
            return Framing(rawValue: String(line.dropFirst(8))) ?? .line
        }
        return .line
    }

    private func newestRecord(in state: File) throws(SystemError) -> FileRecord? {
        var newest: FileRecord?
        for slot in 0..<2 {
            let place = Int64(Self.headerSize + slot * FileRecord.slotSize)
            let bytes = try state.read(at: place, count: FileRecord.slotSize)
            guard let record = FileRecord(bytes) else { continue }
            if record.sequence >= newest?.sequence ?? 0 { newest = record }
        }
        return newest
    }

    /// The size of the file at `path`, nil when there is none.
    private func size(of path: String) throws(SystemError) -> Int64? {
        switch try FileSystem.kind(path) {
        case .missing: return nil
        case .file: return try File(path, .reading).size()
        case .folder: throw SystemError(EISDIR, "write", path)
        case .other: throw SystemError(ENOTSUP, "append lines to", path)
        }
    }

    /// The place behind the last whole record of the file's first `size` bytes.
    private func recordEnd(size: Int64) throws(SystemError) -> Int64 {
        let file = try File(files.data, .reading)
        return try framing.end(of: size) { (start, count) throws(SystemError) in try file.read(at: start, count: count)
        }
    }

    private func begin(length: Int64) throws(SystemError) -> FileState.Answer {
        let file = try kept(files.data, [.reading, .appending, .creating])
        let size = try file.size()
        if size < length { return .replaced("\(files.data) became shorter while it was opened") }
        if size > length { try file.truncate(to: length) }
        try file.sync(dataOnly: false)
        try FileSystem.sync(folder: FileSystem.folder(of: files.data))
        data = file
        return .done
    }

    /// The names of folders that were just made must last as well. Those above may not be ours to open: then they are not new.
    private func syncFolders(above folder: String) {
        var path = folder
        while path != "." && path != "/" {
            path = FileSystem.folder(of: path)
            guard (try? FileSystem.sync(folder: path)) != nil else { return }
        }
    }

    private func cut(to length: Int64) throws(SystemError) -> FileState.Answer {
        guard let data else { return .done }
        if try data.size() > length { try data.truncate(to: length) }
        return .done
    }

    private func write(_ chunk: Chunk, at length: Int64) throws(SystemError) -> FileState.Answer {
        guard let bytes = chunk.bytes else { return .done }
        let data = try opened(data, files.data)
        // Behind a line that somebody cut in the middle a good one would be torn too.
        guard let change = try change(of: data, from: length) else {
            try data.write(bytes.bytes)
            return .done
        }
        return .replaced(change)
    }

    private func change(of file: File, from length: Int64) throws(SystemError) -> String? {
        let size = try file.size()
        return size == length ? nil : "\(files.data) has \(size) bytes where \(length) were written"
    }

    private func sync(length: Int64) throws(SystemError) -> FileState.Answer {
        let data = try opened(data, files.data)
        try data.sync()
        if !data.isAtItsPath { return .replaced("\(files.data) was moved, removed or replaced") }
        if let state, !state.isAtItsPath { return .replaced("\(files.state) was moved, removed or replaced") }
        return try change(of: data, from: length).map { .replaced($0) } ?? .done
    }

    private func record(_ bytes: [UInt8], slot: Int) throws(SystemError) -> FileState.Answer {
        let state = try opened(state, files.state)
        try state.write(bytes.span, at: Int64(Self.headerSize + slot * FileRecord.slotSize))
        try state.sync()
        return .done
    }

    private func rename(to target: String) throws(SystemError) -> FileState.Answer {
        do throws(SystemError) {
            try FileSystem.rename(files.data, to: target, replacing: false)
        } catch {
            if error.isExisting { return .taken }
            if error.isMissing { return .replaced("\(files.data) was moved or removed") }
            guard error.code == EINVAL else { throw error }
            // A file system that cannot refuse to replace. The lock keeps away everybody who would make such a name.
            if FileSystem.exists(target) { return .taken }
            try FileSystem.rename(files.data, to: target)
        }
        return .done
    }

    private func close() throws(SystemError) -> FileState.Answer {
        defer {
            data = nil
            state = nil
        }
        try data?.close()
        try state?.close()
        return .done
    }

    private func opened(_ file: File?, _ path: String) throws(SystemError) -> File {
        guard let file else { throw SystemError(EBADF, "write", path) }
        return file
    }
}
