import CRdkafka

/// One librdkafka client: what consumers, producers and admin calls share.
///
/// Its queries may be called on any thread. Each of them blocks, at most for the time it is given unless its
/// documentation says otherwise, and throws `_DESTROY` once the client is closed.
@safe public final class KafkaClient: @unchecked Sendable {
    /// What a client is made for.
    public enum Role: Sendable {
        /// It reads.
        case consumer
        /// It writes.
        case producer
    }

    /// What it was made for.
    public let role: Role
    /// librdkafka's name of it, `client.id#producer-1`, as its log lines have it.
    public let name: String

    // Valid from `init` until the destroying thread has seen `uses` empty; touched only between enter and leave, or,
    // by that thread, after it.
    private let handle: OpaquePointer
    private let uses = UseCount()
    // Handles that must be freed before the client is; guarded by `monitor`, as is `destroyed`.
    private let monitor = Monitor()
    private var resources: [Int: () -> Void] = [:]
    private var lastResource = 0
    private var destroyed = false

    /// A client with its events on, and its log lines going to, its main queue.
    ///
    /// Makes threads; connects to nothing until it is asked something. Throws for a configuration that does not hold
    /// together.
    ///
    /// - Parameter numbersFaults: whether a log line of facility `SSLCERTVRFY` gives OpenSSL's number of what is wrong with
    ///   a broker's certificate, as `x509=62`.
    init(
        _ role: Role, _ configuration: KafkaConfiguration, events: Int32, numbersFaults: Bool = false
    ) throws(KafkaError) {
        var configuration = configuration
        configuration["log.queue"] = "true"
        let conf = try unsafe configuration.makeConf()
        // Refused only by a library that was built without TLS.
        if numbersFaults { _ = unsafe crk_number_certificate_faults(conf) }
        unsafe rd_kafka_conf_set_events(conf, events | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS)
        let (made, message) = unsafe withErrorText { text, size in
            unsafe rd_kafka_new(role == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, text, size)
        }
        guard let made = unsafe made else {
            // It owns the conf object only when it succeeds.
            unsafe rd_kafka_conf_destroy(conf)
            throw KafkaError(.invalidArgument, message)
        }
        self.role = role
        unsafe handle = made
        unsafe name = String(cString: rd_kafka_name(made))
        unsafe rd_kafka_set_log_queue(made, nil)
    }

    deinit {
        // Nobody is inside: whoever is holds a reference. Destroying may block, which a deinit must not.
        guard uses.close() else { return }
        let doomed = unsafe Doomed(handle: handle, resources: Array(resources.values))
        if !DetachedThread.start("kafka-destroy", { doomed.destroy() }) { doomed.destroy() }
    }
}

extension KafkaClient {
    /// Runs `body` with the handle, or throws `_DESTROY`. The handle must not outlive the call.
    func withHandle<R>(_ body: (OpaquePointer) throws(KafkaError) -> R) throws(KafkaError) -> R {
        guard uses.enter() else { throw KafkaError(.destroyed, "\(name) is closed") }
        defer { uses.leave() }
        return try unsafe body(handle)
    }

    /// As `withHandle`, for calls that have no way to fail: nil once the client is closed.
    func ifOpen<R>(_ body: (OpaquePointer) -> R) -> R? {
        guard uses.enter() else { return nil }
        defer { uses.leave() }
        return unsafe body(handle)
    }

    /// True until `destroy` is called.
    var isOpen: Bool {
        guard uses.enter() else { return false }
        uses.leave()
        return true
    }

    /// Has `free` run before the client is destroyed, unless `release` runs it earlier.
    func register(_ free: @escaping () -> Void) -> Int {
        monitor.withLock {
            lastResource += 1
            resources[lastResource] = free
            return lastResource
        }
    }

    /// Frees what was registered under `resource` now; nothing when it was freed before or the client is closing.
    func release(_ resource: Int) {
        // Entered, so the destroying thread, which frees what is left, comes after it.
        guard uses.enter() else { return }
        defer { uses.leave() }
        monitor.withLock { resources.removeValue(forKey: resource) }?()
    }

    /// Closes the client to new calls, waits for those inside, frees it. Blocks, at most for `timeout`.
    ///
    /// False when it was not done by then: a thread of its own goes on with it, and whoever wants to end the process
    /// may do so. True as well when another call destroyed it before.
    func destroy(within timeout: Duration) -> Bool {
        let deadline = Deadline(after: timeout)
        if uses.close() {
            let started = DetachedThread.start("kafka-destroy") { self.destroyNow() }
            if !started { destroyNow() }
        }
        return monitor.withLock {
            while !destroyed {
                guard monitor.wait(until: deadline) else { return destroyed }
            }
            return true
        }
    }

    private func destroyNow() {
        uses.waitUntilUnused()
        let left = monitor.withLock {
            defer { resources = [:] }
            return Array(resources.values)
        }
        unsafe Doomed(handle: handle, resources: left).destroy()
        monitor.withLock {
            destroyed = true
            monitor.wake()
        }
    }
}

/// A client that nobody can reach any more, with what must be freed before it.
@safe private struct Doomed: @unchecked Sendable {
    let handle: OpaquePointer
    let resources: [() -> Void]

    func destroy() {
        for free in resources { free() }
        // Without the group's farewell: that has been said, or its time is over.
        unsafe rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }
}
