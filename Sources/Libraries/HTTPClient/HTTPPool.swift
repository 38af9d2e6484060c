import CCurl
import Platform

/// Makes calls side by side on a thread of its own, and keeps their connections for the next ones.
///
/// As many calls as connections are under way; those beyond wait their turn, and their timeout begins with it. How many
/// wait is for the caller to bound. Thread safe.
@safe public final class HTTPPool: Sendable {
    /// What a call that was begun is called.
    public typealias CallID = Int
    /// Hears how a call ended: once, on the pool's thread, and must not block.
    public typealias Completion = @Sendable (Result<HTTPAnswer, HTTPClientError>) -> Void

    private let inbox = Locked(Inbox())
    private let multi: Multi
    private let thread: Thread

    /// A pool that keeps up to `connections` connections open and makes as many calls at once.
    public init(name: String, connections: Int) throws(HTTPClientError) {
        try HTTPClient.start()
        let multi = try Multi(connections: max(connections, 1))
        let inbox = inbox
        self.multi = multi
        do throws(SystemError) {
            thread = try Thread(name: name) { PoolLoop(multi, inbox).run() }
        } catch { throw HTTPClientError(kind: .other, message: "\(error)") }
    }

    /// Begins `call`; `done` hears of its end.
    @discardableResult
    public func send(_ call: HTTPCall, _ done: @escaping Completion) -> CallID {
        let id = inbox.withLock { inbox -> CallID? in
            if inbox.isClosing { return nil }
            inbox.lastID += 1
            inbox.starts.append(Start(id: inbox.lastID, call: call, done: done))
            return inbox.lastID
        }
        guard let id else {
            done(.failure(PoolLoop.cancelled))
            return 0
        }
        multi.wake()
        return id
    }

    /// Ends a call that is under way as `cancelled`; nothing where it has ended. The server may have got all of it.
    public func cancel(_ id: CallID) {
        inbox.withLock { $0.cancels.append(id) }
        multi.wake()
    }

    /// Cancels what is under way and waits until the thread has ended. May be called again.
    public func close() {
        inbox.withLock { $0.isClosing = true }
        multi.wake()
        thread.join()
    }

    struct Start: Sendable {
        let id: CallID
        let call: HTTPCall
        let done: Completion
    }

    struct Inbox: Sendable {
        var lastID = 0
        var starts: [Start] = []
        var cancels: [CallID] = []
        var isClosing = false
    }
}

/// libcurl's handle of many transfers. All but ``wake()`` is for the pool's thread.
@safe final class Multi: @unchecked Sendable {
    // Invariant: freed by `deinit`, when the loop, which holds this too, has ended and taken out every transfer.
    let handle: UnsafeMutableRawPointer
    let connections: Int

    init(connections: Int) throws(HTTPClientError) {
        guard let handle = unsafe curl_multi_init() else {
            throw HTTPClientError(kind: .other, message: "libcurl has no memory")
        }
        unsafe self.handle = unsafe handle
        self.connections = connections
        // No limit of libcurl's own: with one, a transfer that waited for a connection was left waiting until its timeout
        // in every other run of 200 (7.88.1).
        _ = unsafe ccu_multi_set_long(handle, CURLMOPT_MAXCONNECTS, connections)
    }

    deinit { _ = unsafe curl_multi_cleanup(handle) }

    /// Ends a wait of the loop, or the next one. The one call of libcurl's that any thread may make.
    func wake() { _ = unsafe curl_multi_wakeup(handle) }
}

/// The pool's thread.
private final class PoolLoop {
    static let cancelled = HTTPClientError(kind: .cancelled, message: "cancelled")

    private struct Running {
        let id: HTTPPool.CallID
        let transfer: Transfer
        let done: HTTPPool.Completion
    }

    private let multi: Multi
    private let inbox: Locked<HTTPPool.Inbox>
    /// By the address of libcurl's handle.
    private var running: [Int: Running] = [:]
    /// Those whose turn has not come, from `head` on.
    private var waiting: [HTTPPool.Start] = []
    private var head = 0

    init(_ multi: Multi, _ inbox: Locked<HTTPPool.Inbox>) {
        self.multi = multi
        self.inbox = inbox
    }

    func run() {
        while true {
            let news = inbox.withLock { inbox in
                defer {
                    inbox.starts = []
                    inbox.cancels = []
                }
                return inbox
            }
            waiting += news.starts
            for id in news.cancels { cancel { $0 == id } }
            if news.isClosing { return cancel { _ in true } }
            beginWhatMay()
            var left: Int32 = 0
            _ = unsafe curl_multi_perform(multi.handle, &left)
            // What ends makes room: then there is no time to wait.
            if takeEnded() { continue }
            // Timers of libcurl shorten the wait, news end it.
            _ = unsafe curl_multi_poll(multi.handle, nil, 0, 60_000, nil)
        }
    }

    private func beginWhatMay() {
        while running.count < multi.connections, head < waiting.count {
            head += 1
            begin(waiting[head - 1])
        }
        if head == waiting.count || head > 1024 {
            waiting.removeFirst(head)
            head = 0
        }
    }

    private func begin(_ start: HTTPPool.Start) {
        do throws(HTTPClientError) {
            let transfer = try Transfer(start.call)
            // Invariant: the transfer is in `running` until it was taken out of libcurl's hands.
            unsafe running[Int(bitPattern: transfer.handle)] = Running(
                id: start.id, transfer: transfer, done: start.done)
            _ = unsafe curl_multi_add_handle(multi.handle, transfer.handle)
        } catch { start.done(.failure(error)) }
    }

    /// Answers whether there were any.
    private func takeEnded() -> Bool {
        var any = false
        var handle: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while unsafe ccu_multi_next(multi.handle, &handle, &code) != 0 {
            guard let one = running.removeValue(forKey: Int(bitPattern: handle)) else { continue }
            _ = unsafe curl_multi_remove_handle(multi.handle, one.transfer.handle)
            one.done(one.transfer.answer(code))
            any = true
        }
        return any
    }

    private func cancel(_ isMeant: (HTTPPool.CallID) -> Bool) {
        for start in waiting[head...] where isMeant(start.id) { start.done(.failure(Self.cancelled)) }
        waiting = waiting[head...].filter { !isMeant($0.id) }
        head = 0
        for (key, one) in running where isMeant(one.id) {
            running[key] = nil
            _ = unsafe curl_multi_remove_handle(multi.handle, one.transfer.handle)
            one.done(.failure(Self.cancelled))
        }
    }
}
