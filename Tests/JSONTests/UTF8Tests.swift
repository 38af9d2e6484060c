import JSON
import Testing

/// The whole text must be UTF-8, wherever a bad byte stands and whether or not its value is wanted.
@Suite struct UTF8Tests {
    @Test func everySequence() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        var refused = 0
        for round in 0..<20_000 {
            let lead = UInt8.random(in: 0x80...0xff, using: &random)
            let count = Int.random(in: 0...3, using: &random)
            let bytes =
                [lead]
                + (0..<count).map { _ in
                    Bool.random(using: &random) ? UInt8.random(in: 0x80...0xbf, using: &random) : UInt8(ascii: "x")
                }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            if !isValid { refused += 1 }
            let before = Array(repeating: UInt8(ascii: "."), count: Int.random(in: 0...70, using: &random))
            let text = Array(#"{"a":1,"b":""#.utf8) + before + bytes + Array(#""}"#.utf8)
            let error = fault(text, ["a"])
            #expect((error == nil) == isValid, "round \(round), seed \(seed)")
            if let error { #expect(error == JSONError(.notUTF8, at: place(of: text)), "round \(round), seed \(seed)") }
        }
        #expect(refused > 5000 && refused < 19_500, "seed \(seed)")
    }

    /// The length of the longest beginning that the standard library takes, up to a whole character.
    private func place(of text: [UInt8]) -> Int {
        (0...text.count).last { String(validating: text[..<$0], as: UTF8.self) != nil } ?? 0
    }

    @Test func surrogatesAndBeyond() {
        for bytes in [[0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xff]]
            as [[UInt8]]
        {
            let text = Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)
            #expect(fault(text) == JSONError(.notUTF8, at: 6))
        }
    }
}
