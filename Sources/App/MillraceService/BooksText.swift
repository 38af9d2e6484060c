import Millrace
import MillraceEngine

/// The books as people read them.
public struct BooksText: Sendable {
    private let snapshot: WorkerSnapshot
    private let sinks: [String]

    /// The books of `snapshot`, whose sinks have these names.
    public init(_ snapshot: WorkerSnapshot, sinks: [String]) {
        self.snapshot = snapshot
        self.sinks = sinks
    }

    /// A line a sink: what was read is the sum of what became of it.
    public var lines: [String] {
        sinks.indices.map { index in
            let books = snapshot.books[index]
            var parts = ["\(books.filtered) filtered", "\(books.delivered) delivered", "\(books.deadLettered) dead"]
            if books.abandoned > 0 { parts.append("\(books.abandoned) abandoned") }
            if books.returned > 0 { parts.append("\(books.returned) returned") }
            if books.rewound > 0 { parts.append("\(books.rewound) rewound") }
            parts.append("\(books.inFlight) in flight")
            let verdict = books.isBalanced && books.read == snapshot.read ? "books balanced" : "BOOKS DO NOT BALANCE"
            return "\(verdict): \(sinks[index]): \(books.read) read = \(parts.joined(separator: " + "))"
        }
    }

    /// A note a sink, for the log.
    public func notes(_ event: String) -> [Note] {
        sinks.indices.map { index in
            let books = snapshot.books[index]
            return Note(
                .info, event,
                [
                    ("sink", sinks[index]), ("read", "\(books.read)"), ("filtered", "\(books.filtered)"),
                    ("delivered", "\(books.delivered)"), ("dead_lettered", "\(books.deadLettered)"),
                    ("abandoned", "\(books.abandoned)"), ("returned", "\(books.returned)"),
                    ("rewound", "\(books.rewound)"), ("in_flight", "\(books.inFlight)"),
                    ("balanced", "\(books.isBalanced && books.read == snapshot.read)"),
                ])
        }
    }

    /// Whether they balance at every sink.
    public var isBalanced: Bool { snapshot.isBalanced }
}
