import Glibc

/// Bytes in one piece of memory whose size is fixed when it is made; they are put in front to back.
///
/// Filled by one thread, and only read once others may see it.
@safe
public final class ByteBuffer: @unchecked Sendable {
    // Allocated in `init`, freed in `deinit`, never handed out but as a span of a borrow: valid as long as the object.
    private let base: UnsafeMutableRawPointer
    /// How many bytes it can hold.
    public let capacity: Int
    /// How many it holds.
    public private(set) var count = 0

    /// An empty buffer for `capacity` bytes.
    public init(capacity: Int) {
        unsafe base = .allocate(byteCount: max(capacity, 1), alignment: 16)
        self.capacity = max(capacity, 0)
    }

    deinit { unsafe base.deallocate() }

    /// Adds a copy of `bytes`. More than there is room for is a fault of the caller and ends the process.
    public func append(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= capacity - count, "a byte buffer is too small")
        guard !bytes.isEmpty else { return }
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            // Invariant: the room was just checked, and nobody else can point into this memory.
            unsafe memcpy(base + count, start, source.count)
        }
        count += bytes.byteCount
    }

    /// Adds one byte; see ``append(_:)-(RawSpan)``.
    public func append(_ byte: UInt8) {
        precondition(count < capacity, "a byte buffer is too small")
        // Invariant: `count` is less than the size of the memory.
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// The bytes, valid as long as the buffer is borrowed.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // Invariant: the first `count` bytes were written, and the memory lives as long as the buffer.
            let span = unsafe RawSpan(_unsafeStart: base, byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
