import Glibc

/// Compares the characters of strings, byte for byte.
public enum JSONText {
    /// Whether `text` is `other`.
    @inlinable public static func equals(_ text: RawSpan, _ other: Span<UInt8>) -> Bool {
        text.byteCount == other.count && begins(text, with: other)
    }

    /// Whether `text` begins with `other`.
    @inlinable public static func begins(_ text: RawSpan, with other: Span<UInt8>) -> Bool {
        if other.isEmpty { return true }
        if text.byteCount < other.count { return false }
        return unsafe text.withUnsafeBytes { text in
            unsafe other.withUnsafeBytes { other in
                // Both have at least `other.count` bytes, and at least one.
                guard let left = text.baseAddress, let right = other.baseAddress else { return false }
                return unsafe memcmp(left, right, other.count) == 0
            }
        }
    }

    /// Whether `text` ends with `other`.
    @inlinable public static func ends(_ text: RawSpan, with other: Span<UInt8>) -> Bool {
        text.byteCount >= other.count && begins(text.extracting(last: other.count), with: other)
    }
}
