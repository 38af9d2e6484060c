import Codecs
import Testing

@Suite struct Base64DecodeTests {
    static let combinations = Base64.Alphabet.allCases.flatMap { alphabet in kernels.map { (alphabet, $0) } }

    @Test(arguments: combinations)
    func vectorsOfTheRFC(_ alphabet: Base64.Alphabet, _ kernel: Base64.Kernel) {
        let vectors = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, text) in vectors {
            #expect(decode(Array(text.utf8), alphabet, kernel) == .bytes(Array(plain.utf8)))
            let bare = text.filter { $0 != "=" || alphabet == .standard }
            #expect(encode(Array(plain.utf8), alphabet, kernel) == Array(bare.utf8))
        }
    }

    @Test(arguments: combinations)
    func everyLengthAgainstTheReference(_ alphabet: Base64.Alphabet, _ kernel: Base64.Kernel) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let reference = Reference(alphabet: alphabet)
        for length in 0...300 {
            let bytes = random.bytes(length)
            let text = reference.encode(bytes)
            #expect(decode(text, alphabet, kernel) == .bytes(bytes), "length \(length), seed \(seed)")
            let bare = reference.encode(bytes, padded: false)
            let encoded = encode(bytes, alphabet, kernel)
            #expect(encoded == (alphabet == .url ? bare : text), "length \(length), seed \(seed)")
            if bare != text {
                let answer = decode(bare, alphabet, kernel)
                #expect((answer == .bytes(bytes)) == (alphabet == .url), "bare length \(length), seed \(seed)")
            }
        }
    }

    /// Texts of every length, most of which encode nothing.
    @Test(arguments: combinations)
    func everyTextLength(_ alphabet: Base64.Alphabet, _ kernel: Base64.Kernel) {
        let reference = Reference(alphabet: alphabet)
        let symbols = reference.symbols
        for length in 0...300 {
            let text = (0..<length).map { symbols[$0 * 7 % 64] }
            #expect(decode(text, alphabet, kernel).bytes == reference.decode(text), "length \(length)")
        }
    }

    /// Every byte value at every place of texts that have whole steps of each kernel, a rest and any padding.
    @Test(arguments: Base64.Alphabet.allCases)
    func everyCorruptionOfOneByte(_ alphabet: Base64.Alphabet) {
        let reference = Reference(alphabet: alphabet)
        for length in [1, 2, 3, 25, 51, 74] {
            let good = reference.encode((0..<length).map { UInt8($0 * 89 & 255) })
            for place in good.indices {
                for byte in UInt8.min...UInt8.max {
                    var text = good
                    text[place] = byte
                    let expected = reference.decode(text)
                    for kernel in kernels where decode(text, alphabet, kernel).bytes != expected {
                        Issue.record("length \(length), byte \(byte) at \(place), \(kernel)")
                    }
                }
            }
        }
    }

    @Test(arguments: Base64.Alphabet.allCases)
    func kernelsAgreeOnRandomTexts(_ alphabet: Base64.Alphabet) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let reference = Reference(alphabet: alphabet)
        var refused = 0
        for round in 0..<4000 {
            var text = reference.encode(random.bytes(Int.random(in: 0...400, using: &random)))
            for _ in 0..<Int.random(in: 0...2, using: &random) { corrupt(&text, &random) }
            let expected = reference.decode(text)
            if expected == nil { refused += 1 }
            let answers = kernels.map { decode(text, alphabet, $0) } + [decode(text, alphabet)]
            #expect(answers.allSatisfy { $0.bytes == expected && $0 == answers[0] }, "round \(round), seed \(seed)")
        }
        #expect(refused > 400 && refused < 3600, "the corruptions are too many or too few, seed \(seed)")
    }

    private func corrupt(_ text: inout [UInt8], _ random: inout SplitMix64) {
        let place = Int.random(in: 0...text.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where place < text.count: text[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1 where place < text.count: text.remove(at: place)
        case 2: text.insert([10, 32, 61, 65].randomElement(using: &random) ?? 61, at: place)
        default: text.removeLast(min(text.count, Int.random(in: 0...3, using: &random)))
        }
    }

    @Test func spans() throws {
        let text = Array("SGVsbG8gd29ybGQ=".utf8)
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 2 + Base64.decodedCapacity(text.count), alignment: 1)
        defer { unsafe room.deallocate() }
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        for byte in "> ".utf8 { output.append(byte) }
        try Base64.decode(unsafe text.span.bytes, appendingTo: &output, alphabet: .standard)
        let count = unsafe output.finalize(for: room)
        unsafe #expect(String(decoding: room[..<count], as: UTF8.self) == "> Hello world")
    }

    @Test func spansEncode() {
        let plain = Array("Hello world".utf8)
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 2 + Base64.encodedCapacity(plain.count), alignment: 1)
        defer { unsafe room.deallocate() }
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        for byte in "> ".utf8 { output.append(byte) }
        Base64.encode(unsafe plain.span.bytes, appendingTo: &output, alphabet: .standard)
        let count = unsafe output.finalize(for: room)
        unsafe #expect(String(decoding: room[..<count], as: UTF8.self) == "> SGVsbG8gd29ybGQ=")
    }
}
