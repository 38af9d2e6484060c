import CPlatform

/// The terminal as long as a program paints on it and reads single keys: the other screen, without a cursor, without
/// wrapping, keys come at once and unseen.
///
/// It is given back as it was found, with what stood on it, when the value goes, at `exit`, and before a signal ends the
/// process (one that no program can catch excepted). Ctrl-C still is a signal; Ctrl-S and Ctrl-Z do nothing meanwhile.
/// One at a time in a process.
@safe
public struct TerminalHold: ~Copyable {
    /// Takes the terminal that `input` reads from and `output` writes to.
    public init(input: StandardStream = .input, output: StandardStream = .output) throws(SystemError) {
        // The call copies the text it keeps.
        try unsafe SystemError.check(
            cp_terminal_enter(input.descriptor, output.descriptor, Self.greeting, Self.farewell), "take the terminal")
    }

    deinit { cp_terminal_leave() }

    /// Gives it back now.
    public consuming func leave() {}

    // The other screen, no cursor, no wrapping, from its top left corner; and back again.
    static let greeting = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J\u{1B}[H"
    static let farewell = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
}
