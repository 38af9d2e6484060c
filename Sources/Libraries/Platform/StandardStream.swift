import CPlatform

/// Standard input, output or error, or another open descriptor, unbuffered.
///
/// Each write is handed to the system as a whole, so lines of several threads do not mix where the system keeps a write
/// together (files and terminals do, pipes up to 4,096 bytes).
public struct StandardStream: Sendable, Hashable {
    /// The number of the stream.
    public let descriptor: Int32

    /// The stream of an open descriptor, which stays its owner's.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Where results go.
    public static let output = StandardStream(descriptor: 1)
    /// Where the log goes.
    public static let error = StandardStream(descriptor: 2)

    /// Keeps the numbers of standard streams that the process was started without, so that no file or socket is opened in
    /// their place and written to as if it were theirs. To be called before anything is opened.
    public static func holdPlaces() { cp_hold_standard_streams() }

    /// What errors call it.
    var name: String {
        switch descriptor {
        case 0: "standard input"
        case 1: "standard output"
        case 2: "standard error"
        default: "descriptor \(descriptor)"
        }
    }

    /// Writes all of `bytes`.
    public func write(_ bytes: RawSpan) throws(SystemError) {
        try Descriptor.write(bytes, to: descriptor, name)
    }

    /// Writes all of `bytes`.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) {
        // Bytes have no padding whose content would be undefined.
        try unsafe write(bytes.bytes)
    }

    /// Writes all of the text.
    /// - Returns: `false` when nobody reads the stream any more, or it could not be written: what is only a message must
    ///   not end the work.
    @discardableResult
    public func write(_ text: String) -> Bool {
        do throws(SystemError) {
            try write(Array(text.utf8).span)
            return true
        } catch {
            return false
        }
    }

    /// Writes the text and a line feed; see ``write(_:)-(String)``.
    @discardableResult
    public func writeLine(_ text: String) -> Bool { write(text + "\n") }
}
