import CPlatform

extension Terminal {
    /// Whether frames may be painted on the stream: it is a terminal that can move its cursor (`TERM` is neither missing
    /// nor `dumb`), and it is this process that the person looks at.
    public static func canPaint(_ stream: StandardStream) -> Bool {
        isTerminal(stream) && canMove(term: Environment.value("TERM")) && cp_terminal_is_ours(stream.descriptor)
    }

    /// Whether text on the stream may be coloured: it is a terminal that knows colours, and nobody has set `NO_COLOR`.
    public static func hasColour(_ stream: StandardStream) -> Bool {
        isTerminal(stream)
            && hasColour(term: Environment.value("TERM"), noColour: Environment.value("NO_COLOR"))
    }

    static func canMove(term: String?) -> Bool {
        guard let term else { return false }
        return !term.isEmpty && term != "dumb"
    }

    /// As no-color.org has it: any text but an empty one forbids colours.
    static func hasColour(term: String?, noColour: String?) -> Bool {
        canMove(term: term) && (noColour ?? "").isEmpty
    }
}
