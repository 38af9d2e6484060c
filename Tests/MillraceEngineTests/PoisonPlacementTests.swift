import Millrace
import MillraceEngine
import Platform
import Testing

/// Poison in batches of every size and at every place, refused by a sink that cannot say which record it is.
@Suite struct PoisonPlacementTests {
    /// Where the poison of a batch lies.
    enum Placement: String, CaseIterable, Sendable {
        case first, last, middle, everyTenth, sliding

        /// The places of the poison in batch `batch` of `size` records.
        func places(_ size: Int, batch: Int) -> [Int] {
            switch self {
            case .first: [0]
            case .last: [size - 1]
            case .middle: [size / 2]
            case .everyTenth: Array(stride(from: min(9, size - 1), to: size, by: 10))
            case .sliding: [batch % size]
            }
        }

        /// How many batches show it: a sliding one needs as many as it has places.
        func batches(_ size: Int) -> Int { self == .sliding ? size : 3 }
    }

    private static let sizes = [2, 7, 100, 1_000]

    /// The most calls that p refused records among n may cost, the first one included (design.md §5, Bisection).
    private func bound(_ poison: Int, _ size: Int) -> Int {
        if poison == 0 { return 1 }
        let depth = size <= 1 ? 0 : Int.bitWidth - (size - 1).leadingZeroBitCount
        let width = Int.bitWidth - 1 - poison.leadingZeroBitCount
        return 2 * poison * (depth - width + 1) - 1
    }

    @Test(arguments: sizes, Placement.allCases)
    func exactlyThePoisonIsDeadLettered(_ size: Int, _ placement: Placement) throws {
        let batches = placement.batches(size)
        var poison: Set<Int64> = []
        var calls = 0
        for batch in 0..<batches {
            let places = placement.places(size, batch: batch)
            poison.formUnion(places.map { Int64(batch * size + $0) })
            calls += bound(places.count, size)
        }
        let payloads: [[UInt8]?] = (0..<batches * size).map { [poison.contains(Int64($0)) ? 1 : 0, UInt8($0 % 256)] }
        let sink = MemorySink(judge: { $0?.first == 1 ? .rejected : nil })
        let rig = try Rig([payloads], [.init(name: "a", sink: sink)], lanes: 1) { $0.batch.records = size }
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        #expect(rig.letters.letters.map(\.offset) == poison.sorted())
        #expect(sink.landed.map(\.offset) == (0..<Int64(batches * size)).filter { !poison.contains($0) })
        #expect(sink.calls <= calls)
        #expect(books.isBalanced)
        for letter in rig.letters.letters {
            #expect(letter.payload == payloads[Int(letter.offset)])
            #expect(letter.stage == "sink:a" && letter.reason == .rejected && letter.error == "refused")
            #expect(letter.attempts >= 1 && letter.group == "g" && letter.pipeline == "p" && letter.redrives == 0)
            #expect(letter.bisection.allSatisfy { $0 == "L" || $0 == "R" })
        }
    }

    /// A sink that refuses everything is at fault, not the records: the shard waits after `unwitnessed` of them.
    @Test(arguments: [1, 2, 7, 100, 1_000])
    func whereEverythingIsRefusedTheShardWaits(_ size: Int) throws {
        let sink = MemorySink(judge: { _ in .rejected })
        let rig = try Rig([(0..<size * 5).map { [UInt8($0 % 256)] }], [.init(name: "a", sink: sink)], lanes: 1) {
            $0.batch.records = size
        }
        let expected = min(3, size * 5)
        let isWaiting: () -> Bool = {
            rig.ears.events.contains { if case .waits(_, .suspectOutage(sink: 0)) = $0 { true } else { false } }
        }
        #expect(waitUntil(isWaiting))
        #expect(rig.letters.letters.map(\.offset) == Array(0..<Int64(expected)))
        let books = try #require(rig.finish(within: 50))
        #expect(sink.landed.isEmpty)
        #expect(rig.source.checkpoint(0) == Int64(expected))
        #expect(rig.engine.undone > 0)
        #expect(books.isBalanced)
    }
}
