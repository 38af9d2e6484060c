import KafkaConnector
import Millrace
import MillraceConfig
import MillraceService
import Platform

/// Sends dead letters through the pipeline again, each to the sinks that lack it and to no other, or to a topic.
///
/// The live group is not joined. What has arrived stands in the state folder, letter by letter, so that the same command
/// sends nothing twice: after a signal not one, after `kill -9` those that were on their way, at most one in a thousand of
/// what was to be sent (at least one). A record that fails again is a new letter with one redrive more.
public struct Redrive {
    let config: PipelineConfig
    /// The config's path, for commands that are printed.
    let path: String
    let order: RedriveOrder
    let folder: StateFolder
    let notes: any NoteTaker

    /// A redrive for the pipeline of `config`.
    public init(
        _ config: PipelineConfig, path: String, order: RedriveOrder, folder: StateFolder, notes: any NoteTaker
    ) {
        self.config = config
        self.path = path
        self.order = order
        self.folder = folder
        self.notes = notes
    }

    /// What the letters of a run are found to be.
    private struct Index {
        var entries: [LetterEntry] = []
        var left = RedrivePlan.Left()
    }

    /// Runs it to its end; the exit code. Call ``Worker/blockSignals()`` before.
    public func run(_ view: any JobView) throws(MillraceError) -> Int32 {
        let letters = try LetterTopic(config, timeout: order.timeout)
        defer { letters.close() }
        try order.check(dead: letters.topic, source: config.source.options.strings("topics"))
        let ledger =
            order.isDry ? nil : try RedriveLedger(pipeline: config.name, topic: letters.topic, in: folder)
        let interrupt = Interrupt()
        do throws(MillraceError) {
            return try run(letters, ledger, interrupt, view)
        } catch {
            guard let signal = interrupt.signal else { throw error }
            // Nothing was on its way yet.
            view.say("stopped by \(signal); nothing was sent")
            return MillraceError.Code.undoneExit
        }
    }

    private func run(
        _ letters: LetterTopic, _ ledger: RedriveLedger?, _ interrupt: Interrupt, _ view: any JobView
    ) throws(MillraceError) -> Int32 {
        var book: RedriveBook
        if let ledger {
            book = ledger.book
        } else {
            book = try RedriveLedger.look(pipeline: config.name, topic: letters.topic, in: folder)
        }
        if book.uncertain > 0 {
            let count = JobText.counted(book.uncertain, "letter")
            view.say("the last run was killed with \(count) on the way; what nobody knows the arrival of goes again")
        }
        let index = try find(letters, &book, interrupt, view)
        if let ledger { try ledger.begin(with: book) }
        let route: RedrivePlan.Route = order.topic.map { .topic($0) } ?? .sinks(config.sinks.map(\.name))
        let plan = RedrivePlan(
            index.entries, pipeline: config.name, route: route, maxRedrives: order.maxRedrives, book: book,
            left: index.left)
        let words = RedriveText(redrive: self, topic: letters.topic, plan: plan)
        guard plan.count > 0 else {
            try view.result(words.nothing)
            return plan.left.isWrong ? MillraceError.Code.data.exitCode : 0
        }
        if !order.isDry && !order.isAgreed {
            for line in words.lines { view.say(line) }
            switch view.confirm("send them?") {
            case true?: break
            case false?:
                view.say("nothing was sent")
                return 0
            case nil:
                throw MillraceError(
                    .usage, "nobody can be asked here whether to send \(JobText.counted(plan.count, "record"))",
                    remedy: "--yes sends them, --dry-run only counts")
            }
        }
        if !order.isDry { try look(plan) }
        let run = RedriveRun(
            redrive: self, letters: letters, ledger: ledger, plan: plan, view: view, interrupt: interrupt)
        let result = try run.run()
        try ledger?.close()
        for line in words.missing(result) { view.say(line) }
        try view.result(words.summary(result))
        if let error = result.failure { throw error }
        if result.isUnfinished { return MillraceError.Code.undoneExit }
        let isWrong = plan.left.isWrong || result.dead > 0 || !result.missing.isEmpty
        return isWrong ? MillraceError.Code.data.exitCode : 0
    }

    /// Throws where what is to be sent to will not do.
    private func look(_ plan: RedrivePlan) throws(MillraceError) {
        let look = SinkLook(source: config.source, timeout: order.timeout)
        if let topic = order.topic {
            var options = Options(at: config.source.options.place)
            options.set("topic", .string(topic), at: nil)
            return try look.check(KafkaSinkKind(), options)
        }
        let names = Set(plan.passes.map(\.sink))
        for sink in config.sinks where names.contains(sink.name) { try look.check(sink.kind, sink.options) }
    }

    /// Looks through the whole topic: which letters of one record are the newest is known at its end alone.
    private func find(
        _ letters: LetterTopic, _ book: inout RedriveBook, _ interrupt: Interrupt, _ view: any JobView
    ) throws(MillraceError) -> Index {
        let parts = try letters.parts(since: nil)
        let since = try letters.parts(since: order.filter.since)
        let starts = Dictionary(uniqueKeysWithValues: since.map { ($0.shard, $0.from) })
        var isAnew = parts.contains { book.contradicts($0.shard.partition, end: $0.to) }
        let total = parts.reduce(0) { $0 + Int($1.to - $1.from) }
        var index = Index()
        let filter = order.filter
        let known = book
        let losses = try letters.scan(
            parts, payloads: false,
            look: { (done) throws(MillraceError) in
                view.progress(done, of: total, note: "")
                try interrupt.check()
            },
            { (found) throws(MillraceError) in
                let isLate = found.offset >= starts[found.shard] ?? 0
                guard let letter = found.letter else {
                    if case .foreign(let why, _, _, _) = found.content, isLate, filter.takes(found) {
                        index.left.foreign += 1
                        if index.left.firstForeign.count < 5 {
                            index.left.firstForeign.append("\(found.place)  \(why)")
                        }
                    }
                    return
                }
                let entry = LetterEntry(letter, found, isMeant: isLate && filter.takes(found))
                if known.contradicts(entry) { isAnew = true }
                index.entries.append(entry)
            })
        for loss in losses { view.say(LetterTopic.text(loss)) }
        if isAnew {
            view.say("\(letters.topic) was made anew: what was redriven of the old one is forgotten")
            book = RedriveBook(topic: letters.topic)
        }
        for part in parts { book.forget(part.shard.partition, before: part.from) }
        return index
    }
}

/// Whether somebody wants it to end. One thread.
final class Interrupt {
    /// The signal that came.
    private(set) var signal: Signal?

    /// Throws once a signal has come.
    func check() throws(MillraceError) {
        if signal == nil { signal = (try? Signals.wait(for: [.terminate, .interrupt], timeout: 0)) ?? nil }
        if let signal { throw MillraceError(.unavailable, "stopped by \(signal)") }
    }

    /// The signal came to somebody else.
    func take(_ signal: Signal) { self.signal = signal }
}

extension MillraceError.Code {
    /// Stopped with work undone.
    static let undoneExit: Int32 = 75
}
