import Glibc

extension RawSpan {
    /// The place of the first byte that equals `byte`. Complexity: O(n), by the C library's vectors.
    public func firstIndex(of byte: UInt8) -> Int? {
        unsafe withUnsafeBytes { bytes -> Int? in
            guard let start = bytes.baseAddress else { return nil }
            // The call reads `count` bytes from the span's own memory, and answers a place in there.
            guard let found = unsafe memchr(start, Int32(byte), bytes.count) else { return nil }
            return unsafe UnsafeRawPointer(found) - start
        }
    }
}
