import Millrace
import Platform

/// Lets one note of its kind through each 30 s and counts the others, so that a fault that repeats itself is one line
/// and a number.
///
/// Alike are notes of one event and level at one shard or sink with one fingerprint (their error but for numbers and
/// quoted parts). The first is let through at once; of those that follow within 30 s the last one is held and comes
/// at the end of that time, so what the log says last is never older than 30 s. Every note is either let through
/// or counted in a `repeated` of one that is. A value without clock or lock: times are passed in, monotonic milliseconds.
struct LogLimiter: Sendable {
    /// How long one line stands for all like it, in milliseconds.
    static let window: Int64 = 30_000
    /// The most kinds that are told apart. Beyond that, notes of one event are alike wherever they come from, so a flood of
    /// ever new errors is a line an event. A kind holds one note of about 500 bytes: half a mebibyte together.
    static let mostKinds = 1_024
    /// Kinds of events beyond ``mostKinds``; events are words in the source, of which there are fewer than this.
    static let mostEvents = 256

    private struct Kind: Hashable {
        let event: String
        let level: Int
        let place: String
        let fingerprint: String
    }

    private struct State {
        /// When the next one may be written.
        var until: Int64
        /// The last note that was not.
        var held: LogEntry?
        /// How many were not.
        var count = 0
    }

    private var states: [Kind: State] = [:]
    private var earliest = Int64.max

    /// When ``due(now:)`` has something to do; nil when there is nothing to come.
    var nextDue: Int64? { earliest == .max ? nil : earliest }

    /// Events that people cause, each by a command of its own: every one is written.
    static let unlimited: Set<String> = ["operator"]

    /// What to write of `note` now, or nil when it is held back.
    mutating func admit(_ note: Note, at time: Timestamp, now: Int64) -> LogEntry? {
        if Self.unlimited.contains(note.event) { return LogEntry(note: note, time: time, repeated: 0) }
        let kind = kind(of: note)
        guard var state = states[kind] else {
            open(kind, now)
            return LogEntry(note: note, time: time, repeated: 0)
        }
        guard now < state.until else {
            open(kind, now)
            return LogEntry(note: note, time: time, repeated: state.count)
        }
        state.held = LogEntry(note: note, time: time, repeated: state.count)
        state.count += 1
        states[kind] = state
        return nil
    }

    /// What was held back and may be written now, by its time. Kinds that nothing more came of are forgotten.
    mutating func due(now: Int64) -> [LogEntry] {
        guard now >= earliest else { return [] }
        return release(now) { now >= $0.until }
    }

    /// Everything that is held back, by its time: for the end of the log.
    mutating func drain() -> [LogEntry] {
        let held = release(0) { _ in true }
        states = [:]
        earliest = .max
        return held
    }

    private mutating func release(_ now: Int64, where isDue: (State) -> Bool) -> [LogEntry] {
        var entries: [LogEntry] = []
        earliest = .max
        for (kind, state) in states {
            if !isDue(state) {
                earliest = min(earliest, state.until)
            } else if let held = state.held {
                entries.append(held)
                open(kind, now)
            } else {
                states[kind] = nil
            }
        }
        return entries.sorted { $0.time < $1.time }
    }

    private mutating func open(_ kind: Kind, _ now: Int64) {
        states[kind] = State(until: now + Self.window)
        earliest = min(earliest, now + Self.window)
    }

    private func kind(of note: Note) -> Kind {
        let level = note.level.rawValue
        let full = Kind(
            event: note.event, level: level, place: Self.place(of: note), fingerprint: Self.fingerprint(of: note))
        if states.count < Self.mostKinds || states[full] != nil { return full }
        let event = Kind(event: note.event, level: level, place: "", fingerprint: "")
        if states.count < Self.mostKinds + Self.mostEvents || states[event] != nil { return event }
        return Kind(event: "", level: level, place: "", fingerprint: "")
    }
}

extension LogLimiter {
    /// The shard, sink or other part that a note is about, or several of them; a record stands for its shard.
    private static func place(of note: Note) -> String {
        var place = ""
        for field in note.fields {
            switch field.name {
            case "shard", "shards", "sink", "topic", "client", "part": place += "|\(field.value)"
            case "record":
                let shard = field.value.lastIndex(of: ":").map { field.value[..<$0] } ?? field.value[...]
                place += "|\(shard)"
            default: continue
            }
        }
        return place
    }

    /// What a note says is wrong, but for numbers and quoted parts.
    private static func fingerprint(of note: Note) -> String {
        var out: [UInt8] = []
        for field in note.fields {
            switch field.name {
            case "fingerprint": return field.value
            case "stage", "reason", "class", "code", "facility", "error", "text", "message", "for", "why", "what":
                fold(field.value, into: &out)
            default: continue
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func fold(_ text: String, into out: inout [UInt8]) {
        var isQuoted = false
        var wasDigit = false
        for byte in text.utf8.prefix(512) {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            if !isQuoted && !(isDigit && wasDigit) { out.append(isDigit ? UInt8(ascii: "#") : byte) }
            wasDigit = isDigit
        }
        out.append(UInt8(ascii: "|"))
    }
}
