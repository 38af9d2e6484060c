extension RawSpan {
    /// The bytes in an array of their own. Complexity: O(n), one allocation.
    public func copy() -> [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }

    /// Puts a copy of the bytes behind those of `array`. Complexity: O(n).
    public func append(to array: inout [UInt8]) { unsafe withUnsafeBytes { unsafe array.append(contentsOf: $0) } }
}

extension [UInt8] {
    /// The elements, raw.
    public var rawBytes: RawSpan {
        // Invariant: bytes have no padding that could be read.
        @_lifetime(borrow self) get { unsafe span.bytes }
    }
}
