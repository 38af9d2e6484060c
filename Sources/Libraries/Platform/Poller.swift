import CPlatform
import Glibc

/// Waits until one of a few file descriptors is readable, or a time is over: poll(2).
///
/// Owned by one thread. The descriptors stay their owners', and must outlive the poller.
@safe
public struct Poller: ~Copyable {
    // Allocated in `init`, freed in `deinit`; a non-copyable value has one owner, so nobody else can reach it.
    private let entries: UnsafeMutableBufferPointer<pollfd>

    /// Watches `descriptors` for something to read (or an end or error, which a read would tell).
    public init(_ descriptors: [Int32]) {
        unsafe entries = .allocate(capacity: descriptors.count)
        for (index, descriptor) in descriptors.enumerated() {
            unsafe entries.initializeElement(
                at: index, to: pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
    }

    deinit {
        unsafe entries.deallocate()
    }

    /// Waits until a descriptor is ready or the deadline has passed; one that has passed already only looks.
    ///
    /// A signal does not end the wait.
    /// - Parameter deadline: A time of ``MonotonicClock``, in nanoseconds; `nil` waits without limit.
    /// - Returns: The number of ready descriptors, 0 behind the deadline.
    @discardableResult
    public mutating func wait(until deadline: Int64?) throws(SystemError) -> Int {
        while true {
            let left = deadline.map { max($0 - MonotonicClock.now(), 0) } ?? -1
            let ready = unsafe cp_poll(entries.baseAddress, entries.count, left)
            if ready != -EINTR { return Int(try SystemError.check(ready, "poll")) }
        }
    }

    /// Waits for at most `timeout` nanoseconds; see ``wait(until:)``.
    @discardableResult
    public mutating func wait(timeout: Int64) throws(SystemError) -> Int {
        try wait(until: MonotonicClock.now() + max(timeout, 0))
    }

    /// Whether the descriptor at `index` (of those given to `init`) was ready at the end of the last wait.
    public func isReady(_ index: Int) -> Bool {
        // The buffer checks the bounds only in debug builds.
        unsafe precondition(index >= 0 && index < entries.count, "no descriptor of that index")
        return unsafe entries[index].revents != 0
    }
}
