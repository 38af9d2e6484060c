import Platform

/// A view that is repainted on the terminal until somebody has seen enough: the loop behind `demo` and `top`.
///
/// ``run(_:_:)`` belongs to one thread; ``refresh()`` may be called by any.
struct LiveView: Sendable {
    /// Why it ended.
    enum End: Sendable, Hashable {
        /// A key asked for it, or the frames ended.
        case left
        /// The terminal has gone.
        case gone
    }

    private let input: StandardStream
    private let output: StandardStream
    private let bell: WakeUp

    /// How often it is repainted by itself, in nanoseconds.
    static let interval: Int64 = 250_000_000

    /// A view on the terminal of `input` and `output`.
    init(input: StandardStream, output: StandardStream) throws(SystemError) {
        self.input = input
        self.output = output
        bell = try WakeUp()
    }

    /// Whether there is a person to look at it: both ends are a terminal that can be painted on.
    static func isPossible(input: StandardStream, output: StandardStream) -> Bool {
        Terminal.isTerminal(input) && Terminal.canPaint(output)
    }

    /// Has it repainted now. Any thread.
    func refresh() { bell.signal() }

    /// Paints frames until `frame` gives none, `key` says that it is enough, or the terminal goes. The terminal is held
    /// meanwhile, and as it was found afterwards. Blocks.
    /// - Parameters:
    ///   - key: What a key does; `false` ends the view.
    ///   - frame: The lines for a terminal of a size; `nil` ends the view.
    func run(
        _ key: (TerminalKey) -> Bool, _ frame: (Terminal.Size) -> [StyledText]?
    ) throws(SystemError) -> End {
        let hold = try TerminalHold(input: input, output: output)
        let end = follow(key, frame)
        hold.leave()
        return end
    }

    private func follow(_ key: (TerminalKey) -> Bool, _ frame: (Terminal.Size) -> [StyledText]?) -> End {
        var screen = Screen(hasColour: Terminal.hasColour(output))
        var keys = TerminalKeys(input, bell: bell)
        while true {
            let size = Terminal.size(output) ?? Terminal.Size(columns: 80, rows: 24)
            guard let lines = frame(size) else { return .left }
            if !output.write(screen.paint(lines, size: size)) { return .gone }
            switch keys.wait(until: MonotonicClock.now() + LiveView.interval) {
            case .gone: return .gone
            case .keys(let pressed):
                for pressed in pressed where !key(pressed) { return .left }
            }
        }
    }
}
