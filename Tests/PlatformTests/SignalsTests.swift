import Glibc
import Platform
import Testing

// One process has one set of signals, so the tests that raise them run one after another, each in its own process where
// the signal could end it.
@Suite(.serialized) struct SignalsTests {
    @Test func `a blocked signal is waited for, and one that came before counts`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            try Signals.block([.terminate, .interrupt])
            // To this thread: the test runner's others have not blocked them.
            let receiver = pthread_self()
            pthread_kill(receiver, SIGTERM)
            guard try Signals.wait(for: [.terminate, .interrupt], timeout: 60_000_000_000) == .terminate else {
                exit(1)
            }
            let sender = try Thread(name: "send") { _ = pthread_kill(receiver, SIGINT) }
            guard try Signals.wait(for: [.terminate, .interrupt]) == .interrupt else { exit(2) }
            sender.join()
            exit(42)
        }
    }

    @Test func `a wait without signal ends with its time`() throws {
        #expect(try Signals.wait(for: [.user2], timeout: 1_000_000) == nil)
        #expect(try Signals.wait(for: [.user2], timeout: -5) == nil)
    }

    @Test func `a write to a pipe without reader fails and does not end the process`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            try Signals.block([])
            var ends: [Int32] = [0, 0]
            guard unsafe pipe(&ends) == 0 else { exit(1) }
            close(ends[0])
            let stream = StandardStream(descriptor: ends[1])
            guard !stream.write("nobody reads") else { exit(2) }
            do throws(SystemError) {
                try stream.write([1, 2, 3].span)
                exit(3)
            } catch {
                exit(error.isBrokenPipe ? 42 : 4)
            }
        }
    }

    @Test func `names`() {
        #expect("\(Signal.terminate) \(Signal.interrupt) \(Signal.hangUp)" == "SIGTERM SIGINT SIGHUP")
        #expect(Signal(number: 33).description == "signal 33")
    }
}
