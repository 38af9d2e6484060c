import CPlatform
import Glibc
import Synchronization

/// An open file.
///
/// Any thread may use it; calls on one file are not ordered against each other. The file is closed by ``close()``, else when
/// the last reference goes (then an error of the close is lost: who needs to know syncs first).
public final class File: Sendable {
    /// How a file is opened.
    public struct Mode: OptionSet, Sendable {
        /// The bits.
        public let rawValue: Int

        /// The mode of these bits.
        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// Bytes can be read.
        public static let reading = Mode(rawValue: 1)
        /// Bytes can be written.
        public static let writing = Mode(rawValue: 2)
        /// Every write goes to the end of the file; includes ``writing``.
        public static let appending = Mode(rawValue: 4 | 2)
        /// A file that is missing is made.
        public static let creating = Mode(rawValue: 8)
        /// A file that exists is an error; goes with ``creating``.
        public static let exclusive = Mode(rawValue: 16)
        /// A file that exists loses its content.
        public static let truncating = Mode(rawValue: 32)
    }

    /// The path it was opened by.
    public let path: String
    // -1 once it is closed. The exchange in `close` lets one caller alone close the descriptor.
    private let storage: Atomic<Int32>

    /// Opens the file at `path`.
    /// - Parameter permissions: Of a file that is made, before the process's umask.
    public init(_ path: String, _ mode: Mode, permissions: UInt32 = 0o644) throws(SystemError) {
        let flags = cp_open_flags(
            mode.contains(.reading), mode.contains(.writing), mode.contains(.appending), mode.contains(.creating),
            mode.contains(.exclusive), mode.contains(.truncating))
        self.storage = Atomic(try SystemError.check(unsafe cp_open(path, flags, permissions), "open", path))
        self.path = path
    }

    deinit {
        let descriptor = storage.load(ordering: .relaxed)
        if descriptor >= 0 { cp_close(descriptor) }
    }

    /// The system's number for the open file; -1 once it is closed. It stays the file's: nobody else closes it.
    public var descriptor: Int32 { storage.load(ordering: .relaxed) }

    /// Closes the file. A second call does nothing; a call meanwhile on another thread may fail with "Bad file descriptor".
    public func close() throws(SystemError) {
        let descriptor = storage.exchange(-1, ordering: .relaxed)
        if descriptor >= 0 { try SystemError.check(cp_close(descriptor), "close", path) }
    }

    /// The size in bytes.
    public func size() throws(SystemError) -> Int64 {
        try SystemError.check(cp_size(descriptor), "ask for the size of", path)
    }
}
