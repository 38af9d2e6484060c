import CPlatform
import Glibc

/// A call of the operating system that failed: what was tried, on what, and why it did not work.
public struct SystemError: Error, Sendable, Hashable {
    /// The number of the error, an `errno`.
    public let code: Int32
    /// What was tried, as a verb: `write`, `open`.
    public let operation: String
    /// The file or other thing that it was tried on, if there is one.
    public let subject: String?

    /// The failure `code` (an `errno`, positive) of `operation` on `subject`.
    public init(_ code: Int32, _ operation: String, _ subject: String? = nil) {
        self.code = code
        self.operation = operation
        self.subject = subject
    }

    /// The system's own words, without dynamic parts: `No space left on device`. Fit for a metric's label.
    public var reason: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
            // The call writes at most 128 bytes, the last of them zero.
            guard let base = text.baseAddress else { return "" }
            unsafe cp_error_text(code, base, text.count)
            return unsafe String(cString: base)
        }
    }

    /// Whether a disk or a quota is full.
    public var isFull: Bool { code == ENOSPC || code == EDQUOT }
    /// Whether the named file or folder does not exist.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    /// Whether something of the name exists already.
    public var isExisting: Bool { code == EEXIST }
    /// Whether the process lacks the right.
    public var isDenied: Bool { code == EACCES || code == EPERM || code == EROFS }
    /// Whether the reader of a pipe or socket has gone.
    public var isBrokenPipe: Bool { code == EPIPE || code == ECONNRESET }
}

extension SystemError: CustomStringConvertible {
    /// One line: `cannot write out/a.jsonl: No space left on device`.
    public var description: String {
        "cannot \(operation)\(subject.map { " \($0)" } ?? ""): \(reason)"
    }
}

extension SystemError {
    /// Passes a C answer through, or throws it when it is a negative `errno`.
    @discardableResult
    static func check<Answer: FixedWidthInteger & SignedInteger>(
        _ answer: Answer, _ operation: @autoclosure () -> String, _ subject: @autoclosure () -> String? = nil
    ) throws(SystemError) -> Answer {
        guard answer < 0 else { return answer }
        throw SystemError(Int32(truncatingIfNeeded: -answer), operation(), subject())
    }
}
