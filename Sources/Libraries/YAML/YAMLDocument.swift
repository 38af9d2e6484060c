/// A text read as one YAML document: a tree of nodes with their places, and everything that is wrong with it.
///
/// Read are scalars, sequences, mappings with scalar keys, anchors and aliases, in YAML 1.1 as libyaml has it. Tags, several
/// documents in a text, and keys that come twice are problems. `<<` is a key like any other.
public struct YAMLDocument: Sendable {
    /// The tree; `nil` when the text is empty or so broken that there is none. A document that has problems of which each is
    /// about one node (a tag, a key that comes twice: the first counts) has a tree all the same.
    public let root: YAMLNode?
    /// What is wrong, by place.
    public let problems: [YAMLProblem]
    /// The lines of the text, to be shown beside a problem.
    public let text: YAMLText

    /// Reads `bytes`, which should be UTF-8 (a byte order mark is skipped). Never fails: what is wrong is in ``problems``.
    public init(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) {
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let content = hasMark ? Array(bytes.dropFirst(3)) : bytes
        text = YAMLText(content)
        guard content.count <= limits.bytes else {
            root = nil
            problems = [YAMLProblem("the text is longer than \(limits.bytes) bytes", text.range(atByte: 0))]
            return
        }
        if let offset = text.firstInvalidByte {
            root = nil
            let byte = String(content[offset], radix: 16, uppercase: true)
            problems = [
                YAMLProblem("not UTF-8: byte 0x\(byte)", text.range(atByte: offset), hint: "save the file as UTF-8")
            ]
            return
        }
        var builder = TreeBuilder(EventReader(content, text), limits)
        root = builder.build()
        problems = builder.problems.sorted { $0.range.start < $1.range.start }
    }

    /// Reads a text; see ``init(_:limits:)-([UInt8],_)``.
    public init(_ text: String, limits: YAMLLimits = YAMLLimits()) {
        self.init(Array(text.utf8), limits: limits)
    }
}
