import Glibc
import Platform
import Testing

@Suite struct ThreadTests {
    @Test func `a thread has the name, cut at 15 bytes`() throws {
        let name = Locked("")
        let thread = try Thread(name: "lane-0123456789abcdef") {
            let got = try? FileSystem.contents(of: "/proc/thread-self/comm")
            name.withLock { $0 = text(got ?? []) }
        }
        thread.join()
        #expect(name.withLock { $0 } == "lane-0123456789\n")
        #expect(thread.name == "lane-0123456789abcdef")
    }

    @Test func `join waits, with a deadline, and may be called again`() throws {
        let isOpen = Locked(false)
        let condition = Condition()
        let thread = try Thread(name: "wait") {
            let _: Void? = isOpen.wait(on: condition, until: patience()) { $0 ? () : nil }
        }
        #expect(!thread.join(until: MonotonicClock.now() + 5_000_000))
        #expect(thread.isRunning)
        isOpen.withLock { $0 = true }
        condition.signal()
        #expect(thread.join(until: patience()))
        #expect(thread.join(until: patience()))
        #expect(!thread.isRunning)
    }

    /// Takes its time to go.
    final class Held: Sendable {
        let gate: Gate

        init(_ gate: Gate) { self.gate = gate }

        deinit { gate.pass() }
    }

    final class Gate: Sendable {
        private let isOpen = Locked(false)
        private let condition = Condition()

        func pass() {
            let _: Void? = isOpen.wait(on: condition, until: MonotonicClock.now() + 60_000_000_000) { $0 ? () : nil }
        }

        func open() {
            isOpen.withLock { $0 = true }
            condition.broadcast()
        }
    }

    @Test func `a thread counts as ended when what its closure holds is gone`() throws {
        let gate = Gate()
        let thread = try {
            let held = Held(gate)
            return try Thread(name: "hold") { withExtendedLifetime(held) {} }
        }()
        #expect(!thread.join(until: MonotonicClock.now() + 50_000_000))
        gate.open()
        #expect(thread.join(until: patience()))
    }

    @Test func `a thread nobody joins runs on`() throws {
        let hasRun = Locked(false)
        let condition = Condition()
        _ = try Thread(name: "alone") {
            hasRun.withLock { $0 = true }
            condition.signal()
        }
        let seen: Void? = hasRun.wait(on: condition, until: patience()) { $0 ? () : nil }
        #expect(seen != nil)
    }

    @Test func `a thread has the stack that was asked for`() throws {
        let depth = Locked(0)
        let thread = try Thread(name: "deep", stackSize: 64 << 20) {
            // Some 20 MB of frames: more than the default of 8 MiB holds.
            func descend(_ level: Int) -> Int {
                unsafe withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { buffer in
                    unsafe buffer.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: level))
                    return level == 0 ? 0 : descend(level - 1) + Int(unsafe buffer[7]) * 0 + 1
                }
            }
            depth.withLock { $0 = descend(10_000) }
        }
        thread.join()
        #expect(depth.withLock { $0 } == 10_000)
    }

    @Test func `a stack that is too small is an error with a text`() {
        let error = #expect(throws: SystemError.self) { _ = try Thread(name: "tiny", stackSize: 1) {} }
        #expect(error?.description == "cannot start a thread tiny: Invalid argument")
    }

    @Test func `signals do not arrive in a thread`() throws {
        let mask = Locked("")
        let thread = try Thread(name: "masked") {
            let status = text((try? FileSystem.contents(of: "/proc/thread-self/status")) ?? [])
            let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
            mask.withLock { $0 = String(line ?? "") }
        }
        thread.join()
        let digits = try #require(mask.withLock { $0 }.split(separator: "\t").last)
        let bits = try #require(UInt64(digits, radix: 16))
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1] { #expect(bits & (1 << (number - 1)) != 0) }
        for number in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT] { #expect(bits & (1 << (number - 1)) == 0) }
    }
}
