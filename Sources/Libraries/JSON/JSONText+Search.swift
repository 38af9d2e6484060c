import Glibc

extension JSONText {
    /// The bytes of `text`, to be read one by one. No copy.
    @inlinable @_lifetime(copy text)
    public static func bytes(of text: RawSpan) -> Span<UInt8> { Span(_bytes: text) }

    /// Where `piece` first begins in `text`; nil where it is not in it. The empty piece begins everything.
    ///
    /// Complexity: linear in the size of `text`, and in that of `piece` for each place where its first byte lies; no
    /// allocation.
    public static func find(_ piece: Span<UInt8>, in text: RawSpan) -> Int? {
        if piece.isEmpty { return 0 }
        return unsafe text.withUnsafeBytes { text in
            unsafe piece.withUnsafeBytes { piece in
                guard let start = text.baseAddress, let wanted = piece.baseAddress else { return nil }
                var at = 0
                while text.count - at >= piece.count {
                    // Looked at is what lies from `at` to the last place where the piece still fits, and from a place
                    // found there as much as the piece has.
                    guard
                        let next = unsafe memchr(start + at, Int32(piece[0]), text.count - piece.count - at + 1)
                    else { return nil }
                    at = unsafe UnsafeRawPointer(next) - start
                    if unsafe memcmp(start + at, wanted, piece.count) == 0 { return at }
                    at += 1
                }
                return nil
            }
        }
    }
}
