import Millrace
import Testing

@testable import MillraceMachines

/// The queue beside a sorted array.
@Suite struct PieceQueueTests {
    @Test(arguments: UInt64(1)...100) func agreesWithASortedArray(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var queue = PieceQueue()
        var model: [Piece] = []
        var next: Int64 = 1000
        for _ in 0..<200 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                next += 3
                insert(piece(next, &random), &queue, &model)
            case 2:
                guard !model.isEmpty else { continue }
                let index = random.once(in: 2) ? 0 : Int.random(in: 0..<model.count, using: &random)
                let (removed, expected) = (queue.remove(at: index), model.remove(at: index))
                #expect(removed.first == expected.first, "seed \(seed)")
            case 3:
                guard let index = model.indices.randomElement(using: &random) else { continue }
                let other = piece(model[index].first.offset, &random)
                for change in [\Piece.hasFailed, \Piece.isSuspected] {
                    queue.modify(at: index) { $0[keyPath: change] = other[keyPath: change] }
                    model[index][keyPath: change] = other[keyPath: change]
                }
                queue.modify(at: index) { $0.state = other.state }
                model[index].state = other.state
            default:
                let first = Int64.random(in: 0..<next, using: &random)
                if queue.index(of: RecordID(offset: first)) == nil { insert(piece(first, &random), &queue, &model) }
            }
            expectSame(queue, model, seed)
        }
    }

    private func piece(_ first: Int64, _ random: inout SplitMix64) -> Piece {
        let records = RecordRun(offsets: first..<first + Int64.random(in: 1...3, using: &random))
        var piece = Piece(records: records, batch: 0, root: records[0], weight: Int.random(in: 0...9, using: &random))
        piece.hasFailed = random.once(in: 2)
        piece.isSuspected = random.once(in: 2)
        piece.state = [.ready, .retry, .suspect].randomElement(using: &random) ?? .ready
        return piece
    }

    private func insert(_ piece: Piece, _ queue: inout PieceQueue, _ model: inout [Piece]) {
        queue.insert(piece)
        model.append(piece)
        model.sort { $0.first < $1.first }
    }

    private func expectSame(_ queue: PieceQueue, _ model: [Piece], _ seed: UInt64) {
        #expect((0..<queue.count).map { queue[$0].first } == model.map(\.first), "seed \(seed)")
        #expect(queue.isEmpty == model.isEmpty && queue.first?.first == model.first?.first, "seed \(seed)")
        #expect(queue.records == model.map(\.records.count).reduce(0, +), "seed \(seed)")
        #expect(queue.weight == model.map(\.weight).reduce(0, +), "seed \(seed)")
        #expect(queue.failed == model.count { $0.hasFailed }, "seed \(seed)")
        #expect(queue.suspected == model.count { $0.isSuspected }, "seed \(seed)")
        #expect(queue.retrying == model.count { $0.state == .retry }, "seed \(seed)")
        #expect(queue.ready == model.count { $0.state == .ready }, "seed \(seed)")
        for piece in model { #expect(queue.index(of: piece.first) != nil, "seed \(seed)") }
    }
}
