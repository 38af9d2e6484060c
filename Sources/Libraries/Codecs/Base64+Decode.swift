import CKernels

extension Base64 {
    /// Decodes `input` to `output` and returns the decoded length.
    ///
    /// `output` must have room for ``decodedCapacity(_:)`` of the input's count, and must not overlap it. After an error
    /// its content has no meaning.
    @inlinable
    public static func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer, alphabet: Alphabet
    ) throws(Base64Error) -> Int {
        // An empty buffer may have no address; the kernels read nothing then.
        guard let start = input.baseAddress else { return 0 }
        let length = unsafe ck_base64_decode(
            start.assumingMemoryBound(to: UInt8.self), input.count, output.assumingMemoryBound(to: UInt8.self),
            alphabet.rawValue)
        guard length >= 0 else { throw unsafe explain(input, alphabet: alphabet) }
        return Int(length)
    }

    /// ``decode(_:into:alphabet:)`` with a kernel of the caller's choice, which the machine must have.
    public static func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer, alphabet: Alphabet, kernel: Kernel
    ) throws(Base64Error) -> Int {
        precondition(kernel.isSupported, "this machine has no \(kernel) kernel")
        guard let start = input.baseAddress else { return 0 }
        let length = unsafe ck_base64_decode_with(
            kernel.rawValue, start.assumingMemoryBound(to: UInt8.self), input.count,
            output.assumingMemoryBound(to: UInt8.self), alphabet.rawValue)
        guard length >= 0 else { throw unsafe explain(input, alphabet: alphabet) }
        return Int(length)
    }

    /// Decodes `input` behind what `output` holds already.
    ///
    /// `output` must have ``decodedCapacity(_:)`` of the input's count free (trapped otherwise).
    public static func decode(
        _ input: RawSpan, appendingTo output: inout OutputRawSpan, alphabet: Alphabet
    ) throws(Base64Error) {
        precondition(output.freeCapacity >= decodedCapacity(input.byteCount), "too little room to decode into")
        // The room was checked, and a span cannot overlap an output that is held exclusively.
        try unsafe input.withUnsafeBytes { (source) throws(Base64Error) in
            try unsafe output.withUnsafeMutableBytes { (room, used) throws(Base64Error) in
                guard let start = room.baseAddress else { return }
                used += try unsafe decode(source, into: start + used, alphabet: alphabet)
            }
        }
    }

    /// Reads a refused input again, slowly, to say what is wrong with it.
    @usableFromInline
    @inline(never)
    static func explain(_ input: UnsafeRawBufferPointer, alphabet: Alphabet) -> Base64Error {
        // The caller's buffer is alive and not empty, as an empty one is never refused.
        let fault = unsafe ck_base64_explain(
            input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count, alphabet.rawValue)
        let position = Int(fault.at)
        switch fault.kind {
        case Int32(CK_FAULT_FOREIGN_BYTE):
            return Base64Error(.foreignByte(unsafe input[position]), at: position, alphabet: alphabet)
        case Int32(CK_FAULT_MISPLACED_PADDING):
            return Base64Error(.misplacedPadding, at: position, alphabet: alphabet)
        case Int32(CK_FAULT_MISSING_PADDING):
            return Base64Error(.missingPadding, at: position, alphabet: alphabet)
        case Int32(CK_FAULT_LENGTH):
            return Base64Error(.length, at: position, alphabet: alphabet)
        default:
            return Base64Error(.trailingBits, at: position, alphabet: alphabet)
        }
    }
}
