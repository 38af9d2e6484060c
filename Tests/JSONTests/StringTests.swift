import JSON
import Testing

@Suite struct StringTests {
    @Test(arguments: [
        (#""""#, ""), (#""plain""#, "plain"), (#""é😀""#, "é😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\uDE00!""#, "😀!"), (#""\u0000""#, "\0"),
        (#""\ud83d""#, "\u{fffd}"), (#""\ude00x""#, "\u{fffd}x"), (#""\ud83d\u0041""#, "\u{fffd}A"),
        (#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"), (#""\ud83d\n""#, "\u{fffd}\n"),
    ])
    func characters(_ raw: String, _ expected: String) throws {
        #expect(try text(of: raw) == expected)
    }

    private func text(of raw: String) throws(JSONError) -> String {
        let (fields, slots) = fieldsFor(["a"])
        return try read(Array("{\"a\":\(raw)}".utf8), fields) { (document) throws(JSONError) in
            let value = try document.value(slots[0])
            return document.withText(of: value) { string($0) }
        }
    }

    @Test func randomStringsInRandomForms() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for round in 0..<3000 {
            var expected = ""
            var raw = "\""
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let scalar = Self.scalar(&random)
                expected.unicodeScalars.append(scalar)
                raw += Self.form(scalar, &random)
            }
            #expect(try text(of: raw + "\"") == expected, "round \(round), seed \(seed)")
        }
    }

    private static func scalar(_ random: inout SplitMix64) -> Unicode.Scalar {
        let ranges: [ClosedRange<UInt32>] = [0...0x7f, 0x20...0x7e, 0x80...0x7ff, 0x800...0xd7ff, 0x1_0000...0x10_ffff]
        let range = ranges[Int.random(in: 0..<ranges.count, using: &random)]
        return Unicode.Scalar(UInt32.random(in: range, using: &random)) ?? "?"
    }

    private static func form(_ scalar: Unicode.Scalar, _ random: inout SplitMix64) -> String {
        let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
        if !mustEscape && Bool.random(using: &random) { return String(scalar) }
        return String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
