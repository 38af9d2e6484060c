extension RawSpan {
    /// The byte at `index`, from 0. Complexity: O(1).
    @inlinable public func byte(at index: Int) -> UInt8 {
        precondition(index >= 0 && index < byteCount, "byte index out of range")
        // Invariant: the index was just checked, and every byte is a UInt8.
        return unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self)
    }
}

extension OutputRawSpan {
    /// Appends a copy of `bytes`, for which there must be room. Complexity: O(n), one copy.
    @inlinable public mutating func append(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= freeCapacity, "more than the output's capacity")
        unsafe withUnsafeMutableBytes { room, count in
            unsafe bytes.withUnsafeBytes { source in
                // Invariant: there is room behind the first `count` bytes, as was just checked.
                unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: source)
            }
            count += bytes.byteCount
        }
    }

    /// Appends a copy of `bytes`, for which there must be room. Complexity: O(n), one copy.
    @inlinable public mutating func append(_ bytes: [UInt8]) {
        // Invariant: bytes have no padding that could be read.
        append(unsafe bytes.span.bytes)
    }
}
