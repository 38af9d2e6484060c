/// What a service manager is to hear of a worker, and when: the words of sd_notify(3). Pure; times are passed in,
/// monotonic milliseconds.
///
/// `READY=1` goes out once the work is under way. The watchdog is fed only while every lane answers and no shard is
/// stuck, so that a restart comes where a restart helps, and not while a sink or broker is away. Before it is ready, and
/// while it drains, it asks for the time that it needs.
struct ServiceNews: Sendable {
    /// How long a status may be out of date in its figures alone, milliseconds.
    static let figuresEvery: Int64 = 10_000
    /// How often a time limit is pushed on, and by how much beyond what the worker expects to need, milliseconds.
    static let extendEvery: Int64 = 5_000
    static let startMargin: Int64 = 30_000
    static let stopMargin: Int64 = 10_000

    /// The manager's limit in milliseconds; nil where it watches nothing.
    private let watchdog: Int64?
    private(set) var isReady = false
    private var isStopping = false
    private var status = ""
    private var cause = ""
    private var told = Int64.min / 2
    private var extended = Int64.min / 2
    private var fed: Int64?

    /// News for a manager that expects to hear at least every `watchdog` milliseconds; nil: it does not.
    init(watchdog: Int64?) { self.watchdog = watchdog }

    /// What to send now, a line each; empty where there is nothing new.
    mutating func look(_ look: ServiceLook, now: Int64) -> [String] {
        var lines: [String] = []
        if !isReady && look.isUnderWay && (look.phase == .starting || look.phase == .running) {
            isReady = true
            lines.append("READY=1")
        }
        if let end = look.end, look.phase == .draining || look.phase == .stopped {
            lines += stopping(end - now + ServiceNews.stopMargin, now)
        } else {
            lines += waiting(now)
            lines += feeding(look, now)
        }
        return lines + telling(look, now)
    }

    /// A start that is not under way yet asks for more time while it works on it.
    private mutating func waiting(_ now: Int64) -> [String] {
        guard !isReady, now - extended >= ServiceNews.extendEvery else { return [] }
        extended = now
        return ["EXTEND_TIMEOUT_USEC=\(ServiceNews.startMargin * 1_000)"]
    }

    /// The drain has a limit of its own, so both the manager's limit and its watchdog get the rest of that.
    private mutating func stopping(_ rest: Int64, _ now: Int64) -> [String] {
        guard !isStopping || now - extended >= ServiceNews.extendEvery else { return [] }
        var lines = isStopping ? [] : ["STOPPING=1"]
        isStopping = true
        extended = now
        let limit = max(rest, ServiceNews.stopMargin) * 1_000
        lines.append("EXTEND_TIMEOUT_USEC=\(limit)")
        if let watchdog { lines.append("WATCHDOG_USEC=\(max(limit, watchdog * 1_000))") }
        return lines
    }

    private mutating func feeding(_ look: ServiceLook, _ now: Int64) -> [String] {
        guard isReady, let watchdog, isWell(look, now) else { return [] }
        // Half of the limit is what is asked for; a quarter leaves room for lanes that did not answer just then.
        if let fed, now - fed < watchdog / 4 { return [] }
        fed = now
        return ["WATCHDOG=1"]
    }

    /// Whether all is well enough to be left alone.
    private func isWell(_ look: ServiceLook, _ now: Int64) -> Bool {
        guard look.stuck.isEmpty else { return false }
        // They must have answered since the last time: an old answer proves nothing.
        return fed.map { look.answered > $0 } ?? true
    }

    private mutating func telling(_ look: ServiceLook, _ now: Int64) -> [String] {
        guard look.status != status, look.cause != cause || now - told >= ServiceNews.figuresEvery else { return [] }
        status = look.status
        cause = look.cause
        told = now
        return ["STATUS=\(look.status)"]
    }
}
