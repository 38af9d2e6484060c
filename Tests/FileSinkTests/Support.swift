import Glibc
import Millrace
import Platform
import Testing

@testable import FileSink

/// A folder of its own for a test, removed with all that is in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var random = SplitMix64.seededBySystem()
        let base = Environment.value("TMPDIR") ?? "/tmp"
        path = "\(base)/file-sink-tests-\(Process.identifier)-\(random.next())"
        try FileSystem.makeFolders(path)
    }

    deinit { Self.remove(path) }

    static func remove(_ path: String) {
        for name in (try? FileSystem.list(path)) ?? [] {
            let child = path + "/" + name
            if (try? FileSystem.kind(child)) == .folder { remove(child) } else { try? FileSystem.remove(child) }
        }
        try? FileSystem.removeFolder(path)
    }

    /// Makes this folder hold what `other` does.
    func copy(_ other: TemporaryFolder) throws {
        for name in try FileSystem.list(path) { try FileSystem.remove(path + "/" + name) }
        for name in try FileSystem.list(other.path) {
            let copy = try File(path + "/" + name, [.writing, .creating])
            let bytes = try FileSystem.contents(of: other.path + "/" + name)
            try copy.write(bytes.span)
        }
    }

    func text(_ name: String) throws -> String {
        String(decoding: try FileSystem.contents(of: path + "/" + name), as: UTF8.self)
    }

    func names() throws -> [String] { try FileSystem.list(path) }

    /// Writes `text` to a file that replaces one of the same name.
    func put(_ name: String, _ text: String) throws {
        try File(path + "/" + name, [.writing, .creating, .truncating]).write(text)
    }
}

/// A deadline far enough away that only a broken program reaches it.
func patience() -> Int64 { MonotonicClock.now() + 60_000_000_000 }

/// Notes by their events.
final class Notebook: NoteTaker {
    private let notes = Locked<[Note]>([])
    private let news = Condition()

    func note(_ note: Note) {
        notes.withLock { $0.append(note) }
        news.broadcast()
    }

    var all: [Note] { notes.withLock { $0 } }
    func count(_ event: String) -> Int { all.filter { $0.event == event }.count }

    /// Waits until a note of this event has come.
    func wait(for event: String) -> Note? {
        notes.wait(on: news, until: patience()) { notes in notes.first { $0.event == event } }
    }
}

/// The mailbox of a lane.
final class Inbox: SinkReporter {
    private let reports = Locked<[SinkReport]>([])
    private let news = Condition()

    func report(_ report: SinkReport) {
        reports.withLock { $0.append(report) }
        news.signal()
    }

    /// Everything that came, at once; waits for something if `isPatient`.
    func take(isPatient: Bool) -> [SinkReport] {
        let taken: [SinkReport]? = reports.wait(on: news, until: isPatient ? patience() : 0) { reports in
            guard !reports.isEmpty else { return nil }
            let taken = reports
            reports = []
            return taken
        }
        return taken ?? []
    }
}

/// Payloads in memory of their own.
final class Payloads: BatchOwner {
    let buffers: [ByteBuffer]

    init(_ buffers: [ByteBuffer]) { self.buffers = buffers }

    func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {}
}

/// A record of a test's log.
struct Entry {
    let offset: Int64
    let payload: [UInt8]?
    var timestamp: Int64 = 0

    init(_ offset: Int64, _ payload: [UInt8]?) {
        self.offset = offset
        self.payload = payload
    }

    init(_ offset: Int64, _ text: String) { self.init(offset, Array(text.utf8)) }
}

func delivery(
    _ entries: ArraySlice<Entry>, shard: ShardID, slot: Int = 0, epoch: Int = 1, number: Int = 1, heard: Int = 0
) -> Delivery {
    let memory = BatchMemory()
    var buffers: [ByteBuffer] = []
    for (index, entry) in entries.enumerated() {
        let bytes = entry.payload ?? []
        let buffer = ByteBuffer(capacity: bytes.count)
        buffer.append(unsafe bytes.span.bytes)
        buffers.append(buffer)
        if entry.payload == nil {
            memory.source.append(
                Record(
                    offset: entry.offset, timestamp: entry.timestamp, payload: nil, key: nil, origin: index,
                    hasHeaders: false))
        } else {
            let payload = buffer.bytes
            memory.source.append(
                Record(
                    offset: entry.offset, timestamp: entry.timestamp, payload: payload, key: nil, origin: index,
                    hasHeaders: false))
        }
    }
    let owner = Payloads(buffers)
    let batch = Batch(shard: shard, epoch: epoch, owner: owner, memory: memory)
    return Delivery(
        shard: shard, slot: slot, epoch: epoch, number: number, heard: heard, batch: batch, table: memory.source,
        first: 0, count: entries.count)
}

let place = ConfigPlace(line: 1, column: 1)

func fileOptions(_ path: String, rotate: Int? = nil, sync: Int64 = 20, framing: String = "line") -> Options {
    var options = Options(at: place)
    options.set("path", .string(path), at: place)
    if let rotate { options.set("rotate", .size(rotate), at: place) }
    options.set("sync", .duration(sync), at: place)
    options.set("framing", .string(framing), at: nil)
    return options
}

func source(_ topics: [String]) -> Options {
    var options = Options(at: place)
    options.set("topics", .strings(topics), at: place)
    return options
}

func fileSink(
    _ path: String, rotate: Int? = nil, sync: Int64 = 20, memory: Int = 1 << 20, revoke: Int64 = 5_000,
    framing: String = "line", topic: String = "t", group: String? = nil, notes: any NoteTaker = Notebook()
) throws -> any Sink {
    var source = source([topic])
    if let group { source.set("group", .string(group), at: nil) }
    let context = SinkContext(
        pipeline: "p", name: "s", index: 0, source: source, memory: memory, revoke: revoke, notes: notes)
    return try FileSinkKind().make(fileOptions(path, rotate: rotate, sync: sync, framing: framing), context)
}
