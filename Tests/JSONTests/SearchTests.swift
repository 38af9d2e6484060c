import JSON
import Testing

@Suite struct SearchTests {
    @Test func findsTheFirstPlace() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let some = { (count: ClosedRange<Int>) in
            (0..<Int.random(in: count, using: &random)).map { _ in UInt8.random(in: 0...1, using: &random) }
        }
        var found = 0
        for _ in 0..<20_000 {
            let (text, piece) = (some(0...24), some(0...5))
            let last = text.count - piece.count
            let expected = last < 0 ? nil : (0...last).first { text[$0...].starts(with: piece) }
            let place = JSONText.find(piece.span, in: unsafe text.span.bytes)
            #expect(place == expected, "\(piece) in \(text), seed \(seed)")
            if place != nil { found += 1 }
        }
        #expect(found > 5_000 && found < 19_000, "\(found), seed \(seed)")
    }

    @Test func bytesAreThoseOfTheText() {
        let text: [UInt8] = [0, 0x7F, 0xFF]
        let bytes = JSONText.bytes(of: unsafe text.span.bytes)
        #expect(bytes.count == 3)
        for index in text.indices { #expect(bytes[index] == text[index]) }
    }
}
