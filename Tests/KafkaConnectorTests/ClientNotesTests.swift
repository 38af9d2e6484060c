import Kafka
import Millrace
import Platform
import Testing

@testable import KafkaConnector

/// What of a client's own words is for whom.
@Suite struct ClientNotesTests {
    private final class Levels: NoteTaker {
        private let kept = Locked<[NoteLevel]>([])
        func note(_ note: Note) { kept.withLock { $0.append(note.level) } }
        var all: [NoteLevel] { kept.withLock { $0 } }
    }

    /// Brokers hang up on idle connections, and then all of them count as down: that is no trouble. What is has a reason.
    @Test func idleConnectionsThatEndAreNoTrouble() {
        let levels = Levels()
        let notes = ClientNotes(client: "sink:out", notes: levels)
        notes.take(.error(KafkaError(.allBrokersDown, "1/1 brokers are down")))
        notes.take(.error(KafkaError(.transport, "b:9092/1: Connect to it failed: Connection refused")))
        #expect(levels.all == [.debug, .warn])
    }
}
