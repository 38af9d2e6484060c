import Platform
import Testing

@testable import MillraceCommand

struct WorkerBoardTests {
    private func board(shards: Int = 4, letters: Int = 9) -> WorkerBoard {
        WorkerBoard(
            heading: ["millrace demo", "up 0:42", "broker 127.0.0.1:40117"], read: 84_210, isBalanced: true,
            shards: (0..<shards).map { number in
                WorkerBoard.Shard(
                    name: "orders:\(number)", epoch: 1, checkpoint: 21_052, end: 21_060, rate: 502,
                    waiting: number == 1 ? "breaker:clean" : number == 2 ? "input" : nil, waitingFor: 38_500)
            },
            sinks: [
                WorkerBoard.Sink(
                    name: "clean", isRequired: true, breaker: "open 8s", isDown: true, filtered: 16_790,
                    delivered: 67_252,
                    dead: 168, inFlight: 0, rate: 1_600, lastError: "does not answer, and has not for a long time"),
                WorkerBoard.Sink(
                    name: "archive", isRequired: false, breaker: "closed", isDown: false, filtered: 16_790,
                    delivered: 67_252, dead: 168, inFlight: 0, rate: nil, lastError: ""),
            ],
            letterTopic: "orders.dlq", letterCounts: [("decode", 120), ("transform:1", 48)],
            letters: (0..<letters).map { number in
                WorkerBoard.Letter(
                    time: "06:59:5\(number)", origin: "orders:3:\(20_911 - number)", stage: "decode", reason: "decode",
                    error: "byte 4: ' ' is not base64, and what stands behind it is none either, however long it is")
            },
            words: "Outage: clean has been down for 8 s. No order is at fault, so none becomes a dead letter.",
            isTrouble: true, keys: [("p", "send poison"), ("q", "quit")])
    }

    @Test func `a board of 80 by 24`() {
        let lines = board().lines(Terminal.Size(columns: 80, rows: 24)).map { $0.cut(to: 80).plain }
        #expect(
            lines == [
                "millrace demo   up 0:42   broker 127.0.0.1:40117",
                "read 84,210   books balanced: filtered + delivered + dead + in flight = read", "",
                "SHARD     EPOCH  CHECKPOINT      END     LAG  REC/S  WAITING ON",
                "orders:0      1      21,052   21,060       8    502  -",
                "orders:1      1      21,052   21,060       8    502  breaker:clean 38s",
                "orders:2      1      21,052   21,060       8    502  input",
                "orders:3      1      21,052   21,060       8    502  -", "",
                "SINK      BREAKER  FILTERED  DELIVERED  DEAD  IN FLIGHT  REC/S  LAST ERROR",
                "clean     open 8s    16,790     67,252   168          0   1.6k  does not answer…",
                "archive   closed     16,790     67,252   168          0      -  -", "",
                "DEAD LETTERS  orders.dlq 168   decode 120   transform:1 48",
                "06:59:50  orders:3:20911  decode  decode  byte 4: ' ' is not base64, and what s…",
                "06:59:51  orders:3:20910  decode  decode  byte 4: ' ' is not base64, and what s…",
                "06:59:52  orders:3:20909  decode  decode  byte 4: ' ' is not base64, and what s…",
                "06:59:53  orders:3:20908  decode  decode  byte 4: ' ' is not base64, and what s…",
                "06:59:54  orders:3:20907  decode  decode  byte 4: ' ' is not base64, and what s…", "",
                "Outage: clean has been down for 8 s. No order is at fault, so none becomes a",
                "dead letter.", "", " p  send poison    q  quit",
            ])
    }

    @Test func `whatever the terminal, the board fits and the keys stand on its last line`() {
        for shards in [0, 4, 60] {
            for letters in [0, 9] {
                for columns in [1, 20, 60, 80, 200] {
                    for rows in [1, 2, 3, 7, 12, 18, 24, 60] {
                        let lines = board(shards: shards, letters: letters).lines(.init(columns: columns, rows: rows))
                        #expect(lines.count == rows, "\(columns)x\(rows)")
                        #expect(lines.last?.plain.hasPrefix(" p  send poison") == true)
                    }
                }
            }
        }
    }

    @Test func `at 60 columns what matters most is there`() {
        let text = board().lines(.init(columns: 60, rows: 24)).map { $0.cut(to: 60).plain }.joined(separator: "\n")
        for word in ["LAG", "WAITING ON", "breaker:clean 38s", "open 8s", "DELIVERED", "DEAD", "orders:3:20911", "no"] {
            #expect(text.contains(word), "\(word) in\n\(text)")
        }
    }

    @Test func `books that do not balance are shouted`() {
        var board = board()
        board.isBalanced = false
        #expect(board.lines(.init(columns: 80, rows: 24))[1].plain.contains("BOOKS DO NOT BALANCE"))
    }
}

struct DemoStoryTests {
    private var story: DemoStory {
        DemoStory(
            isReading: true, isEnding: false, injectedAgo: nil, refusal: nil, outageFor: nil, lastOutage: nil,
            openFor: nil, lag: 40, isHeldUp: false)
    }

    @Test func `at rest it says what can be tried`() {
        let (words, isTrouble) = story.text
        #expect(words.hasPrefix("All is well") && words.contains("Press p") && !isTrouble)
    }

    @Test func `poison is told with what the sink refused and how it was found`() {
        var story = story
        story.injectedAgo = 1_000
        #expect(story.text.words.contains("The third is one that sink clean refuses"))
        story.refusal = DemoTrouble.Refusal(records: 37, calls: 2, isFound: false)
        #expect(story.text.words.contains("refuse 37 orders at once: they are halved"))
        story.refusal = DemoTrouble.Refusal(records: 37, calls: 6, isFound: true)
        #expect(story.text.words.contains("after 6 refusals, and its neighbours were delivered"))
        #expect(!story.text.isTrouble)
        story.injectedAgo = DemoStory.memory
        #expect(story.text.words.hasPrefix("All is well"))
    }

    @Test func `an outage is told from its begin to its end`() {
        var story = story
        story.outageFor = 8_000
        story.lag = 14_715
        #expect(story.text.words.contains("tried again") && story.text.isTrouble)
        story.openFor = 5_000
        #expect(story.text.words.contains("breaker is open") && story.text.words.contains("14,715 wait"))
        #expect(!story.text.words.contains("no more are sent"))
        story.isHeldUp = true
        #expect(story.text.words.contains("no more are sent"))
        story.outageFor = nil
        story.lastOutage = (9_000, 500)
        #expect(story.text.words.hasPrefix("Clean is back. Its breaker lets one delivery through"))
        story.openFor = nil
        #expect(story.text.words.contains("after 9s") && story.text.words.contains("14,715 orders still wait"))
        story.lag = 300
        #expect(story.text.words.contains("nothing was lost") && !story.text.isTrouble)
        // What came later is told rather than what came before.
        story.injectedAgo = 100
        #expect(story.text.words.hasPrefix("Poison"))
    }

    @Test func `the end goes before everything`() {
        var story = story
        story.outageFor = 8_000
        story.isEnding = true
        #expect(story.text.words.hasPrefix("Ending"))
    }
}
