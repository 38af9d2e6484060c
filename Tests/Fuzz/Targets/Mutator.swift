/// Changes inputs at random: bytes, runs of bytes, words of the target, pieces of other inputs. A seed is a series for ever.
public struct Mutator {
    private var state: UInt64
    private let corpus: [[UInt8]]
    private let words: [[UInt8]]
    private let limit: Int

    /// Changes what is in `corpus`, which is not empty; nothing grows beyond `limit` bytes.
    public init(seed: UInt64, corpus: [[UInt8]], words: [String], limit: Int = 4096) {
        state = seed
        self.corpus = corpus
        self.words = words.map { Array($0.utf8) }
        self.limit = limit
    }

    /// The next input.
    public mutating func next() -> [UInt8] {
        var bytes = corpus[below(corpus.count)]
        for _ in 0...below(5) { change(&bytes) }
        return bytes.count > limit ? Array(bytes[..<limit]) : bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let at = below(bytes.count + 1)
        let end = min(bytes.count, at + 1 + below(below(4) == 0 ? 64 : 4))
        switch below(9) {
        case 0 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: roll())
        case 1 where at < bytes.count: bytes[at] ^= 1 << UInt8(below(8))
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes.insert(contentsOf: words[below(words.count)], at: at)
        case 5: bytes.replaceSubrange(at..<end, with: words[below(words.count)])
        case 6:
            let other = corpus[below(corpus.count)]
            let from = below(other.count + 1)
            let upTo = min(other.count, from + below(64))
            bytes.insert(contentsOf: other[from..<upTo], at: at)
        case 7 where at < bytes.count: bytes.swapAt(at, below(bytes.count))
        default: bytes.insert(UInt8(truncatingIfNeeded: roll()), at: at)
        }
    }

    private mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(roll() % UInt64(bound)) }

    /// Steele's splitmix64.
    private mutating func roll() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
