import CMicrohttpd
import Glibc
import Platform

/// Serves HTTP/1.1 on one listening socket, by one thread of libmicrohttpd.
///
/// The handler is called on that thread, one request at a time; while it works, other requests of this server wait. What
/// it answers is sent while the next request is handled, so a client that reads slowly holds up nobody.
@safe
public final class HTTPServer: @unchecked Sendable {
    /// Answers a request. Called on the server's thread.
    public typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

    private let socket: ListeningSocket
    // Set once in `init`; `stop` takes it away under the lock, so that it is stopped once.
    private let daemon: Locked<UInt?>
    // What the callbacks are given: retained by the reference below from before the daemon starts until it has stopped.
    private let core: ServerCore

    /// Starts to serve `socket`, which belongs to the server from then on.
    public init(
        _ socket: ListeningSocket, limits: HTTPLimits = HTTPLimits(), handler: @escaping Handler
    ) throws(SystemError) {
        let core = ServerCore(limits: limits, handler: handler)
        self.core = core
        self.socket = socket
        // The daemon uses the object until MHD_stop_daemon returns, and `stop` is called by `deinit` at the latest, while
        // `self.core` still holds it.
        let started = unsafe cmh_start(
            socket.descriptor, ServerCore.handle, ServerCore.complete, ServerCore.connect,
            Unmanaged.passUnretained(core).toOpaque(), UInt32(limits.connections), limits.headers * 2,
            UInt32(limits.silence))
        guard let daemon = unsafe started else {
            socket.close()
            throw SystemError(EAGAIN, "start the HTTP server")
        }
        self.daemon = Locked(UInt(bitPattern: daemon))
    }

    deinit { stop() }

    /// The port of a TCP socket.
    public var port: UInt16? { socket.port }

    /// Closes the socket and every connection, and waits for the thread to end. Not to be called by the handler.
    public func stop() {
        let address = daemon.withLock { daemon in
            defer { daemon = nil }
            return daemon
        }
        // The daemon's address, kept as a number, was taken out above by this call alone.
        guard let address, let daemon = unsafe OpaquePointer(bitPattern: address) else { return }
        unsafe MHD_stop_daemon(daemon)
        socket.removeFile()
    }
}
