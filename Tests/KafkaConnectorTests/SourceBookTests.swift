import Millrace
import Testing

@testable import KafkaConnector

@Suite struct SourceBookTests {
    private let shard = ShardID(topic: "t", partition: 0)
    private let other = ShardID(topic: "t", partition: 1)

    private func word(_ shard: ShardID, _ epoch: Int, _ checkpoint: Int64, _ metadata: String = "") -> Acknowledgement {
        Acknowledgement(shard: shard, epoch: epoch, checkpoint: checkpoint, metadata: metadata)
    }

    @Test func onlyTheCurrentEpochSpeaks() {
        var book = SourceBook()
        let first = book.assign([shard])
        book.forget([shard])
        let second = book.assign([shard])
        #expect(second > first)
        let early = book.acknowledge(word(shard, first, 9))
        #expect(!early)
        #expect(book.uncommitted().isEmpty)
        let current = book.acknowledge(word(shard, second, 3))
        #expect(current)
        #expect(book.uncommitted().map(\.checkpoint) == [3])
    }

    @Test func aCheckpointNeverGoesBack() {
        var book = SourceBook()
        let epoch = book.assign([shard])
        let forth = book.acknowledge(word(shard, epoch, 10))
        let back = book.acknowledge(word(shard, epoch, 9))
        #expect(forth && !back)
        #expect(book.uncommitted().map(\.checkpoint) == [10])
    }

    @Test func whatIsCommittedIsNotCommittedAgain() {
        var book = SourceBook()
        let epoch = book.assign([shard])
        _ = book.acknowledge(word(shard, epoch, 10, "a"))
        book.committed(word(shard, epoch, 10, "a"))
        #expect(book.uncommitted().isEmpty)
        _ = book.acknowledge(word(shard, epoch, 10, "b"))
        #expect(book.uncommitted().map(\.metadata) == ["b"])
    }

    @Test func theLastWordIsTheLast() {
        var book = SourceBook()
        let epoch = book.assign([shard, other])
        book.release(word(shard, epoch, 10))
        #expect(!book.areReleased([shard, other]))
        let late = book.acknowledge(word(shard, epoch, 11))
        #expect(!late)
        book.release(word(other, epoch, 0))
        #expect(book.areReleased([shard, other]))
        #expect(book.uncommitted([shard]).map(\.checkpoint) == [10])
    }

    @Test func namesDrawRunsTogether() {
        let shards =
            [0, 1, 2, 5, 7, 8].map { ShardID(topic: "b", partition: $0) } + [ShardID(topic: "a", partition: 3)]
        #expect(ShardNames.text(shards) == "a:3 b:0-2,5,7-8")
        #expect(ShardNames.text([]) == "")
    }
}
