import Platform
import Testing

@Suite struct WakeUpTests {
    @Test func `a ring ends a wait on another thread`() throws {
        let bell = try WakeUp()
        let thread = try Thread(name: "ring") { bell.signal() }
        var poller = Poller([bell.descriptor])
        #expect(try poller.wait(until: patience()) == 1)
        let isReady = poller.isReady(0)
        #expect(isReady)
        thread.join()
    }

    @Test func `rings count as one, and a drain makes it quiet`() throws {
        let bell = try WakeUp()
        for _ in 0..<1000 { bell.signal() }
        var poller = Poller([bell.descriptor])
        #expect(try poller.wait(timeout: 0) == 1)
        bell.drain()
        #expect(try poller.wait(timeout: 0) == 0)
        let isReady = poller.isReady(0)
        #expect(!isReady)
        bell.drain()
        bell.signal()
        #expect(try poller.wait(timeout: 0) == 1)
    }

    @Test func `a poller says which of several rang`() throws {
        let bells = try (0..<3).map { _ in try WakeUp() }
        var poller = Poller(bells.map(\.descriptor))
        bells[1].signal()
        #expect(try poller.wait(until: patience()) == 1)
        let ready = [poller.isReady(0), poller.isReady(1), poller.isReady(2)]
        #expect(ready == [false, true, false])
    }

    @Test func `a wait ends behind its deadline and not before`() throws {
        let bell = try WakeUp()
        var poller = Poller([bell.descriptor])
        let deadline = MonotonicClock.now() + 5_000_000
        #expect(try poller.wait(until: deadline) == 0)
        #expect(MonotonicClock.now() >= deadline)
        withExtendedLifetime(bell) {}
        var none = Poller([])
        #expect(try none.wait(timeout: 1) == 0)
    }
}
