import Codecs

/// Every kernel says the same, writes no further than it may, and takes exactly what encodes to the very same text.
enum Base64Fuzz {
    static let words = ["=", "==", "AAAA", "////", "++++", "----", "____", "\n", "\r\n", " ", "Zg==", "Zh==", "QUJD"]

    static func fault(_ bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let alphabet: Base64.Alphabet = first % 2 == 0 ? .standard : .url
        let text = Array(bytes.dropFirst())
        var answers: [(Base64.Kernel, Result<[UInt8], Base64Error>)] = []
        for kernel in Base64.Kernel.allCases where kernel.isSupported {
            guard let answer = decode(text, alphabet, kernel) else { return "\(kernel) wrote behind its room" }
            answers.append((kernel, answer))
        }
        for (kernel, answer) in answers.dropFirst() where !isSame(answer, answers[0].1) {
            return "\(kernel) says \(answer), \(answers[0].0) says \(answers[0].1)"
        }
        switch answers[0].1 {
        case .success(let decoded):
            var expected = text
            if alphabet == .url { while expected.last == UInt8(ascii: "=") { expected.removeLast() } }
            if Base64.encoded(decoded, alphabet: alphabet) != expected { return "it does not encode to the same text" }
        case .failure(let error):
            if error.position < 0 || error.position > text.count { return "an error at \(error.position)" }
            if "\(error)".isEmpty { return "an error without words" }
        }
        return nil
    }

    private static func isSame(_ left: Result<[UInt8], Base64Error>, _ right: Result<[UInt8], Base64Error>) -> Bool {
        switch (left, right) {
        case (.success(let left), .success(let right)): left == right
        case (.failure(let left), .failure(let right)): "\(left)" == "\(right)"
        default: false
        }
    }

    /// Nil when more was written than the documented room.
    private static func decode(
        _ text: [UInt8], _ alphabet: Base64.Alphabet, _ kernel: Base64.Kernel
    ) -> Result<[UInt8], Base64Error>? {
        let capacity = Base64.decodedCapacity(text.count)
        var output = [UInt8](repeating: 0xA5, count: capacity + 64)
        let answer: Result<[UInt8], Base64Error> = unsafe text.withUnsafeBytes { input in
            unsafe output.withUnsafeMutableBytes { output in
                guard let start = output.baseAddress else { return .success([]) }
                do throws(Base64Error) {
                    // The output has the room that is asked for, and is not the input.
                    let length = try unsafe Base64.decode(input, into: start, alphabet: alphabet, kernel: kernel)
                    return unsafe .success(Array(output[..<length]))
                } catch {
                    return .failure(error)
                }
            }
        }
        return output[capacity...].allSatisfy { $0 == 0xA5 } ? answer : nil
    }
}
