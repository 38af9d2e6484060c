import Millrace
import MillraceEngine
import Platform
import Testing

@testable import MillraceService

/// Keeps what it is told.
private final class Notebook: NoteTaker {
    private let kept = Locked<[Note]>([])

    var notes: [Note] { kept.withLock { $0 } }

    func note(_ note: Note) { kept.withLock { $0.append(note) } }

    func takes(_ level: NoteLevel) -> Bool { level >= .info }
}

@Suite struct EventNotesTests {
    private let orders = ShardID(topic: "orders", partition: 3)

    private func notes(_ events: [WorkerEvent], path: String? = "orders.yaml") -> [Note] {
        let book = Notebook()
        let notes = EventNotes(sinks: ["clean", "archive"], notes: book, path: path)
        for event in events { notes.observe(event) }
        return book.notes
    }

    private func next(_ event: WorkerEvent, path: String? = "orders.yaml") -> String? {
        notes([event], path: path).first?.fields.first { $0.name == "next" }?.value
    }

    @Test func whatNeedsAPersonNamesTheCommand() {
        #expect(
            next(.waits(orders, .suspectOutage(sink: 0)))
                == "millrace resolve orders.yaml --sink clean --retry, or --poison")
        #expect(
            next(.waits(orders, .parked(sink: 1)))
                == "millrace resolve orders.yaml --sink archive --retry, once it is well")
        #expect(next(.breaker(sink: 0, .opened)) == "it is asked again by itself; millrace status orders.yaml")
        #expect(next(.waits(orders, .suspectOutage(sink: 0)), path: nil) == nil)
        let letter = WorkerEvent.deadLetterWritten(
            orders, offset: 17, stage: "decode", reason: "decode", error: "no base64", place: "orders.dlq:0:4")
        #expect(next(letter) == "millrace dlq show orders.yaml --origin orders:3:17")
        #expect(next(letter, path: nil) == nil)
    }

    @Test func whatIsOrdinaryIsNotInTheLog() {
        let events: [WorkerEvent] = [
            .admitted(orders, records: 5), .waits(orders, .input), .waits(orders, .retry(sink: 0)),
            .refused("orders:3: nothing to decide at that sink"), .hole(orders, offsets: 5..<6),
        ]
        #expect(notes(events).isEmpty)
    }

    @Test func offsetsThatWerePassedOverSayThatNothingIsLost() throws {
        let note = try #require(notes([.passedOver(orders, offsets: 5..<9)]).first)
        #expect(note.level == .warn && note.event == "sought-back")
        #expect(note.fields.contains { $0.name == "from" && $0.value == "5" })
        #expect(note.fields.contains { $0.name == "note" && $0.value.hasSuffix("nothing is lost") })
    }
}
