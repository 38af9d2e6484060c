import FoundationEssentials
import Millrace
import Platform
import Testing

@testable import MillraceService

/// The lines of the log, to the character.
@Suite struct LogEntryTests {
    private let time = Timestamp(milliseconds: 1_772_348_400_012)

    private func line(_ note: Note, _ style: LogStyle = LogStyle(.text), repeated: Int = 0) -> String {
        String(decoding: LogEntry(note: note, time: time, repeated: repeated).line(style), as: UTF8.self)
    }

    @Test func textHasTimeLevelEventAndFields() {
        let note = Note(.info, "assigned", [("shards", "orders:0-3"), ("epoch", "1"), ("gained", "4")])
        #expect(line(note) == "2026-03-01T07:00:00.012Z info  assigned shards=orders:0-3 epoch=1 gained=4\n")
    }

    @Test(arguments: [
        (NoteLevel.debug, "debug "), (.info, "info  "), (.warn, "warn  "), (.error, "error "),
    ])
    func levelsStandInOneColumn(_ level: NoteLevel, _ text: String) {
        #expect(line(Note(level, "x")) == "2026-03-01T07:00:00.012Z \(text)x\n")
    }

    @Test(arguments: [
        ("plain", "plain"), ("orders:3:18911", "orders:3:18911"), ("clean!,archive", "clean!,archive"),
        ("", "\"\""), ("two words", "\"two words\""), ("a=b", "\"a=b\""), ("say \"no\"", #""say \"no\"""#),
        ("byte 4: ' ' is not base64", "\"byte 4: ' ' is not base64\""), ("it's", "\"it's\""), (#"a\b"#, #""a\\b""#),
        ("line\nfeed", #""line\nfeed""#), ("tab\t", #""tab\t""#), ("\u{1b}[31m", #""\u001b[31m""#),
        ("\u{7f}", #""\u007f""#), ("\u{9b}2J", #""\u009b2J""#), ("a\u{2028}b", #""a\u2028b""#),
        ("\u{202e}txt", #""\u202etxt""#), ("é", "é"), ("日本", "日本"), ("no\u{a0}break", "\"no\u{a0}break\""),
    ])
    func valuesAreQuotedWhereTheyMustBe(_ value: String, _ written: String) {
        #expect(line(Note(.info, "x", [("a", value)])) == "2026-03-01T07:00:00.012Z info  x a=\(written)\n")
    }

    @Test func aLongValueIsCut() {
        let written = line(Note(.info, "x", [("a", String(repeating: "é", count: 5_000))]))
        #expect(written.hasSuffix("é…\"\n"))
        #expect(written.utf8.count < LogQuoting.longestValue + 60)
    }

    @Test func repeatedStandsLast() {
        let written = line(Note(.warn, "retry", [("sink", "clean")]), repeated: 12)
        #expect(written == "2026-03-01T07:00:00.012Z warn  retry sink=clean repeated=12\n")
    }

    @Test func theJournalHasTheTimeItself() {
        let note = Note(.warn, "retry", [("sink", "clean")])
        #expect(line(note, LogStyle(.text, isJournal: true)) == "<4>warn  retry sink=clean\n")
        #expect(
            line(note, LogStyle(.json, isJournal: true))
                == "<4>{\"level\":\"warn\",\"event\":\"retry\",\"sink\":\"clean\"}\n")
        #expect(NoteLevel.allCases.map(LogStyle.prefix) == ["<7>", "<6>", "<4>", "<3>"])
    }

    @Test func jsonHasTheSameNames() {
        let note = Note(.info, "minute", [("read", "61204"), ("delivered.clean", "49172")])
        let expected =
            #"{"time":"2026-03-01T07:00:00.012Z","level":"info","event":"minute","read":"61204","#
            + #""delivered.clean":"49172","repeated":"3"}"# + "\n"
        #expect(line(note, LogStyle(.json), repeated: 3) == expected)
    }

    @Test func namesThatAreTakenGetUnderscores() {
        let note = Note(.info, "x", [("time", "a"), ("a", "b"), ("a", "c"), ("a_", "d"), ("", "e"), ("re peat", "f")])
        #expect(line(note) == "2026-03-01T07:00:00.012Z info  x time_=a a=b a_=c a__=d _=e re_peat=f\n")
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func hostileTextStaysOneLineAndValidJSON(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let value = hostile(&random)
            let note = Note(.info, hostile(&random), [(hostile(&random), value), ("error", value)])
            let written = line(note, LogStyle(.json))
            #expect(written.utf8.filter { $0 == 10 }.count == 1, "seed \(seed)")
            #expect(written.utf8.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "seed \(seed)")
            let members = try JSONDecoder().decode([String: String].self, from: Data(written.utf8))
            #expect(members["event"] == note.event, "seed \(seed)")
            #expect(members.values.filter { $0 == value }.count >= 2, "seed \(seed)")
            #expect(members.count == 5, "seed \(seed)")
            let text = line(note)
            #expect(text.utf8.filter { $0 == 10 }.count == 1, "seed \(seed)")
            #expect(text.utf8.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "seed \(seed)")
        }
    }

    /// Up to 20 characters, most of them from where things go wrong.
    private func hostile(_ random: inout SplitMix64) -> String {
        let special: [Unicode.Scalar] = [
            "\0", "\n", "\r", "\t", "\u{1b}", "\"", "\\", "/", "=", " ", "\u{7f}", "\u{85}", "\u{9b}", "\u{2028}",
            "\u{2029}",
            "\u{202e}", "\u{feff}", "\u{fffd}", "\u{10ffff}", "é", "😀", "a", "}", "u",
        ]
        var text = ""
        for _ in 0..<(random.next() % 21) {
            text.unicodeScalars.append(special[Int(random.next() % UInt64(special.count))])
        }
        return text
    }
}
