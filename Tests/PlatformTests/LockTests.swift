import Glibc
import Platform
import Testing

@Suite struct LockTests {
    /// Counts without the protection of atomics, so that a lock that does not lock loses counts.
    final class Counter: @unchecked Sendable {
        let lock = Lock()
        var count = 0
    }

    @Test func `a lock lets one thread in at a time`() throws {
        let counter = Counter()
        let threads = try (0..<4).map { index in
            try Thread(name: "count-\(index)") {
                for _ in 0..<1000 {
                    counter.lock.withLock {
                        let before = counter.count
                        // Lets another thread in between, if anything does.
                        sched_yield()
                        counter.count = before + 1
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(counter.count == 4000)
    }

    @Test func `a locked value is changed by one thread at a time, and answers come out`() throws {
        let values = Locked<[Int]>([])
        let threads = try (0..<4).map { index in
            try Thread(name: "append") {
                for number in 0..<1000 { values.withLock { $0.append(index * 1000 + number) } }
            }
        }
        for thread in threads { thread.join() }
        #expect(values.withLock { $0.sorted() } == Array(0..<4000))
    }

    struct Refused: Error, Equatable {}

    @Test func `an error of the body comes out and leaves the lock free`() {
        let value = Locked(1)
        #expect(throws: Refused()) {
            try value.withLock { value throws(Refused) in
                value = 2
                throw Refused()
            }
        }
        #expect(value.withLock { $0 } == 2)
        let lock = Lock()
        #expect(throws: Refused()) { try lock.withLock { () throws(Refused) in throw Refused() } }
        #expect(lock.withLock { true })
    }

    @Test func `a waiter gets what another thread puts there`() throws {
        let box = Locked<Int?>(nil)
        let condition = Condition()
        let thread = try Thread(name: "put") {
            box.withLock { $0 = 7 }
            condition.signal()
        }
        let got = box.wait(on: condition, until: patience()) { value in
            defer { value = nil }
            return value
        }
        #expect(got == 7)
        #expect(box.withLock { $0 } == nil)
        thread.join()
    }

    @Test func `a waiter gives up behind its deadline and not before`() {
        let box = Locked(0)
        let condition = Condition()
        let deadline = MonotonicClock.now() + 20_000_000
        let got: Int? = box.wait(on: condition, until: deadline) { _ in nil }
        #expect(got == nil)
        #expect(MonotonicClock.now() >= deadline)
    }

    @Test func `a broadcast wakes all`() throws {
        let isOpen = Locked(false)
        let condition = Condition()
        let threads = try (0..<5).map { _ in
            try Thread(name: "wait") {
                let _: Void? = isOpen.wait(on: condition, until: patience()) { $0 ? () : nil }
            }
        }
        isOpen.withLock { $0 = true }
        condition.broadcast()
        for thread in threads { #expect(thread.join(until: patience())) }
    }
}
