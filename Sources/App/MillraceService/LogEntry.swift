import Millrace
import Platform

/// A note on its way into the log.
struct LogEntry: Sendable {
    /// What happened.
    let note: Note
    /// When.
    let time: Timestamp
    /// How many notes like it were left out since the last one that was written.
    let repeated: Int

    /// About how many bytes it holds.
    var size: Int {
        note.fields.reduce(64 + note.event.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count + 48 }
    }

    /// The line, with its line feed.
    func line(_ style: LogStyle) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(256)
        if style.isJournal { out += LogStyle.prefix(note.level).utf8 }
        switch style.format {
        case .text: appendText(style, to: &out)
        case .json: appendJSON(style, to: &out)
        }
        out.append(UInt8(ascii: "\n"))
        return out
    }

    /// The fields with names of their own: one that a line already has gets underscores until it is free.
    private var fields: [(name: String, value: String)] {
        var used: Set<String> = ["time", "level", "event", "repeated"]
        var fields = note.fields.map { field in
            var name = field.name.isEmpty ? "_" : field.name
            while !used.insert(name).inserted { name += "_" }
            return (name: name, value: field.value)
        }
        if repeated > 0 { fields.append((name: "repeated", value: String(repeated))) }
        return fields
    }

    private func appendText(_ style: LogStyle, to out: inout [UInt8]) {
        if !style.isJournal { out += "\(time.rfc3339) ".utf8 }
        // The events stand below each other.
        out += "\(note.level)".utf8
        out += String(repeating: " ", count: 6 - "\(note.level)".utf8.count).utf8
        LogQuoting.appendName(note.event, to: &out)
        for field in fields {
            out.append(UInt8(ascii: " "))
            LogQuoting.appendName(field.name, to: &out)
            out.append(UInt8(ascii: "="))
            LogQuoting.append(field.value, to: &out)
        }
    }

    private func appendJSON(_ style: LogStyle, to out: inout [UInt8]) {
        var members = fields
        members.insert((name: "event", value: note.event), at: 0)
        members.insert((name: "level", value: "\(note.level)"), at: 0)
        if !style.isJournal { members.insert((name: "time", value: time.rfc3339), at: 0) }
        var separator = UInt8(ascii: "{")
        for member in members {
            out.append(separator)
            LogQuoting.appendQuoted(member.name, to: &out)
            out.append(UInt8(ascii: ":"))
            LogQuoting.appendQuoted(member.value, to: &out)
            separator = UInt8(ascii: ",")
        }
        out.append(UInt8(ascii: "}"))
    }
}
