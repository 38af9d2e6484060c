import Codecs
import Millrace
import MillraceTransforms
import Testing

/// Transforms that were joined do what they do one after the other.
@Suite struct FusionTests {
    private struct Mark: Transform {
        func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
            for index in 0..<records.count { out.keep(records[index]) }
        }
    }

    @Test func whatIsJoined() throws {
        let (a, b) = (try filter("{ a: [1] }"), try drop("{ b: [1] }"))
        let (project, prune) = (try project("{ a: a }"), try drop("[a]"))
        func steps(_ transforms: [any Transform]) -> [Int] { Fusion.fuse(transforms).map(\.steps) }
        #expect(steps([]) == [])
        #expect(steps([a]) == [1])
        #expect(steps([a, b, a, project]) == [4])
        #expect(steps([a, prune, b]) == [2, 1])
        #expect(steps([project, a, b]) == [1, 2])
        #expect(steps([a, Mark(), b, prune]) == [1, 1, 2])
        let wide = try filter("{ " + (0..<40).map { "n\($0): [{ exists: false }]" }.joined(separator: ", ") + " }")
        #expect(steps([wide, a, wide, a]) == [2, 2])
    }

    @Test func failuresNameTheirStep() throws {
        let transforms = [
            try filter("{ a: [{ exists: true }] }"), try drop("{ b: [7] }"), try project("{ c: c.d }"),
        ]
        let events = [
            "x", #"{"a":tru,"b":1}"#, #"{"a":1,"b":[1,01]}"#, #"{"b":01}"#, #"{"a":1,"b":7,"c":{"d":x}}"#,
            #"{"a":1,"c":{"d":x}}"#, #"{"a":1,"c":{"d" 1}}"#, #"{"a":1,"c":{"d":5}}"#,
        ]
        let expected: [Outcome] = [
            .failed(step: 0, "byte 0: not a JSON object"), .failed(step: 0, "byte 5: not a JSON value"),
            .failed(step: 1, "byte 14: not a JSON value"), .filtered, .filtered,
            .failed(step: 2, "byte 16: not a JSON value"), .failed(step: 2, "byte 16: ':' is expected in JSON"),
            .passed(#"{"c":5}"#),
        ]
        #expect(run(transforms, events) == expected)
        #expect(run(Fusion.fuse(transforms), events) == expected)
    }

    /// What a filter looked at inside of arrays is not left behind for the next step.
    @Test func arraysAreLeft() throws {
        let transforms = [
            try filter("{ a: { b: [1], c: { d: [2] } } }"), try filter("{ a: { b: [{ exists: true }] } }"),
            try drop("{ a: { c: { d: [3] } } }"), try project("{ b: a.b, d: a.c.d, e: e }"),
        ]
        let event = #"{"a":[{"b":1,"c":[{"d":1},{"d":2}]}],"e":0}"#
        #expect(run(transforms, [event]) == [.passed(#"{"e":0}"#)])
        #expect(run(Fusion.fuse(transforms), [event]) == [.passed(#"{"e":0}"#)])
    }

    @Test func randomChains() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        var seen: [String: Int] = [:]
        for round in 0..<400 {
            let specifications = (0..<Int.random(in: 1...5, using: &random)).map { _ in Self.transform(&random) }
            let transforms = try specifications.map { try make($0, $1) }
            let fused = Fusion.fuse(transforms)
            #expect(fused.reduce(0) { $0 + $1.steps } == transforms.count)
            let events = (0..<30).map { _ in Self.event(&random) }
            let (one, other) = (run(transforms, events), run(fused, events))
            for (index, outcome) in one.enumerated() {
                seen[String(outcome.description.prefix(6)), default: 0] += 1
                let payload = String(decoding: events[index], as: UTF8.self)
                #expect(outcome == other[index], "\(specifications) over \(payload), round \(round), seed \(seed)")
            }
        }
        for kind in ["passed", "filter", "failed"] { #expect(seen[kind, default: 0] > 500, "\(seen), seed \(seed)") }
    }

    /// Base64 in front of JSON, joined and not: good and broken base64, good and broken JSON.
    @Test(arguments: ["base64", "base64url"]) func base64InFront(alphabet: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let kind = alphabet == "base64" ? Base64DecodeKind.standard : Base64DecodeKind.url
        let decode = try #require(kind.make())
        var seen: [String: Int] = [:]
        for round in 0..<300 {
            let specifications = (0..<Int.random(in: 1...3, using: &random)).map { _ in Self.transform(&random) }
            let transforms = [decode] + (try specifications.map { try make($0, $1) })
            let fused = Fusion.fuse(transforms)
            #expect(fused.count < transforms.count && fused.reduce(0) { $0 + $1.steps } == transforms.count)
            let events = (0..<30).map { _ in
                var text = Base64.encoded(Self.event(&random), alphabet: alphabet == "base64" ? .standard : .url)
                if Int.random(in: 0..<6, using: &random) == 0, !text.isEmpty {
                    text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 32..<127, using: &random)
                }
                return text
            }
            let (one, other) = (run(transforms, events), run(fused, events))
            for (index, outcome) in one.enumerated() {
                seen[String(outcome.description.prefix(11)), default: 0] += 1
                let payload = String(decoding: events[index], as: UTF8.self)
                #expect(outcome == other[index], "\(specifications) over \(payload), round \(round), seed \(seed)")
            }
        }
        for kind in ["filtered", "failed in 0", "failed in 1"] {
            #expect(seen[kind, default: 0] > 100, "\(seen), seed \(seed)")
        }
    }

    private func make(_ kind: String, _ value: String) throws -> any Transform {
        try kind == "project" ? project(value) : kind == "drop" ? drop(value) : filter(value)
    }

    private static func transform(_ random: inout SplitMix64) -> (String, String) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: ("project", ["{ a: a, b: b, x: a.b }", "{ a: a.b, c: c }"][Int.random(in: 0...1, using: &random)])
        case 1: ("drop", ["[a]", "[a.b, c]", "[b.c.a, x]"][Int.random(in: 0...2, using: &random)])
        case 2: ("drop", pattern(&random))
        default: ("filter", pattern(&random))
        }
    }

    /// A pattern that is not refused.
    private static func pattern(_ random: inout SplitMix64) -> String {
        while true {
            let pattern = RandomPattern.make(&random, isEasy: true)
            if issues(FilterKind(), pattern).isEmpty { return pattern }
        }
    }

    private static func event(_ random: inout SplitMix64) -> [UInt8] {
        var text = Array(RandomPattern.event(&random).utf8)
        guard Int.random(in: 0..<3, using: &random) == 0 else { return text }
        let bytes = Array(#"{}[]:," 01x"#.utf8) + [0xff]
        let place = Int.random(in: 0..<text.count, using: &random)
        if Bool.random(using: &random) {
            text[place] = bytes[Int.random(in: 0..<bytes.count, using: &random)]
        } else {
            text.remove(at: place)
        }
        return text
    }
}
