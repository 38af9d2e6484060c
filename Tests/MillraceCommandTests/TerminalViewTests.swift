import Platform
import Testing

@testable import MillraceCommand

/// The screen of a terminal that knows the few sequences which ``Screen`` uses; anything else is a failure.
private struct Emulator {
    var rows: [String]
    let columns: Int

    init(_ size: Terminal.Size) {
        rows = Array(repeating: "", count: size.rows)
        columns = size.columns
    }

    mutating func take(_ text: String) throws {
        var rest = Substring(text)
        var row = 0
        while let first = rest.first {
            guard first == "\u{1B}" else {
                rows[row].append(first)
                rest.removeFirst()
                continue
            }
            let end = try #require(rest.dropFirst(2).firstIndex { $0.isLetter })
            let sequence = rest.dropFirst(2)[...end]
            rest = rest[rest.index(after: end)...]
            switch sequence.last {
            case "J": rows = rows.map { _ in "" }
            case "K": rows[row] = ""
            case "m": break
            case "H":
                let place = sequence.dropLast().split(separator: ";").compactMap { Int($0) }
                try #require(place.count == 2 && place[1] == 1 && (1...rows.count).contains(place[0]))
                row = place[0] - 1
            default: Issue.record("unknown sequence \(sequence)")
            }
        }
    }
}

struct TerminalViewTests {
    private let size = Terminal.Size(columns: 20, rows: 4)

    @Test func theLastLineOfTopSaysWhatHasNoRoom() {
        #expect(TopCommand.foot(cut: -3) == "q quit")
        #expect(TopCommand.foot(cut: 12).hasPrefix("q quit   12 more lines"))
    }

    @Test func `a screen shows the lines of the last frame and nothing else`() throws {
        var random = SplitMix64(seed: 5)
        var emulator = Emulator(size)
        var screen = Screen(hasColour: true)
        for round in 0..<300 {
            let lines = (0..<Int(random.next() % 7)).map { _ in
                StyledText(
                    String(repeating: "x", count: Int(random.next() % 26)), random.next() % 2 == 0 ? .bad : .plain)
            }
            try emulator.take(screen.paint(lines, size: size))
            let wanted = (0..<size.rows).map { $0 < lines.count ? lines[$0].cut(to: 20).plain : "" }
            #expect(emulator.rows == wanted, "round \(round) of seed 5")
            #expect(emulator.rows.allSatisfy { $0.count <= 20 })
        }
    }

    @Test func `what has not changed is not written again`() {
        var screen = Screen(hasColour: false)
        #expect(screen.paint(["one", "two"], size: size) == "\u{1B}[2J\u{1B}[1;1H\u{1B}[2Kone\u{1B}[2;1H\u{1B}[2Ktwo")
        #expect(screen.paint(["one", "two"], size: size).isEmpty)
        #expect(screen.paint(["one", "2"], size: size) == "\u{1B}[2;1H\u{1B}[2K2")
        #expect(screen.paint(["one"], size: size) == "\u{1B}[2;1H\u{1B}[2K")
        // A new size: nothing of the old picture can be relied on.
        let smaller = Terminal.Size(columns: 2, rows: 4)
        #expect(screen.paint(["one"], size: smaller) == "\u{1B}[2J\u{1B}[1;1H\u{1B}[2Ko…")
    }

    @Test func `text is cut and padded by its width, whatever its styles`() {
        let text = StyledText("ab", .good) + "cdef"
        #expect(text.cut(to: 6).plain == "abcdef")
        #expect(text.cut(to: 4).plain == "abc…")
        #expect(text.cut(to: 1).plain == "…")
        #expect(text.cut(to: 0).plain.isEmpty)
        #expect(text.padded(to: 8).plain == "abcdef  ")
        #expect(text.padded(to: 8, leading: true).plain == "  abcdef")
        #expect(text.rendered(hasColour: true) == "\u{1B}[32mab\u{1B}[0mcdef")
        #expect(text.rendered(hasColour: false) == "abcdef")
    }

    @Test func `no text can move the cursor`() {
        #expect(StyledText("a\u{1B}[2Jb\n\u{9B}c\u{7F}").plain == "a?[2Jb??c?")
        #expect(StyledText("Grüße").plain == "Grüße")
    }

    @Test func `numbers as people read them`() {
        #expect(
            [0, 999, 1_000, 1_234_567, -4_500].map(Figures.grouped) == ["0", "999", "1,000", "1,234,567", "-4,500"])
        let short = [7, 999, 1_000, 11_640, 99_940, 99_950, 412_300, 999_499, 999_500, 26_310_442, 5_000_000_000]
        #expect(
            short.map(Figures.short)
                == ["7", "999", "1.0k", "11.6k", "99.9k", "100k", "412k", "999k", "1.0M", "26.3M", "5.0G"])
        #expect(
            [-3, 0, 36, 61, 3_845].map { Figures.clock(seconds: $0) } == ["0:00", "0:00", "0:36", "1:01", "1:04:05"])
        #expect(
            [500, 119_000, 120_000, 7_200_000, 172_800_000].map { Figures.age(milliseconds: $0) }
                == ["0s", "119s", "2m", "2h", "2d"])
        #expect([0, 0.06, 12.34, -0.5].map(Figures.tenths) == ["0.0", "0.1", "12.3", "-0.5"])
    }

    @Test func `a table leaves out what matters least where it is narrow`() {
        let table = TextTable(
            [.text("SHARD"), .number("EPOCH", rank: 2), .number("LAG"), .text("WAITING ON", rank: 1)],
            rows: [["orders:0", "1", "8", "-"], ["orders:1", "1", "12,000", "input"]])
        #expect(
            table.lines(width: 80).map(\.plain) == [
                "SHARD     EPOCH     LAG  WAITING ON", "orders:0      1       8  -",
                "orders:1      1  12,000  input",
            ])
        #expect(table.lines(width: 34).map(\.plain)[0] == "SHARD        LAG  WAITING ON")
        #expect(table.lines(width: 20).map(\.plain) == ["SHARD        LAG", "orders:0       8", "orders:1  12,000"])
        #expect(table.lines(width: 5).map(\.plain)[0] == "SHARD        LAG")
    }
}
