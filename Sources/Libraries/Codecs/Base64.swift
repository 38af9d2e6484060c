import CKernels

/// Base64 after RFC 4648, strict: exactly one text decodes to given bytes (base64url: two, with and without padding).
///
/// Decoding refuses foreign bytes (white space too), padding that is missing or stands elsewhere than at the end, and
/// trailing bits that are not zero. An empty input is an empty output. Everything here is a pure function, safe on any
/// thread, without allocation, in time linear in the input.
///
/// Inputs are never read past their end. Outputs need ``slack`` bytes more than the result, as the kernels store
/// whole registers; what lies there afterwards has no meaning.
public enum Base64 {
    /// The bytes that a kernel may write behind its result.
    @inlinable
    public static var slack: Int { Int(CK_BASE64_SLACK) }

    /// The room that decoding `encoded` bytes needs, ``slack`` included.
    @inlinable
    public static func decodedCapacity(_ encoded: Int) -> Int { encoded / 4 * 3 + 3 + slack }

    /// The length of the encoding of `decoded` bytes with padding; without, as in base64url, up to 2 less.
    @inlinable
    public static func encodedLength(_ decoded: Int) -> Int { (decoded + 2) / 3 * 4 }

    /// The room that encoding `decoded` bytes needs, ``slack`` included.
    @inlinable
    public static func encodedCapacity(_ decoded: Int) -> Int { encodedLength(decoded) + slack }
}

extension Base64 {
    /// The 64 symbols, and what is done about padding.
    public enum Alphabet: Int32, Sendable, CaseIterable {
        /// RFC 4648 §4: `+` and `/`, with padding.
        case standard = 0
        /// RFC 4648 §5: `-` and `_`; padding is optional to decode, and not written.
        case url = 1

        /// The name that config and messages use.
        public var name: String { self == .standard ? "base64" : "base64url" }
    }

    /// An implementation. The best one that the machine has is used unless a caller asks for another.
    public enum Kernel: Int32, Sendable, CaseIterable {
        /// Plain C, for every machine.
        case portable = 0
        /// 32 symbols a step.
        case avx2 = 1
        /// 64 symbols a step; needs AVX-512 VBMI.
        case avx512 = 2

        /// Whether this machine has it.
        public var isSupported: Bool { ck_base64_has_kernel(rawValue) != 0 }

        /// The best one of this machine, which decoding and encoding use by default.
        public static var best: Kernel { Kernel(rawValue: ck_base64_best_kernel()) ?? .portable }
    }
}
