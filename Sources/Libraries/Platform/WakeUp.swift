import CPlatform

/// A bell that any thread may ring and a ``Poller`` hears: an eventfd.
///
/// Rings between two drains count as one. Ringing never blocks and needs no lock.
public final class WakeUp: Sendable {
    /// The file descriptor, readable while the bell has rung; valid as long as the object. Eight-byte writes ring it, so it
    /// may be given to C libraries that signal an eventfd (`rd_kafka_queue_io_event_enable` with a payload of the `UInt64` 1).
    public let descriptor: Int32

    /// A bell that has not rung.
    public init() throws(SystemError) {
        descriptor = try SystemError.check(cp_eventfd(), "make an eventfd")
    }

    deinit {
        cp_close(descriptor)
    }

    /// Rings.
    public func signal() {
        // It can only fail on a descriptor that is not an eventfd, which this one is.
        cp_eventfd_signal(descriptor)
    }

    /// Rings the bell that has `descriptor`, for whoever was given only that; it must still be open.
    public static func signal(_ descriptor: Int32) {
        cp_eventfd_signal(descriptor)
    }

    /// Makes it quiet again. To be called before looking for what it may have rung for, so that no ring is lost.
    public func drain() {
        cp_eventfd_drain(descriptor)
    }
}
