import CCrypto

/// SHA-256, by OpenSSL.
public enum SHA256 {
    /// The digest of `bytes` in 64 hexadecimal digits; empty where OpenSSL refuses, which it does not for this digest.
    public static func hexadecimal(of bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        // The call reads `bytes.count` bytes and writes 32.
        let isMade = unsafe bytes.withUnsafeBytes { unsafe ccr_sha256($0.baseAddress, $0.count, &digest) }
        guard isMade == 1 else { return "" }
        return digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
