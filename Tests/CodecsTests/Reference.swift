import Codecs

/// Base64 by the letter of RFC 4648, a bit queue both ways, sharing nothing with the kernels.
///
/// What it accepts is defined by encoding alone: a text is good when the bytes it stands for encode to this very text.
struct Reference {
    let alphabet: Base64.Alphabet
    let symbols: [UInt8]
    private let values: [UInt8: UInt32]

    init(alphabet: Base64.Alphabet) {
        let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        self.alphabet = alphabet
        symbols = Array((common + (alphabet == .standard ? "+/" : "-_")).utf8)
        values = Dictionary(uniqueKeysWithValues: zip(symbols, 0...))
    }

    /// With padding unless said otherwise.
    func encode(_ bytes: [UInt8], padded: Bool = true) -> [UInt8] {
        var text: [UInt8] = []
        var queue: UInt32 = 0
        var bits = 0
        for byte in bytes {
            queue = queue << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(symbols[Int(queue >> bits & 63)])
            }
        }
        if bits > 0 { text.append(symbols[Int(queue << (6 - bits) & 63)]) }
        while padded && text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return text
    }

    /// The bytes, or nil when `text` is not the encoding of any.
    func decode(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var queue: UInt32 = 0
        var bits = 0
        for byte in text {
            guard let value = values[byte] else { continue }
            queue = queue << 6 | value
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: queue >> bits))
        }
        if text == encode(bytes) { return bytes }
        return alphabet == .url && text == encode(bytes, padded: false) ? bytes : nil
    }
}

/// What a decoder answered.
enum Answer: Equatable {
    case bytes([UInt8])
    case fault(Base64Error)

    var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }
    var fault: Base64Error? {
        if case .fault(let fault) = self { fault } else { nil }
    }
}

/// The kernels that this machine has.
let kernels = Base64.Kernel.allCases.filter(\.isSupported)

/// Decodes with room and slack exactly as documented, and checks that nothing beyond was written.
func decode(_ text: [UInt8], _ alphabet: Base64.Alphabet, _ kernel: Base64.Kernel? = nil) -> Answer {
    let capacity = Base64.decodedCapacity(text.count)
    var output = [UInt8](repeating: 0xa5, count: capacity + 128)
    let answer: Answer = unsafe text.withUnsafeBytes { input in
        unsafe output.withUnsafeMutableBytes { output in
            guard let start = output.baseAddress else { return .bytes([]) }
            do throws(Base64Error) {
                let length =
                    if let kernel {
                        try unsafe Base64.decode(input, into: start, alphabet: alphabet, kernel: kernel)
                    } else {
                        try unsafe Base64.decode(input, into: start, alphabet: alphabet)
                    }
                return unsafe .bytes(Array(output[..<length]))
            } catch {
                return .fault(error)
            }
        }
    }
    precondition(output[capacity...].allSatisfy { $0 == 0xa5 }, "written past the documented slack")
    return answer
}

/// Encodes with room and slack exactly as documented, and checks that nothing beyond was written.
func encode(_ bytes: [UInt8], _ alphabet: Base64.Alphabet, _ kernel: Base64.Kernel) -> [UInt8] {
    let capacity = Base64.encodedCapacity(bytes.count)
    var output = [UInt8](repeating: 0xa5, count: capacity + 128)
    let text: [UInt8] = unsafe bytes.withUnsafeBytes { input in
        unsafe output.withUnsafeMutableBytes { output in
            guard let start = output.baseAddress else { return [] }
            let length = unsafe Base64.encode(input, into: start, alphabet: alphabet, kernel: kernel)
            return unsafe Array(output[..<length])
        }
    }
    precondition(output[capacity...].allSatisfy { $0 == 0xa5 }, "written past the documented slack")
    return text
}
