import Testing

@testable import MillraceCommand

@Suite struct LetterOptionsTests {
    @Test func sinceWantsATime() throws {
        let since = try #require(LetterOptions.filter.first { $0.name == "since" }?.value)
        for good in ["2026-01-31T12:00:00Z", "-2h", "now"] {
            #expect(throws: Never.self) { try since.read(good) }
        }
        #expect(throws: ValueForm.Mismatch(expected: "TIME, for example 2026-01-31T12:00:00Z or -2h")) {
            try since.read("garbage")
        }
    }
}
