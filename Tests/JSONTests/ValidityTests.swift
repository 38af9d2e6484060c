import JSON
import Testing

/// Whether a text is JSON, and texts in quotes.
@Suite struct ValidityTests {
    private func isValid(_ text: [UInt8]) -> Bool {
        // The bytes have no padding, and are borrowed for the call alone.
        JSONText.isValid(unsafe text.span.bytes)
    }

    @Test(arguments: [
        "1", "-0", "0.5e+10", "1E-2", "\"\"", #""a\"\\\/\b\f\n\r\té""#, "true", " [ ] ", "[1,[2,{}]]",
        #"{"a":{"b":[null]}}"#,
        "\t{\n}\r", "\"ä€🐎\"", "12345678901234567890123456789",
    ])
    func jsonIsValid(_ text: String) { #expect(isValid(Array(text.utf8))) }

    @Test(arguments: [
        "", " ", "01", "1.", ".5", "+1", "1e", "--1", "tru", "nul", "True", "[1,]", "[,1]", "[1 2]", "{a:1}", #"{"a"}"#,
        #"{"a":}"#, #"{"a":1,}"#, "\"", "\"\n\"", #""\x""#, #""\u12g4""#, "1 2", "[", "]", "{", "'a'", "NaN",
        "\u{FEFF}1", "/**/1",
    ])
    func whatIsNoneIsNot(_ text: String) { #expect(!isValid(Array(text.utf8))) }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0x80], [0xC3], [0xE2, 0x82], [0xFF],
        ] as [[UInt8]])
    func onlyUTF8(_ bytes: [UInt8]) {
        #expect(!isValid([0x22] + bytes + [0x22]))
        var out: [UInt8] = [1]
        #expect(!JSONText.appendQuoted(unsafe bytes.span.bytes, to: &out))
        #expect(out == [1])
    }

    @Test func nestingHasAnEnd() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        }
        #expect(isValid(nested(1024)))
        #expect(!isValid(nested(1025)))
        #expect(!isValid(nested(1_000_000)))
    }

    @Test func randomTextsAgreeWithTheReader() {
        let seed: UInt64 = 11
        var random = SplitMix64(seed: seed)
        for round in 0..<2000 {
            var text = Array(RandomJSON.object(&random, depth: 4).utf8)
            #expect(isValid(text), "seed \(seed), round \(round)")
            // One byte less, or another one: as strict as the reference, as long as it is an object's beginning.
            let place = 1 + Int(random.next() % UInt64(text.count - 1))
            if round % 2 == 0 { text.remove(at: place) } else { text[place] = UInt8(truncatingIfNeeded: random.next()) }
            #expect(isValid(text) == (Reference.object(text) != nil), "seed \(seed), round \(round)")
        }
    }

    @Test func quotedTextIsReadBack() {
        for text in ["", "plain", "quo\"te\\", "\u{1}\n\u{1F}", "ä🐎"] {
            let bytes = Array(text.utf8)
            var out: [UInt8] = []
            #expect(JSONText.appendQuoted(unsafe bytes.span.bytes, to: &out))
            #expect(isValid(out))
            let object = Array("{\"a\":".utf8) + out + Array("}".utf8)
            #expect(Reference.object(object)?.first?.value == .string(text))
        }
    }
}
