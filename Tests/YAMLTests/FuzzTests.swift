import Testing
import YAML

/// Whatever the bytes are: an answer, with every place inside the text.
@Suite struct FuzzTests {
    private static let pieces = [
        "a", "b: ", ":", "- ", "? ", "[", "]", "{", "}", ",", "\n", "\n  ", "\n    ", "\t", "&x ", "*x", "!", "!!str ",
        "|", ">", "'", "\"", "#", "%", "@", "`", "\\", "---\n", "...\n", "${env:A}", "é", "\u{2028}", "\u{85}", "\r",
        "\0", "\u{FEFF}", "<<: ", "~", "0x1F", "1e9", "|2-\n", "%YAML 1.1\n",
    ]

    private func check(_ bytes: [UInt8], _ seed: UInt64) {
        let document = YAMLDocument(bytes)
        if document.root == nil && document.problems.isEmpty {
            // Only white space, comments and markers: nothing is there.
            return
        }
        for problem in document.problems {
            #expect((1...document.text.count + 1).contains(problem.range.start.line), "seed \(seed)")
            #expect(problem.range.start.column >= 1 && !problem.message.isEmpty, "seed \(seed)")
        }
        if let root = document.root { #expect(root.count <= 200_001, "seed \(seed)") }
    }

    @Test func `random pieces of YAML`() {
        for seed in UInt64(0)..<3000 {
            var random = SplitMix64(seed: seed)
            let count = Int.random(in: 0...60, using: &random)
            let text = (0..<count).compactMap { _ in Self.pieces.randomElement(using: &random) }.joined()
            check(Array(text.utf8), seed)
        }
    }

    @Test func `random bytes`() {
        for seed in UInt64(0)..<2000 {
            var random = SplitMix64(seed: seed)
            let count = Int.random(in: 0...200, using: &random)
            check((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }, seed)
        }
    }

    @Test func `a good document with bytes changed, lost and doubled`() {
        let good = Array(
            "name: orders\nlist:\n  - a\n  - {b: 'c', d: [\"e\", f]}\ntext: |\n  lines\n  more\nx: &x 1\ny: *x\n".utf8)
        for seed in UInt64(0)..<4000 {
            var random = SplitMix64(seed: seed)
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(bytes[index], at: index)
                default: bytes.removeSubrange(index..<min(index + 5, bytes.count - 1))
                }
            }
            check(bytes, seed)
        }
    }
}
