import Millrace
import Platform
import Testing

/// The header codec both ways, and against what anybody may have written to a dead letter topic.
@Suite struct DeadLetterCodecTests {
    private static let alphabet: [Character] = [
        "a", "z", "7", ":", "/", " ", "'", "\"", "é", "\u{1F40E}", "\u{1}", "\n", "-", ".",
    ]

    private func text(_ random: inout SplitMix64, _ longest: Int) -> String {
        String((0..<random.below(longest + 1)).map { _ in Self.alphabet[random.below(Self.alphabet.count)] })
    }

    private func bytes(_ random: inout SplitMix64) -> [UInt8]? {
        random.below(4) == 0 ? nil : (0..<random.below(40)).map { _ in UInt8(random.below(256)) }
    }

    private func letter(_ random: inout SplitMix64) -> DeadLetter {
        let names = [
            "trace", "", "millrace.reason", "millrace.inbound.reason", "millrace.inbound.inbound.x", "millrace.x",
            "millrace.", "millrace.payload", "Millrace.stage", "é",
        ]
        let reasons = DeadLetter.Reason.allCases
        let headers = (0..<random.below(6)).map { _ in
            DeadLetter.Header(names[random.below(names.count)], bytes(&random))
        }
        let stages = ["decode", "transform:1", "sink:clean", "sink:clean/transform:2", "sink:a b/when"]
        return DeadLetter(
            origin: ShardID(topic: "t" + text(&random, 8), partition: Int32(random.below(Int(Int32.max)))),
            offset: Int64(random.below(.max)), timestamp: Int64(random.below(.max)) - (1 << 40),
            group: text(&random, 5),
            pipeline: text(&random, 5), stage: stages[random.below(stages.count)],
            reason: reasons[random.below(reasons.count)], error: text(&random, 700), attempts: random.below(100),
            bisection: ["", "L", "RLR"][random.below(3)], failedAt: "2026-01-01T00:00:00.000Z",
            form: random.below(5) == 0 ? .reference : .full, key: bytes(&random), payload: bytes(&random),
            headers: headers,
            replay: random.below(3) == 0 ? "a1-7" : nil, redrives: random.below(5))
    }

    @Test(arguments: 1...20)
    func whatIsWrittenIsReadAsItWas(_ seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        for _ in 0..<200 {
            let letter = letter(&random)
            let read = try DeadLetter(
                key: letter.key, payload: letter.payload, recordHeaders: letter.encodedHeaders())
            #expect(read == letter, "seed \(seed)")
            #expect(read.fingerprint == letter.fingerprint, "seed \(seed)")
            // And so it is when it fails again.
            #expect(read.encodedHeaders() == letter.encodedHeaders(), "seed \(seed)")
        }
    }

    /// A letter with anything done to its headers is the letter, another letter, or none: never a trap.
    @Test(arguments: 1...20)
    func garbageIsNoLetterAndNoTrap(_ seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var (letters, others) = (0, 0)
        for _ in 0..<500 {
            let letter = letter(&random)
            var headers = letter.encodedHeaders()
            for _ in 0..<random.below(4) {
                let place = random.below(headers.count)
                switch random.below(4) {
                case 0: headers.remove(at: place)
                case 1: headers[place] = DeadLetter.Header(headers[place].name, bytes(&random))
                case 2: headers.append(DeadLetter.Header(headers[place].name, bytes(&random)))
                default:
                    let number = ["-1", "99999999999999999999", "1e3", " 7", "", "0x10"][random.below(6)]
                    headers[place] = DeadLetter.Header(headers[place].name, Array(number.utf8))
                }
                if headers.isEmpty { break }
            }
            do throws(DeadLetter.Unreadable) {
                let read = try DeadLetter(key: letter.key, payload: letter.payload, recordHeaders: headers)
                #expect(read.offset >= 0 && read.origin.partition >= 0 && read.redrives >= 0, "seed \(seed)")
                letters += 1
            } catch {
                #expect(error.message.contains("millrace."), "seed \(seed)")
                others += 1
            }
        }
        #expect(letters > 0 && others > 0, "seed \(seed)")
    }

    @Test(arguments: [
        "origin-topic", "origin-partition", "origin-offset", "origin-timestamp", "group", "pipeline", "stage", "reason",
        "error", "attempts", "bisection", "fingerprint", "failed-at", "redrives",
    ])
    func everyHeaderIsNeeded(_ name: String) {
        var random = SplitMix64(seed: 1)
        let headers = letter(&random).encodedHeaders().filter { $0.name != "millrace.\(name)" }
        let error = #expect(throws: DeadLetter.Unreadable.self) {
            try DeadLetter(key: nil, payload: nil, recordHeaders: headers)
        }
        #expect(error?.message == "millrace.\(name) is missing")
    }

    @Test func aLetterThatFailsAgainHasTheRedrivesThatItIsGiven() throws {
        var random = SplitMix64(seed: 2)
        var letter = letter(&random)
        letter.redrives = 2
        letter.headers = []
        let headers = letter.encodedHeaders()
        var again = try DeadLetter(key: nil, payload: nil, recordHeaders: headers)
        #expect(again.redrives == 2)
        again.redrives += 1
        #expect(try DeadLetter(key: nil, payload: nil, recordHeaders: again.encodedHeaders()).redrives == 3)
        #expect(again.encodedHeaders().count == headers.count)
    }
}

extension SplitMix64 {
    /// A number of 0 ..< `bound`, or 0.
    fileprivate mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}
