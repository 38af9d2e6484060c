import CKernels

extension Base64 {
    /// Encodes `input` and returns the encoded length; padding is written in the standard alphabet alone.
    ///
    /// `output` must have room for ``encodedCapacity(_:)`` of the input's count, and must not overlap it.
    @inlinable
    @discardableResult
    public static func encode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer, alphabet: Alphabet
    ) -> Int {
        guard let start = input.baseAddress else { return 0 }
        return unsafe ck_base64_encode(
            start.assumingMemoryBound(to: UInt8.self), input.count, output.assumingMemoryBound(to: UInt8.self),
            alphabet.rawValue)
    }

    /// ``encode(_:into:alphabet:)`` with a kernel of the caller's choice, which the machine must have.
    @discardableResult
    public static func encode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer, alphabet: Alphabet, kernel: Kernel
    ) -> Int {
        precondition(kernel.isSupported, "this machine has no \(kernel) kernel")
        guard let start = input.baseAddress else { return 0 }
        return unsafe ck_base64_encode_with(
            kernel.rawValue, start.assumingMemoryBound(to: UInt8.self), input.count,
            output.assumingMemoryBound(to: UInt8.self), alphabet.rawValue)
    }

    /// Encodes `input` behind what `output` holds already.
    ///
    /// `output` must have ``encodedCapacity(_:)`` of the input's count free (trapped otherwise).
    public static func encode(_ input: RawSpan, appendingTo output: inout OutputRawSpan, alphabet: Alphabet) {
        precondition(output.freeCapacity >= encodedCapacity(input.byteCount), "too little room to encode into")
        // The room was checked, and a span cannot overlap an output that is held exclusively.
        unsafe input.withUnsafeBytes { source in
            unsafe output.withUnsafeMutableBytes { room, used in
                guard let start = room.baseAddress else { return }
                used += unsafe encode(source, into: start + used, alphabet: alphabet)
            }
        }
    }
}
