import Platform
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (1_772_348_400_012, "2026-03-01T07:00:00.012Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func `known moments`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test func `every day of 120 years comes back, and days follow each other`() {
        var previous = ""
        var random = SplitMix64(seed: 1)
        for day in Int64(7300)..<51_200 {
            let moment = Timestamp(milliseconds: day * 86_400_000 + Int64.random(in: 0..<86_400_000, using: &random))
            let text = moment.rfc3339
            #expect(Timestamp(rfc3339: text) == moment, "\(text)")
            #expect(previous < moment.date, "\(previous) \(moment.date)")
            previous = moment.date
        }
    }

    @Test(arguments: [
        ("2026-03-01T08:00:00+01:00", "2026-03-01T07:00:00.000Z"),
        ("2026-03-01T00:30:00-00:45", "2026-03-01T01:15:00.000Z"),
        ("2026-03-01t07:00:00z", "2026-03-01T07:00:00.000Z"), ("2026-03-01 07:00:00.5Z", "2026-03-01T07:00:00.500Z"),
        ("2026-03-01T07:00:00.0129999Z", "2026-03-01T07:00:00.012Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
    ])
    func `other forms of RFC 3339`(text: String, meant: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339 == meant)
    }

    @Test(arguments: [
        "", "2026", "2026-03-01", "2026-03-01T07:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx", "x2026-01-01T00:00:00Z", "2026-1-01T00:00:00Z",
        "2026-01-01T00:00:00,5Z", "٢٠٢٦-01-01T00:00:00Z",
    ])
    func `what is no time`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `the clocks run`() {
        let wall = Timestamp.now()
        #expect(wall > Timestamp(milliseconds: 1_700_000_000_000))
        let first = MonotonicClock.now()
        while MonotonicClock.now() == first {}
        #expect(MonotonicClock.now() > first)
        #expect(MonotonicClock.milliseconds() >= first / 1_000_000)
    }
}
