import Millrace
import Platform

/// Who committed an offset: a few words behind the sinks' cursors in its metadata, which the broker keeps.
///
/// ` @by=seek,root,db1,1764066000123,4711`: what, user, host, milliseconds since 1970, process; then, for a seek,
/// ` @was=OFFSET,METADATA`: what it replaced, so that the seek that goes back there brings the cursors back as well. Names of
/// sinks hold no `@`, and who does not know these words reads over them.
public struct CommitTrace: Sendable, Hashable {
    /// What commits offsets.
    public enum Tool: String, Sendable {
        /// A worker, behind what is safe.
        case worker
        /// `millrace seek`, where somebody wants it.
        case seek
    }

    /// What a seek replaced.
    public struct Replaced: Sendable, Hashable {
        /// Where the group stood.
        public var offset: Int64
        /// The cursors beside that.
        public var cursors: String

        /// A place with its cursors.
        public init(offset: Int64, cursors: String) {
            self.offset = offset
            self.cursors = cursors
        }
    }

    /// What did it.
    public var tool: Tool
    /// Whom the process worked as.
    public var user: String
    /// Where it ran.
    public var host: String
    /// When it was.
    public var time: Timestamp
    /// The process.
    public var process: Int32
    /// What a seek replaced, where there was room for that.
    public var replaced: Replaced?

    /// The most bytes of metadata, as brokers have it by default (`offset.metadata.max.bytes`).
    static let limit = 4_096

    /// The trace of this process.
    public init(_ tool: Tool, at time: Timestamp = .now()) {
        self.tool = tool
        user = CommitTrace.plain(CommitTrace.me.user, 16)
        host = CommitTrace.plain(CommitTrace.me.host, 32)
        self.time = time
        process = Process.identifier
    }

    /// `root@db1`
    public var who: String { "\(user)@\(host)" }

    private static let me = (user: Process.userName, host: Host.name)

    /// `text` without what means something here, cut.
    private static func plain(_ text: String, _ limit: Int) -> String {
        String(
            text.unicodeScalars.prefix(limit).map { scalar in
                scalar.value > 0x20 && scalar.value < 0x7f && !",@=".unicodeScalars.contains(scalar)
                    ? Character(scalar) : "_"
            })
    }
}

extension CommitTrace {
    /// `cursors` with the trace behind it.
    public func metadata(_ cursors: String) -> String {
        let text =
            "\(cursors.isEmpty ? "1" : cursors) @by=\(tool.rawValue),\(user),\(host),\(time.milliseconds),\(process)"
        guard let replaced else { return text }
        let escaped = replaced.cursors.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "~")
        let more = " @was=\(replaced.offset),\(escaped)"
        // The cursors of the place that was left are a comfort; those of this one are needed.
        return text.utf8.count + more.utf8.count <= CommitTrace.limit ? text + more : text
    }

    /// The cursors in `metadata`, and the trace; nil where nobody of ours left one.
    public static func read(_ metadata: String) -> (cursors: String, trace: CommitTrace?) {
        var cursors: [Substring] = []
        var trace: CommitTrace?
        for part in metadata.split(separator: " ", omittingEmptySubsequences: false) {
            if part.hasPrefix("@by=") {
                trace = CommitTrace(fields: part.dropFirst(4))
            } else if part.hasPrefix("@was=") {
                trace?.replaced = Replaced(part.dropFirst(5))
            } else {
                cursors.append(part)
            }
        }
        return (cursors.joined(separator: " "), trace)
    }

    private init?(fields text: Substring) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 5, let tool = Tool(rawValue: String(fields[0])), let time = Int64(fields[3]),
            let process = Int32(fields[4])
        else { return nil }
        self.tool = tool
        user = String(fields[1])
        host = String(fields[2])
        self.time = Timestamp(milliseconds: time)
        self.process = process
    }
}

extension CommitTrace.Replaced {
    fileprivate init?(_ text: Substring) {
        guard let comma = text.firstIndex(of: ","), let offset = Int64(text[..<comma]) else { return nil }
        self.offset = offset
        cursors = String(text[text.index(after: comma)...].map { $0 == "~" ? " " : $0 })
    }
}
