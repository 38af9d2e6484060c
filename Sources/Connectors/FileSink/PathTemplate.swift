import Millrace

/// The `path` of a file sink: text with `{topic}`, `{partition}`, `{shard}` and `{date}` in it.
///
/// What stands for a placeholder is percent-encoded, so that no topic, whatever it is called, leads out of the folder
/// that the config names or into the file of another shard.
struct PathTemplate: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case text(String)
        case topic
        case partition
        case shard
        case date
    }

    /// What is wrong with a path.
    struct Problem: Error, Hashable {
        let message: String
        let hint: String?
    }

    let parts: [Part]

    /// Reads a template.
    init(_ text: String) throws(Problem) {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw Problem(message: "has a `{` without its `}`", hint: nil)
            }
            if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            parts.append(try Self.placeholder(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
        guard !text.isEmpty, !text.utf8.contains(0) else { throw Problem(message: "is no path", hint: nil) }
        if ["", ".", ".."].contains(text.split(separator: "/", omittingEmptySubsequences: false).last ?? "") {
            throw Problem(message: "names a folder, not a file", hint: "out/{shard}.jsonl")
        }
    }

    private static func placeholder(_ name: String) throws(Problem) -> Part {
        switch name {
        case "topic": return .topic
        case "partition": return .partition
        case "shard": return .shard
        case "date": return .date
        default: throw Problem(message: "`{\(name)}` is not known", hint: "{topic}, {partition}, {shard} or {date}")
        }
    }

    /// Whether two shards of `topics` topics always have two files.
    func isUnique(topics: Int) -> Bool { parts.contains(.shard) || (topics == 1 && parts.contains(.partition)) }

    /// Whether a shard has a file a day.
    var hasDate: Bool { parts.contains(.date) }

    /// The path of a shard's file, of a day where the template asks for one.
    func path(of shard: ShardID, day: Day = Day(of: 0)) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .topic: Self.encoded(shard.topic)
            case .partition: "\(shard.partition)"
            case .shard: "\(Self.encoded(shard.topic))-\(shard.partition)"
            case .date: day.text
            }
        }.joined()
    }

    /// The files that belong to a shard.
    func files(of shard: ShardID, day: Day = Day(of: 0)) -> FilePaths {
        FilePaths(data: path(of: shard, day: day), extensionCount: extensionCount)
    }

    /// The folder above the first placeholder, which does not depend on the shard.
    var fixedFolder: String {
        guard case .text(let text)? = parts.first, let slash = text.lastIndex(of: "/") else { return "." }
        return slash == text.startIndex ? "/" : String(text[..<slash])
    }

    /// What the files of `topic`'s shards have in common, below the fixed folder: who writes other files has another name.
    func name(of topic: String) -> String {
        let whole = parts.map { part in
            switch part {
            case .text(let text): text
            case .topic: Self.encoded(topic)
            case .partition: "{partition}"
            case .shard: "\(Self.encoded(topic))-{partition}"
            case .date: "{date}"
            }
        }.joined()
        guard case .text(let text)? = parts.first, let slash = text.lastIndex(of: "/") else { return whole }
        return String(whole.dropFirst(text[...slash].count))
    }

    /// The number of characters of the file's extension with its dot. Only what the config itself wrote counts: a dot in
    /// a topic's name begins none.
    private var extensionCount: Int {
        guard case .text(let text)? = parts.last else { return 0 }
        let slash = text.lastIndex(of: "/")
        let name = slash.map { text[text.index(after: $0)...] } ?? text[...]
        guard let dot = name.lastIndex(of: ".") else { return 0 }
        // A name that begins with its only dot is hidden and has no extension.
        if dot == name.startIndex, slash != nil || parts.count == 1 { return 0 }
        return name[dot...].count
    }

    /// `value` with every byte but letters, digits, `-`, `_` and inner dots as `%XX`.
    static func encoded(_ value: String) -> String {
        var text = ""
        for (index, byte) in value.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where index > 0:
                text += "."
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }
}
