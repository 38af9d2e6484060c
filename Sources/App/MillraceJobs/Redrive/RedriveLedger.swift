import Millrace
import Platform

/// Keeps account of what was redriven, so that nothing is sent twice: a state file, and a journal behind it in which each
/// letter stands as soon as it has arrived.
///
/// A line of the journal is one write to a file that is opened for appending: it outlives `kill -9` at once, and a power cut
/// after a second at the latest. Thread safe.
final class RedriveLedger: Sendable {
    private struct State {
        var book: RedriveBook
        var syncedAt: Int64
        var failure: MillraceError?
    }

    private let state: Locked<State>
    private let file: StateFile<RedriveState>
    private let journal: File

    /// How long a power cut may undo, milliseconds.
    private static let syncInterval: Int64 = 1_000

    /// The account of the letters in `topic` of the pipeline `pipeline`; throws 73 while another redrive has it.
    init(pipeline: String, topic: String, in folder: StateFolder) throws(MillraceError) {
        let name = RedriveLedger.name(pipeline, topic)
        file = try StateFile(name, in: folder, work: "redrive")
        let path = RedriveLedger.journal(of: file.path)
        let book = try RedriveLedger.book(topic, try file.read(), path)
        do { journal = try File(path, [.appending, .creating], permissions: 0o600) } catch {
            throw MillraceError(.cannotCreate, "\(error)", remedy: "name another folder: --state DIR")
        }
        state = Locked(State(book: book, syncedAt: MonotonicClock.milliseconds()))
    }

    /// What is kept in `folder`, without taking it: for those who only look.
    static func look(pipeline: String, topic: String, in folder: StateFolder) throws(MillraceError) -> RedriveBook {
        let path = folder.file(name(pipeline, topic))
        return try book(topic, try StateFile<RedriveState>.read(path), journal(of: path))
    }

    private static func name(_ pipeline: String, _ topic: String) -> String {
        "redrive-\(pipeline)-\(ReplayProgress.digest("\(pipeline)|\(topic)")).json"
    }

    private static func journal(of path: String) -> String { path + ".journal" }

    private static func book(
        _ topic: String, _ kept: RedriveState?, _ journal: String
    ) throws(MillraceError) -> RedriveBook {
        var text = ""
        if FileSystem.exists(journal) {
            do {
                text = String(decoding: try FileSystem.contents(of: journal, limit: 1 << 30), as: UTF8.self)
            } catch { throw MillraceError(.noInput, "\(error)") }
        }
        return RedriveBook(kept ?? RedriveState(topic: topic), journal: text)
    }

    /// What is done so far.
    var book: RedriveBook { state.withLock { $0.book } }

    /// Begins with `book` in place of what was kept, and with an empty journal.
    func begin(with book: RedriveBook) throws(MillraceError) {
        try file.write(book.state)
        do { try journal.truncate(to: 0) } catch { throw MillraceError(.cannotCreate, "\(error)") }
        state.withLock { $0.book = RedriveBook(book.state, journal: "") }
    }

    /// These letters are on their way. An error is kept, see ``failure``.
    func begin(_ entries: some Sequence<LetterEntry>) {
        append(entries.map { RedriveBook.beginLine($0) }.joined())
    }

    /// These letters have arrived at `destination`; one that was missing at all `sinks` and has arrived at each of them is
    /// done for good, whatever sinks come later. An error is kept, see ``failure``.
    func mark(_ entries: some Sequence<LetterEntry>, _ destination: String, of sinks: [String] = []) {
        var lines = ""
        state.withLock { state in
            for entry in entries {
                state.book.mark(entry, destination)
                lines += RedriveBook.doneLine(entry, destination)
                guard entry.target == .all, !sinks.isEmpty,
                    sinks.allSatisfy({ state.book.has(entry, at: Destination.sink($0)) })
                else { continue }
                state.book.mark(entry, Destination.everywhere)
                lines += RedriveBook.doneLine(entry, Destination.everywhere)
            }
        }
        append(lines)
    }

    /// Why the account can be kept no longer: nothing more may be sent. Nil while all is well.
    var failure: MillraceError? { state.withLock { $0.failure } }

    /// Puts what the journal has into the state file.
    func close() throws(MillraceError) {
        let book = self.book
        try begin(with: book)
    }

    private func append(_ lines: String) {
        guard !lines.isEmpty else { return }
        let now = MonotonicClock.milliseconds()
        state.withLock { state in
            guard state.failure == nil else { return }
            do throws(SystemError) {
                try journal.write(lines)
                if now - state.syncedAt >= RedriveLedger.syncInterval {
                    try journal.sync()
                    state.syncedAt = now
                }
            } catch {
                state.failure = MillraceError(.cannotCreate, "it cannot be kept what was sent: \(error)")
            }
        }
    }
}
