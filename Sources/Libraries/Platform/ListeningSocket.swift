import CPlatform
import Glibc

/// A socket that takes connections, for whoever serves them.
///
/// It is a bare descriptor: ``close()`` it, or hand it to a server that does.
public struct ListeningSocket: Sendable {
    /// The descriptor, non-blocking and closed in child processes.
    public let descriptor: Int32
    /// The path of a local socket.
    public let path: String?
    /// Which file the path was when the socket was made.
    private let mark: Int64

    private init(_ descriptor: Int32, path: String?) {
        self.descriptor = descriptor
        self.path = path
        mark = path.map { unsafe cp_file_mark($0) } ?? 0
    }

    /// Listens at `host`, an address or a name, on `port`; port 0 takes any that is free.
    ///
    /// A name that is not known is ``SystemError/isUnknownHost``. Looking it up may block for some seconds.
    public static func tcp(host: String, port: UInt16) throws(SystemError) -> ListeningSocket {
        let descriptor = unsafe cp_listen_tcp(host, String(port))
        return ListeningSocket(try SystemError.check(descriptor, "listen at", "\(host):\(port)"), path: nil)
    }

    /// Listens at `path`, for the user of this process alone (mode 0600 from its first moment).
    ///
    /// The socket of a process that has ended is replaced. Where a process answers, the error is
    /// ``SystemError/isInUse``; where the path is no socket, ``SystemError/isExisting``.
    public static func local(path: String) throws(SystemError) -> ListeningSocket {
        let descriptor = unsafe cp_listen_local(path, FileSystem.folder(of: path))
        return ListeningSocket(try SystemError.check(descriptor, "listen at", path), path: path)
    }

    /// The port of a TCP socket.
    public var port: UInt16? { path == nil ? UInt16(exactly: cp_socket_port(descriptor)) : nil }

    /// Closes the descriptor. Not to be called once it was handed over.
    public func close() { _ = cp_close(descriptor) }

    /// Removes the file of a local socket, unless another process has replaced it. Call it when nobody listens any more.
    public func removeFile() {
        guard let path, unsafe cp_file_mark(path) == mark else { return }
        try? FileSystem.remove(path)
    }
}

/// Who is at the other end of a local connection.
public struct Peer: Sendable, Hashable {
    /// The user.
    public let user: UInt32
    /// The process.
    public let process: Int32

    /// A peer that is known already.
    public init(user: UInt32, process: Int32) {
        self.user = user
        self.process = process
    }

    /// The peer of a connection's descriptor, as the kernel noted it when it connected; nil for other kinds of sockets.
    public init?(descriptor: Int32) {
        var user: UInt32 = 0
        var process: Int32 = 0
        // The call writes two integers and keeps no pointer. A TCP socket has nobody: then the kernel says process 0.
        guard unsafe cp_peer(descriptor, &user, &process) == 0, process != 0 else { return nil }
        self.init(user: user, process: process)
    }

    /// The user that this process acts as.
    public static var ownUser: UInt32 { geteuid() }
}

extension SystemError {
    /// Whether somebody else listens there already.
    public var isInUse: Bool { code == EADDRINUSE }
    /// Whether the name of a machine is not known.
    public var isUnknownHost: Bool { code == ENXIO }
    /// Whether it may go better the next time.
    public var isTemporary: Bool { code == EAGAIN }
    /// Whether an address is none of this machine.
    public var isForeignAddress: Bool { code == EADDRNOTAVAIL }
    /// Whether a path is longer than the system takes, for a local socket 107 bytes.
    public var isTooLong: Bool { code == ENAMETOOLONG }
}

extension FileSystem {
    /// The user that owns what lies at `path`, links not followed.
    public static func owner(of path: String) throws(SystemError) -> UInt32 {
        UInt32(truncatingIfNeeded: try SystemError.check(unsafe cp_owner(path), "look at", path))
    }
}
