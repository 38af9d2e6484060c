import CYaml

/// What libyaml's parser says, one event at a time.
struct YAMLEvent {
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(String, YAMLNode.Style)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    let kind: Kind
    let range: YAMLRange
    /// The anchor that a node carries.
    let anchor: String?
    /// The tag that a node carries.
    let tag: String?
}

/// Runs libyaml's parser over bytes. Owned by one reader of the events, used by one thread.
@safe
final class EventReader {
    // Both are allocated in `init` and freed in `deinit`, and nobody outside gets to see them. The parser keeps a pointer to
    // the input, so the input has an address of its own that lives as long.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let text: YAMLText
    private let isReady: Bool

    init(_ bytes: [UInt8], _ text: YAMLText) {
        unsafe input = .allocate(capacity: bytes.count)
        _ = unsafe input.initialize(from: bytes)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        self.text = text
        isReady = unsafe yaml_parser_initialize(parser) == 1
        guard isReady else { return }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        if isReady { unsafe yaml_parser_delete(parser) }
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The next event. After it threw, or behind the end of the stream, there is none.
    func next() throws(YAMLProblem) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard isReady, unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        // The event owns its texts, which are copied before it is deleted.
        defer { unsafe yaml_event_delete(&event) }
        let range = unsafe YAMLRange(Self.place(event.start_mark), Self.place(event.end_mark))
        func make(
            _ kind: YAMLEvent.Kind, anchor: UnsafeMutablePointer<UInt8>? = nil, tag: UnsafeMutablePointer<UInt8>? = nil
        ) -> YAMLEvent {
            YAMLEvent(
                kind: kind, range: range, anchor: unsafe anchor.map { unsafe String(cString: $0) },
                tag: unsafe tag.map { unsafe String(cString: $0) })
        }
        // The union holds the case that `type` names.
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return make(.streamStart)
        case YAML_DOCUMENT_START_EVENT: return make(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return make(.documentEnd)
        case YAML_ALIAS_EVENT: return unsafe make(.alias(String(cString: event.data.alias.anchor)))
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let value = unsafe String(decoding: bytes, as: UTF8.self)
            return unsafe make(.scalar(value, Self.style(scalar.style)), anchor: scalar.anchor, tag: scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe make(.sequenceStart, anchor: start.anchor, tag: start.tag)
        case YAML_SEQUENCE_END_EVENT: return make(.sequenceEnd)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe make(.mappingStart, anchor: start.anchor, tag: start.tag)
        case YAML_MAPPING_END_EVENT: return make(.mappingEnd)
        default: return make(.streamEnd)
        }
    }

    private static func place(_ mark: yaml_mark_t) -> YAMLPlace {
        YAMLPlace(line: mark.line + 1, column: mark.column + 1)
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLNode.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }

    /// What the parser stumbled over.
    private func problem() -> YAMLProblem {
        // The texts are constants of the library.
        let said = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "out of memory"
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            let range = text.range(atByte: unsafe parser.pointee.problem_offset)
            return YAMLProblem(said, range, hint: "write it in double quotes with an escape, as in \"\\t\"")
        }
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
        return SyntaxComplaint(
            problem: said, place: unsafe Self.place(parser.pointee.problem_mark), context: context,
            contextPlace: unsafe Self.place(parser.pointee.context_mark)
        ).problem(in: text)
    }
}
