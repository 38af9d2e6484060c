import Millrace
import MillraceConfig
import Testing

/// Whatever stands in a file: an answer, with every place inside the file, and a config only without errors.
@Suite struct MutationTests {
    private static let pieces = [
        "[]", "{}", "~", "\"\"", "-1", "infinite", "10ms", "1MiB", "${env:X}", "${", "$${", "park", "x: y", "- z", "&a",
        "*a",
        "!t", "|", "'", "\"", ":", "\n", "  ", "\t", "é", "{shard}", "kafka", "file", "name", "9223372036854775808",
    ]

    private func check(_ bytes: [UInt8], _ seed: UInt64) {
        for variables in [variables(["X": "1"]), nil] {
            let loaded = ConfigLoader(registry: registry, variables: variables).load(bytes, path: "f")
            let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 4
            for issue in loaded.issues {
                #expect((1...lines).contains(issue.place.line) && issue.place.column >= 1, "seed \(seed)")
                #expect(issue.width >= 1 && !issue.message.isEmpty, "seed \(seed)")
            }
            #expect(loaded.issues.map(\.place) == loaded.issues.map(\.place).sorted(), "seed \(seed)")
            if loaded.config != nil { #expect(loaded.isValid, "seed \(seed)") }
            if loaded.config == nil, variables != nil { #expect(!loaded.isValid, "seed \(seed)") }
            let report = loaded.report.split(separator: "\n", omittingEmptySubsequences: false)
            let prefixes = ["f:", "  ", " "]
            #expect(
                report.allSatisfy { line in
                    line.isEmpty || line.first?.isNumber == true || prefixes.contains { line.hasPrefix($0) }
                },
                "seed \(seed)")
            #expect(loaded.jsonLines.split(separator: "\n").count == loaded.issues.count, "seed \(seed)")
            #expect(loaded.isValid || loaded.redacted.count >= 0, "seed \(seed)")
        }
    }

    @Test func `a good config changed at random places`() {
        let original = Array(good.utf8)
        for seed in UInt64(0)..<500 {
            var random = SplitMix64(seed: seed)
            var bytes = original
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.removeSubrange(index..<min(index + 8, bytes.count - 1))
                case 3:
                    bytes.insert(contentsOf: Array((Self.pieces.randomElement(using: &random) ?? "").utf8), at: index)
                default:
                    let other = Int.random(in: 0..<bytes.count, using: &random)
                    bytes.swapAt(index, other)
                }
            }
            check(bytes, seed)
        }
    }

    @Test func `a good config with a value replaced`() {
        let lines = good.split(separator: "\n", omittingEmptySubsequences: false)
        for seed in UInt64(0)..<300 {
            var random = SplitMix64(seed: seed)
            var changed = lines
            let index = Int.random(in: 0..<lines.count, using: &random)
            let piece = Self.pieces.randomElement(using: &random) ?? ""
            if let colon = changed[index].firstIndex(of: ":") {
                changed[index] = changed[index][...colon] + " " + piece
            }
            check(Array(changed.joined(separator: "\n").utf8), seed)
        }
    }

    @Test func `a good config with lines lost, doubled and swapped`() {
        let lines = good.split(separator: "\n", omittingEmptySubsequences: false)
        for seed in UInt64(0)..<300 {
            var random = SplitMix64(seed: seed)
            var changed = lines
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: changed.remove(at: index)
                case 1: changed.insert(changed[index], at: index)
                default: changed.swapAt(index, Int.random(in: 0..<changed.count, using: &random))
                }
            }
            check(Array(changed.joined(separator: "\n").utf8), seed)
        }
    }

    @Test func `every key twice as deep, every value a list`() {
        check(Array(String(repeating: "sinks: {a: ", count: 80).utf8), 0)
        check(Array(good.replacing(": ", with: ": [").utf8), 1)
        check(Array("name: \(String(repeating: "n", count: 1 << 20))\nsinks: {}\n".utf8), 2)
        check((0...255).map { UInt8($0) }, 3)
    }
}
