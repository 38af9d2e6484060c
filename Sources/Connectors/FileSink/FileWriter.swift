import Millrace
import Platform

/// The thread that writes and syncs the files of a sink, and what the lanes share with it.
///
/// Bounded: what waits for it is held by ``Desk`` to the sink's memory. It reports without holding the desk's lock.
final class FileWriter: Sendable {
    private let desk: Locked<Desk>
    private let news = Condition()
    private let thread: Thread

    init(name: String, limits: FileState.Limits, memory: Int, notes: any NoteTaker) throws(SystemError) {
        let desk = Locked(Desk(limit: memory))
        let news = news
        self.desk = desk
        thread = try Thread(name: "file-\(name)") {
            var loop = FileWriterLoop(name: name, limits: limits, desk: desk, news: news, notes: notes)
            loop.run()
        }
    }

    /// Changes the desk, and tells those who were full and have room now. Wakes the thread when something came for it.
    func with<Answer: Sendable>(_ body: (inout Desk) -> Answer) -> Answer {
        let (answer, room, hasMail) = desk.withLock { desk in
            let answer = body(&desk)
            return (answer, desk.takeRoom(), desk.hasMail)
        }
        if hasMail { news.signal() }
        for address in room { address.report(.room) }
        return answer
    }

    /// Gives every file back and ends the thread.
    func close() {
        desk.withLock { $0.isClosing = true }
        news.signal()
        thread.join()
    }
}

/// What the thread does: fetches the mail, lets each file take its steps, sleeps until something is due.
struct FileWriterLoop {
    /// A file that is at work.
    private struct Worker {
        var state: FileState
        let device: FileDevice
        let address: Address
    }

    /// How many steps a file takes before the others have their turn.
    private static let turn = 16

    private let name: String
    private let limits: FileState.Limits
    private let desk: Locked<Desk>
    private let news: Condition
    private let notes: any NoteTaker
    private var workers: [Int: Worker] = [:]

    init(name: String, limits: FileState.Limits, desk: Locked<Desk>, news: Condition, notes: any NoteTaker) {
        self.name = name
        self.limits = limits
        self.desk = desk
        self.news = news
        self.notes = notes
    }

    mutating func run() {
        while true {
            let (letters, isClosing) = fetch()
            for letter in letters { deliver(letter) }
            if isClosing { for id in Array(workers.keys) { handle(id) { $0.forget() } } }
            let now = MonotonicClock.milliseconds()
            // Numbers, not workers: a copy of a state would make its queue be copied when it changes.
            let due = workers.compactMap { id, worker in worker.state.wakeAt.map { $0 <= now } ?? false ? id : nil }
            for id in due { work(id) }
            if isClosing && workers.isEmpty { return }
        }
    }

    /// Waits for mail, for the end, or for the time at which a file has something to do.
    private func fetch() -> (mail: [Desk.Letter], isClosing: Bool) {
        let due = workers.values.compactMap { $0.state.wakeAt }.min()
        let fetched = desk.wait(on: news, until: due.map { $0 * 1_000_000 }) { desk in
            let letters = desk.takeMail()
            return letters.isEmpty && !desk.isClosing ? nil : (letters, desk.isClosing)
        }
        return fetched ?? ([], false)
    }

    private mutating func deliver(_ letter: Desk.Letter) {
        let id = letter.id
        let mail = letter.mail
        if workers[id] == nil {
            let files = letter.files
            let origin = FileState.Origin(sink: name, shard: letter.address.shard)
            workers[id] = Worker(
                state: FileState(files: files, limits: limits, origin: origin),
                device: FileDevice(files: files, framing: limits.framing),
                address: letter.address)
        }
        if mail.opens { workers[id]?.state.requestOpen() }
        for chunk in mail.chunks { handle(id) { $0.enqueue(chunk) } }
        if mail.flushes { workers[id]?.state.flush() }
        if mail.abandons { handle(id) { $0.abandon() } }
        if mail.forgets { handle(id) { $0.forget(keepsKnown: mail.leaves) } }
    }

    private mutating func work(_ id: Int) {
        for _ in 0..<Self.turn {
            let now = MonotonicClock.milliseconds()
            guard let worker = workers[id], let step = worker.state.next(now: now) else { return }
            let answer = worker.device.perform(step)
            handle(id) { $0.finish(step, answer, now: MonotonicClock.milliseconds()) }
        }
    }

    private mutating func handle(_ id: Int, _ body: (inout FileState) -> [FileState.Output]) {
        guard var worker = workers.removeValue(forKey: id) else { return }
        let outputs = body(&worker.state)
        if worker.state.phase != .closed { workers[id] = worker }
        tell(outputs, id, worker.address)
    }

    private func tell(_ outputs: [FileState.Output], _ id: Int, _ address: Address) {
        guard !outputs.isEmpty else { return }
        let (outcomes, room) = desk.withLock { desk in
            (outputs.compactMap { desk.apply($0, to: id) }, desk.takeRoom())
        }
        for outcome in outcomes { address.report(outcome) }
        for other in room { other.report(.room) }
        for case .note(let note) in outputs { notes.note(note) }
    }
}
