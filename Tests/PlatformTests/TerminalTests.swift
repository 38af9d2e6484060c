import Glibc
import Platform
import Testing

/// A terminal of the test's own: what is written to `controller` was typed, what is read from it stands on the screen.
private struct OwnTerminal {
    let controller: File
    let path: String
    let screen: File

    init() throws {
        controller = try File("/dev/ptmx", [.reading, .writing])
        var locked: Int32 = 0
        try #require(unsafe ioctl(controller.descriptor, OwnTerminal.setLock, &locked) == 0)
        var number: UInt32 = 0
        try #require(unsafe ioctl(controller.descriptor, OwnTerminal.getNumber, &number) == 0)
        path = "/dev/pts/\(number)"
        screen = try File(path, [.reading, .writing])
    }

    // TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>, which are macros that Swift does not see.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    var stream: StandardStream { StandardStream(descriptor: screen.descriptor) }
    var keyboard: StandardStream { StandardStream(descriptor: controller.descriptor) }

    /// Whether keys come line by line and are echoed, as a shell has it.
    var isCooked: Bool {
        var state = termios()
        guard unsafe tcgetattr(screen.descriptor, &state) == 0 else { return false }
        let flags = tcflag_t(ICANON) | tcflag_t(ECHO)
        return state.c_lflag & flags == flags
    }

    /// What has been written to the screen, once `wanted` is: the kernel hands it over in pieces, and not at once.
    func written(with wanted: String) throws -> String {
        var bytes: [UInt8] = []
        var ready = pollfd(fd: controller.descriptor, events: Int16(POLLIN), revents: 0)
        while !text(bytes).contains(wanted), unsafe poll(&ready, 1, 60_000) > 0 {
            bytes += try keyboard.read(upTo: 4096)
        }
        return text(bytes)
    }
}

/// What gives a terminal back: the cursor is shown, and the screen is the one from before.
private let given = "\u{1B}[?25h\u{1B}[?1049l"

// A process holds one terminal at a time.
@Suite(.serialized) struct TerminalTests {
    @Test func `a terminal is held raw and given back as it was found`() throws {
        let terminal = try OwnTerminal()
        #expect(terminal.isCooked)
        let hold = try TerminalHold(input: terminal.stream, output: terminal.stream)
        #expect(!terminal.isCooked)
        let begin = "\u{1B}[?1049h\u{1B}[?25l"
        #expect(try terminal.written(with: begin).hasPrefix(begin))
        #expect(throws: SystemError.self) { _ = try TerminalHold(input: terminal.stream, output: terminal.stream) }
        hold.leave()
        #expect(terminal.isCooked)
        #expect(try terminal.written(with: given).hasSuffix(given))
        // And again.
        let second = try TerminalHold(input: terminal.stream, output: terminal.stream)
        #expect(!terminal.isCooked)
        second.leave()
        #expect(terminal.isCooked)
    }

    @Test func `what is no terminal is not held`() throws {
        let file = try File("/dev/null", [.reading, .writing])
        let stream = StandardStream(descriptor: file.descriptor)
        #expect(throws: SystemError.self) { _ = try TerminalHold(input: stream, output: stream) }
        #expect(!Terminal.canPaint(stream))
        #expect(!Terminal.hasColour(stream))
    }

    @Test(arguments: [SIGTERM, SIGQUIT, SIGABRT])
    func `a signal that ends the process gives the terminal back first`(signal: Int32) async throws {
        let terminal = try OwnTerminal()
        await #expect(processExitsWith: .signal(signal)) {
            [path = terminal.path as String, signal = signal as Int32] in
            let screen = try File(path, [.reading, .writing])
            let stream = StandardStream(descriptor: screen.descriptor)
            let hold = try TerminalHold(input: stream, output: stream)
            // To the process: the test's own thread has it blocked.
            kill(getpid(), signal)
            var poller = Poller([])
            try poller.wait(until: patience())
            hold.leave()
        }
        #expect(terminal.isCooked)
        let written = try terminal.written(with: given)
        #expect(written.hasPrefix("\u{1B}[?1049h") && written.hasSuffix(given))
    }

    @Test func `an exit gives the terminal back`() async throws {
        let terminal = try OwnTerminal()
        await #expect(processExitsWith: .exitCode(7)) { [path = terminal.path as String] in
            let screen = try File(path, [.reading, .writing])
            let stream = StandardStream(descriptor: screen.descriptor)
            let hold = try TerminalHold(input: stream, output: stream)
            // `leave` is never reached: `exit` itself must see to it.
            if Process.identifier > 0 { exit(7) }
            hold.leave()
        }
        #expect(terminal.isCooked)
        #expect(try terminal.written(with: given).hasSuffix(given))
    }

    @Test func `keys are read as they are pressed, a bell and a deadline end the wait`() throws {
        let terminal = try OwnTerminal()
        let hold = try TerminalHold(input: terminal.stream, output: terminal.stream)
        let bell = try WakeUp()
        var keys = TerminalKeys(terminal.stream, bell: bell)
        terminal.keyboard.write("p\u{1B}[A")
        #expect(keys.wait(until: patience()) == .keys([.character("p"), .up]))
        bell.signal()
        #expect(keys.wait(until: patience()) == .keys([]))
        #expect(keys.wait(until: MonotonicClock.now()) == .keys([]))
        hold.leave()
    }

    @Test func `a terminal that hangs up is heard`() throws {
        let terminal = try OwnTerminal()
        let hold = try TerminalHold(input: terminal.stream, output: terminal.stream)
        var keys = TerminalKeys(terminal.stream, bell: try WakeUp())
        try terminal.controller.close()
        #expect(keys.wait(until: patience()) == .gone)
        hold.leave()
    }

    @Test func `keys of a terminal`() {
        #expect(TerminalKey.keys(in: Array("pÖ ".utf8)) == [.character("p"), .character("Ö"), .character(" ")])
        #expect(TerminalKey.keys(in: [0x1B]) == [.escape])
        #expect(TerminalKey.keys(in: [0x0D, 0x04, 0x7F]) == [.enter, .control("d")])
        let sequences = "\u{1B}[A\u{1B}OB\u{1B}[1;5C\u{1B}[D\u{1B}[5~\u{1B}[6~\u{1B}[H\u{1B}[4~\u{1B}[15~q"
        #expect(
            TerminalKey.keys(in: Array(sequences.utf8))
                == [.up, .down, .right, .left, .pageUp, .pageDown, .home, .end, .character("q")])
        #expect(TerminalKey.keys(in: Array("\u{1B}[1;".utf8)) == [])
    }

    @Test func `any bytes are keys or nothing`() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<2_000 {
            let bytes = (0..<Int(random.next() % 12)).map { _ in UInt8(truncatingIfNeeded: random.next() % 130) }
            #expect(TerminalKey.keys(in: bytes).count <= bytes.count, "\(bytes)")
        }
    }
}
