import CMicrohttpd
import Platform

/// What the callbacks of a daemon work with.
final class ServerCore: Sendable {
    let limits: HTTPLimits
    let handler: HTTPServer.Handler
    let connections = Locked(ConnectionTable())

    init(limits: HTTPLimits, handler: @escaping HTTPServer.Handler) {
        self.limits = limits
        self.handler = handler
    }

    // MARK: - Callbacks. Each runs on the daemon's thread, with the context that `HTTPServer` keeps alive until the
    // daemon has stopped, and with pointers that are valid for the call.

    static let handle: MHD_AccessHandlerCallback = { context, connection, url, method, _, upload, count, slot in
        guard let context = unsafe context, let connection = unsafe connection, let slot = unsafe slot,
            let count = unsafe count
        else { return .NO }
        let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        guard let held = unsafe slot.pointee else {
            // The first call of a request brings its headers alone. The object is released by `complete`.
            let exchange = Exchange()
            unsafe slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
            if unsafe Connection(connection).announcedBody > core.limits.body {
                return unsafe Connection(connection).answer(HTTPResponse(413, "the body is too large\n"))
            }
            return .YES
        }
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
        if unsafe count.pointee > 0 {
            let part = unsafe UnsafeRawBufferPointer(start: upload, count: count.pointee)
            // A body without an announced length that grows too large: the connection is closed.
            guard exchange.body.count + part.count <= core.limits.body else { return .NO }
            unsafe exchange.body.append(contentsOf: part)
            unsafe count.pointee = 0
            return .YES
        }
        let request = unsafe HTTPRequest(
            method: text(method), path: text(url), parameters: Connection(connection).parameters(),
            body: exchange.body, peer: Connection(connection).peer)
        return unsafe Connection(connection).answer(core.handler(request))
    }

    static let complete: MHD_RequestCompletedCallback = { context, connection, slot, _ in
        guard let context = unsafe context, let connection = unsafe connection, let slot = unsafe slot else { return }
        let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        if let held = unsafe slot.pointee {
            // The one release for the retain of the first call of `handle`.
            unsafe Unmanaged<Exchange>.fromOpaque(held).release()
            unsafe slot.pointee = nil
        }
        let descriptor = unsafe cmh_descriptor(connection)
        core.connections.withLock { $0.hasFinished(descriptor) }
    }

    static let connect: MHD_NotifyConnectionCallback = { context, connection, _, event in
        guard let context = unsafe context, let connection = unsafe connection else { return }
        let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        let descriptor = unsafe cmh_descriptor(connection)
        if event == .CONNECTION_NOTIFY_CLOSED {
            core.connections.withLock { $0.remove(descriptor) }
            return
        }
        // A connection is in the table only while its descriptor is open: the daemon tells of the end before it closes.
        let slowest = core.connections.withLock { table in
            table.add(descriptor)
            return table.count > core.limits.connections - core.limits.connections / 8 ? table.slowest : nil
        }
        if let slowest { cmh_cut(slowest) }
    }

    /// A text of a callback, copied.
    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        unsafe pointer.map { unsafe String(cString: $0) } ?? ""
    }
}

/// What has arrived of a request. Used on the daemon's thread alone.
private final class Exchange {
    var body: [UInt8] = []
}

/// The open connections, in the order in which they last finished something.
struct ConnectionTable: Sendable {
    private var turns: [Int32: UInt64] = [:]
    private var turn: UInt64 = 0

    var count: Int { turns.count }

    mutating func add(_ descriptor: Int32) {
        turn += 1
        turns[descriptor] = turn
    }

    mutating func remove(_ descriptor: Int32) { turns[descriptor] = nil }

    /// A request was answered, or given up on.
    mutating func hasFinished(_ descriptor: Int32) {
        if turns[descriptor] != nil { add(descriptor) }
    }

    /// The one that has gone longest without finishing a request.
    var slowest: Int32? { turns.min { $0.value < $1.value }?.key }
}
