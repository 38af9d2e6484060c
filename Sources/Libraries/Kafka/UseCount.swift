import Synchronization

/// Counts the calls that are inside a handle, so that it is destroyed only when none is.
///
/// Entering and leaving are one atomic addition each; only a closing thread waits.
final class UseCount: Sendable {
    // Twice the number of calls inside, plus one once closing has begun.
    private let state = Atomic<Int>(0)
    private let monitor = Monitor()

    /// Announces a call. False: the handle is closing, the call must not touch it (and must not `leave`).
    func enter() -> Bool {
        let (before, _) = state.add(2, ordering: .acquiringAndReleasing)
        guard before & 1 == 1 else { return true }
        leave()
        return false
    }

    /// Ends a call that `enter` let in.
    func leave() {
        let (_, after) = state.subtract(2, ordering: .acquiringAndReleasing)
        // The closer checks the state under the lock before it sleeps, so this wake-up cannot fall in between.
        if after == 1 { monitor.withLock { monitor.wake() } }
    }

    /// Turns away every later `enter`. False when that was done before.
    func close() -> Bool {
        state.bitwiseOr(1, ordering: .acquiringAndReleasing).oldValue & 1 == 0
    }

    /// After `close`: blocks until the last call has left.
    func waitUntilUnused() {
        monitor.withLock {
            while state.load(ordering: .acquiring) != 1 { _ = monitor.wait(until: nil) }
        }
    }
}
