import JSON
import Testing

@Suite struct NumberTests {
    private func compare(_ left: String, _ right: String) -> Int? {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        guard let x = JSONNumber(a.span), let y = JSONNumber(b.span) else { return nil }
        return JSONNumber.compare(x, a.span, y, b.span)
    }

    @Test(arguments: [
        ("300", "300.0", 0), ("300", "3e2", 0), ("300", "3.0E+2", 0), ("300", "0.3e3", 0), ("300", "30000e-2", 0),
        ("0", "-0.0e5", 0), ("0", "0e99999999999", 0), ("1", "2", -1), ("10", "9", 1), ("-10", "9", -1),
        ("-10", "-9", -1), ("0.1", "0.10", 0), ("0.1", "0.11", -1), ("-0.1", "-0.11", 1), ("0.001", "1e-3", 0),
        ("0", "1e-400", -1), ("0", "-1e-400", 1), ("1e400", "1e401", -1), ("1e400", "-1e401", 1),
        ("9007199254740993", "9007199254740992", 1), ("9007199254740993", "9007199254740993.0", 0),
        ("1234567890123456789012345678901234567890", "1234567890123456789012345678901234567891", -1),
        ("1e99999999999999999999", "1e-99999999999999999999", 1), ("123.4", "123.40000000000000000000000000001", -1),
        ("999999999999999999", "0.00000000000000001", 1), ("-999999999999999999", "0.00000000000000001", -1),
        ("999999999999999999", "999999999999999999.0", 0), ("999999999999999999", "1000000000000000000", -1),
        ("9999999999999999999", "9999999999999999998", 1), ("99999999999999999.9", "99999999999999999.8", 1),
        ("-0", "0.00", 0), ("-0.50", "-0.5", 0), ("0.000000000000000001", "0", 1), ("12.5", "1250e-2", 0),
        ("100", "1e2", 0), ("1000", "100", 1), ("0.5", "5e-1", 0), ("5", "5.", nil), ("05", "5", nil), ("", "1", nil),
    ])
    func byValue(_ left: String, _ right: String, _ expected: Int?) {
        #expect(compare(left, right) == expected)
        #expect(compare(right, left) == expected.map { -$0 })
    }

    /// Numbers of few digits in random forms, against whole numbers scaled to one exponent.
    @Test func randomForms() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for round in 0..<20_000 {
            let (left, right) = (Decimal(&random), Decimal(&random))
            let expected = (left.scaled - right.scaled).signum()
            let (a, b) = (left.text(&random), right.text(&random))
            #expect(compare(a, b) == expected, "\(a) against \(b), round \(round), seed \(seed)")
        }
    }

    /// digits × 10^exponent.
    private struct Decimal {
        let digits: Int
        let exponent: Int

        init(_ random: inout SplitMix64) {
            digits = Int.random(in: -1200...1200, using: &random)
            exponent = Int.random(in: -4...4, using: &random)
        }

        var scaled: Int { (0..<exponent + 4).reduce(digits) { value, _ in value * 10 } }

        /// The same value with a point somewhere, zeros at the end, or another power of ten.
        func text(_ random: inout SplitMix64) -> String {
            let shift = Int.random(in: 0...6, using: &random)
            let plain = String(digits.magnitude)
            let padded = String(repeating: "0", count: max(0, shift + 1 - plain.count)) + plain
            var text = (digits < 0 ? "-" : "") + padded.dropLast(shift)
            if shift > 0 { text += "." + padded.suffix(shift) + (Bool.random(using: &random) ? "" : "00") }
            let power = exponent + shift
            if power != 0 || Bool.random(using: &random) {
                text += ["e", "E"][Int.random(in: 0...1, using: &random)] + (power < 0 ? "-" : "+") + "\(abs(power))"
            }
            return text
        }
    }
}
