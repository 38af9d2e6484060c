import Millrace
import Platform
import Testing

@testable import FileSink

/// One shard with one file sink: a log of records of which some are routed here, a checkpoint, and a machine that is as
/// simple as can be. It drives a ``FileState`` on a ``SimulatedDisk``, and survives its crashes.
struct SimulatedShard {
    /// Which offsets are routed to the sink, and how many there are.
    let log: [Bool]
    let limits: FileState.Limits
    var disk: SimulatedDisk
    var state: FileState
    var now: Int64 = 0
    /// The next offset to submit.
    var position = 0
    /// Accepted and not safe.
    var owned: [Int] = []
    /// What would be read from after a crash.
    var committed = 0
    var known = RecordRanges()
    var floor: Position?
    var isOpen = false
    var hasBegun = false
    /// How often the sink said so.
    var losses = 0
    var skipped = 0
    var notes: [String] = []
    var durables: [Int] = []

    static let files = FilePaths(data: "a.txt", extensionCount: 4)

    init(log: [Bool], limits: FileState.Limits, disk: SimulatedDisk? = nil) {
        self.log = log
        self.limits = limits
        self.disk = disk ?? SimulatedDisk(files: Self.files)
        state = Self.fresh(limits)
    }

    private static func fresh(_ limits: FileState.Limits) -> FileState {
        let origin = FileState.Origin(sink: "s", shard: ShardID(topic: "t", partition: 0))
        return FileState(files: files, limits: limits, origin: origin)
    }

    static func line(_ offset: Int) -> String { "record \(offset)" }

    /// What the file must hold in the end.
    var expected: String { log.indices.filter { log[$0] }.map { Self.line($0) + "\n" }.joined() }

    /// The lowest offset that is not safe.
    var checkpoint: Int { owned.first ?? position }

    mutating func take(_ outputs: [FileState.Output]) {
        for output in outputs {
            switch output {
            case .opened(let known, let floor):
                self.known = known
                self.floor = floor
                isOpen = true
                hasBegun = false
            case .reopening, .closed: isOpen = false
            case .refused: isOpen = false
            case .freed: break
            case .durable(let last):
                owned.removeAll { $0 <= last.offset }
                durables.append(Int(last.offset))
            case .lost(let first):
                losses += 1
                position = min(position, Int(first.offset))
                owned.removeAll { $0 >= first.offset }
            case .note(let note): notes.append(note.event)
            }
        }
    }

    /// Submits the next `count` offsets, as the lane would.
    mutating func submit(_ count: Int) {
        let routed = (position..<min(position + count, log.count)).filter { log[$0] }
        defer { position = min(position + count, log.count) }
        guard let first = routed.first, let last = routed.last else { return }
        let isRerun = !hasBegun && floor.map { Position(offset: Int64(first)) < $0 } ?? false
        hasBegun = true
        if isRerun { known = RecordRanges() }
        let fresh = routed.filter { !known.contains(RecordID(offset: Int64($0))) }
        skipped += routed.count - fresh.count
        owned += routed
        take(state.enqueue(Self.chunk(fresh, first: first, last: last, isRerun: isRerun)))
    }

    static func chunk(_ fresh: [Int], first: Int, last: Int, isRerun: Bool = false) -> Chunk {
        let text = Array(fresh.map { line($0) + "\n" }.joined().utf8)
        let buffer = ByteBuffer(capacity: text.count)
        buffer.append(unsafe text.span.bytes)
        var written = RecordRanges()
        for offset in fresh { written.add(RecordID(offset: Int64(offset))) }
        return Chunk(
            bytes: fresh.isEmpty ? nil : buffer, first: RecordID(offset: Int64(first)),
            last: RecordID(offset: Int64(last)), written: written, isRerun: isRerun)
    }

    /// Makes the next call, if one is due. Where none is, the time to look again must lie ahead, or the writer would spin.
    @discardableResult
    mutating func step() -> Bool {
        guard let step = state.next(now: now) else {
            if let wake = state.wakeAt { #expect(wake > now, "nothing to do, and no pause") }
            return false
        }
        let answer = disk.perform(step)
        take(state.finish(step, answer, now: now))
        return true
    }

    /// Makes calls, and lets time pass, until nothing is left to wait for.
    mutating func settle(steps: Int = 10_000) {
        for _ in 0..<steps {
            if step() { continue }
            guard let wake = state.wakeAt else { return }
            now = max(now, wake)
            #expect(state.next(now: now) != nil, "woken for nothing")
        }
    }

    /// Opens the file.
    mutating func open() {
        state.requestOpen()
        settle()
    }

    /// Everything that only the process knew is gone, and `disk` is what it left.
    mutating func restart(on image: SimulatedDisk) {
        disk = image
        disk.faults = []
        state = Self.fresh(limits)
        position = committed
        owned = []
        known = RecordRanges()
        floor = nil
        isOpen = false
        hasBegun = false
        open()
    }

    /// Delivers all that is left, and gives the file back.
    mutating func finish(batch: Int = 7) {
        for _ in 0..<10_000 where position < log.count || !owned.isEmpty {
            if !isOpen { open() }
            submit(batch)
            state.flush()
            settle()
        }
        take(state.forget())
        settle()
    }
}
