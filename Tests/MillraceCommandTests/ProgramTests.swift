import Platform
import Testing

@testable import MillraceCommand

/// The built program, from outside.
@Suite struct ProgramTests {
    @Test(
        arguments: [
            ("exec millrace", 64, "", "reads Kafka in batches"), ("exec millrace help", 0, "usage: millrace", ""),
            ("exec millrace --version", 0, "millrace 0", ""), ("exec millrace broker --help", 0, "5 MiB", ""),
            ("exec millrace brokr", 64, "", "did you mean \"broker\"?"),
            ("exec millrace init --x", 64, "", "unknown option \"--x\""), ("exec millrace init", 0, "name: orders", ""),
            ("millrace init >/dev/full", 73, "", "cannot write standard output"),
            ("exec millrace help >/dev/full", 73, "", ""),
            ("exec millrace produce --brokers a --topic b no/file", 66, "", "cannot open no/file"),
            ("exec millrace help help", 0, "usage: millrace", ""),
            ("millrace init >orders.yaml; millrace try orders.yaml /", 66, "", "cannot read /: Is a directory"),
        ] as [(String, Int32, String, String)])
    func exitCodes(_ line: String, _ code: Int32, _ output: String, _ error: String) throws {
        let ended = try Program(shell: line).end()
        #expect(ended.code == code)
        #expect(ended.output.contains(output) || output.isEmpty)
        #expect(output.isEmpty == ended.output.isEmpty)
        #expect(ended.error.contains(error) || error.isEmpty)
    }

    /// Those that need no broker.
    @Test(arguments: [
        ("init", ""), ("check", "orders.yaml: 0 errors\n"), ("try", "1  delivered  clean, archive  {\"total\":120}\n"),
        ("test", "ok    what is not base64 is a dead letter\n1 case: 1 passed, 0 failed\n"),
    ])
    func examplesWorkAsPrinted(_ name: String, _ output: String) throws {
        let command = try #require(CommandTable.all.first { $0.name == name })
        let ended = try Program(shell: command.example).end()
        #expect(ended.code == 0, "\(ended.error)")
        #expect(ended.output.hasPrefix(output))
        #expect(ended.error.isEmpty)
    }

    /// Else a broker's connection or a sink's file gets the number, and what is written to the stream goes there.
    @Test func streamsThatAreClosedStayClosed() throws {
        let line = "exec millrace broker --topic orders:1 <&- 2>&-"
        let broker = try Program(shell: line)
        try #require(try broker.waitForOutput("\n"))
        #expect(try broker.opened(0) == "/dev/null" && broker.opened(2) == "/dev/null")
        broker.send(.terminate)
        #expect(try broker.end().code == 0)
    }

    @Test(arguments: [Signal.terminate, .interrupt])
    func theBrokerServesUntilASignalComes(_ signal: Signal) throws {
        let broker = try Program(shell: "exec millrace broker --topic orders:2")
        try #require(try broker.waitForOutput("\n"))
        let address = String(broker.output.prefix { $0 != "\n" })
        #expect(address.hasPrefix("127.0.0.1:"))
        let sent = try Program(shell: "seq 500 | millrace produce --brokers \(address) --topic orders").end()
        #expect(sent.code == 0)
        #expect(sent.output.hasPrefix("500 delivered to orders, 0 failed, 1392 bytes in "))
        #expect(sent.error.isEmpty)
        broker.send(signal)
        let ended = try broker.end()
        #expect(ended.code == 0)
        #expect(ended.error.isEmpty)
        #expect(ended.output.contains("topics: orders:2\n"))
    }
}
