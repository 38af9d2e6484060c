import Millrace
import MillraceEngine
import Platform

/// The demo on a terminal: makes the board, and does what the keys ask for.
final class DemoView: Sendable {
    private let watch: DemoWatch
    private let traffic: DemoTraffic
    private let trouble: DemoTrouble
    private let notes: DemoNotes
    private let broker: String
    private let live: LiveView
    private let injectedAt = Locked<Int64?>(nil)
    private let isOver = Locked(false)
    private let thread = Locked<Thread?>(nil)

    init(
        _ watch: DemoWatch, _ traffic: DemoTraffic, _ trouble: DemoTrouble, _ notes: DemoNotes, broker: String,
        _ surroundings: Surroundings
    ) throws(SystemError) {
        self.watch = watch
        self.traffic = traffic
        self.trouble = trouble
        self.notes = notes
        self.broker = broker
        live = try LiveView(input: surroundings.input, output: surroundings.output)
    }

    /// Takes the terminal, on a thread of its own: one that takes no more text must not hold up the worker's end.
    func start() throws(SystemError) {
        let thread = try Thread(name: "demo-view") { [self] in
            // Without a terminal there is nobody to go on for.
            let end = try? live.run({ press($0) }, { frame($0) })
            if end != .left { watch.quit() }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Gives the terminal back. Waits for a moment; a terminal that hangs is left to the process's end.
    func stop() {
        isOver.withLock { $0 = true }
        live.refresh()
        thread.withLock { $0 }?.join(until: MonotonicClock.now() + 2_000_000_000)
    }

    private func press(_ key: TerminalKey) -> Bool {
        switch key {
        case .character("p"), .character("P"):
            trouble.expectRefusal()
            if traffic.injectPoison() { injectedAt.withLock { $0 = MonotonicClock.milliseconds() } }
        case .character("o"), .character("O"):
            if !watch.isQuitting { trouble.toggleOutage(at: MonotonicClock.milliseconds()) }
        case .character("q"), .character("Q"), .escape: watch.quit()
        default: break
        }
        // The view stays until the worker has ended.
        return true
    }

    private func frame(_ size: Terminal.Size) -> [StyledText]? {
        guard !isOver.withLock({ $0 }) else { return nil }
        // Ctrl-C goes to the worker by itself; with the sink down it could not finish what was begun.
        if notes.heard.isDraining { trouble.endOutage(at: MonotonicClock.milliseconds()) }
        return board(at: MonotonicClock.milliseconds()).lines(size)
    }

    private func board(at now: Int64) -> WorkerBoard {
        let moments = watch.moments
        let heard = notes.heard
        let latest = moments.last
        let isEnding = heard.isDraining || watch.isQuitting
        let shards = (latest?.snapshot.shards ?? []).sorted { $0.shard < $1.shard }
            .map { shard($0, moments, at: now) }
        let (words, isTrouble) = story(shards, heard, isEnding: isEnding, at: now).text
        return WorkerBoard(
            heading: [
                "millrace demo", "up \(Figures.clock(seconds: (now - watch.start) / 1_000))", "broker \(broker)",
            ],
            read: latest?.snapshot.read ?? 0, isBalanced: latest?.snapshot.isBalanced ?? true, shards: shards,
            sinks: DemoConfig.sinks.indices.map { sink($0, moments, heard, at: now) },
            letterTopic: DemoConfig.letters, letterCounts: heard.counts, letters: heard.letters, words: words,
            isTrouble: isTrouble, keys: keys(isEnding: isEnding))
    }

    private func keys(isEnding: Bool) -> [(key: String, meaning: String)] {
        if isEnding { return [("Ctrl-C", "stop at once")] }
        return [("p", "send poison"), ("o", trouble.isOut ? "end the outage" : "outage of clean"), ("q", "quit")]
    }

    private func story(
        _ shards: [WorkerBoard.Shard], _ heard: DemoNotes.Heard, isEnding: Bool, at now: Int64
    ) -> DemoStory {
        let outage = trouble.outage
        return DemoStory(
            isReading: !shards.isEmpty, isEnding: isEnding,
            injectedAgo: injectedAt.withLock { $0 }.map { now - $0 }, refusal: trouble.refusal,
            outageFor: outage.flatMap { $0.end == nil ? now - $0.begin : nil },
            lastOutage: outage.flatMap { outage in outage.end.map { ($0 - outage.begin, now - $0) } },
            openFor: heard.breakers[DemoConfig.sinks[0]].map { now - $0.since },
            lag: shards.reduce(0) { $0 + Int(max(0, ($1.end ?? $1.checkpoint) - $1.checkpoint)) },
            isHeldUp: traffic.isHeldUp)
    }

    private func shard(_ shard: ShardSnapshot, _ moments: [DemoWatch.Moment], at now: Int64) -> WorkerBoard.Shard {
        let before = moments.first?.snapshot.shards.first { $0.shard == shard.shard && $0.epoch == shard.epoch }
        let waiting = DemoView.name(shard.waiting)
        return WorkerBoard.Shard(
            name: "\(shard.shard)", epoch: shard.epoch, checkpoint: shard.checkpoint,
            end: moments.last?.ends[shard.shard],
            rate: before.flatMap { rate(Int(shard.checkpoint - $0.checkpoint), moments) }, waiting: waiting,
            waitingFor: now - shard.since)
    }

    private func sink(
        _ index: Int, _ moments: [DemoWatch.Moment], _ heard: DemoNotes.Heard, at now: Int64
    ) -> WorkerBoard.Sink {
        let name = DemoConfig.sinks[index]
        let books = moments.last?.snapshot.books[index] ?? SinkBooks()
        let before = moments.first?.snapshot.books[index] ?? books
        let breaker = heard.breakers[name]
        return WorkerBoard.Sink(
            name: name, isRequired: true,
            breaker: breaker.map {
                ($0.isHalfOpen ? "half open" : "open") + " \(Figures.age(milliseconds: now - $0.since))"
            }
                ?? "closed",
            isDown: breaker != nil, filtered: books.filtered, delivered: books.delivered, dead: books.deadLettered,
            inFlight: books.inFlight, rate: rate(books.delivered - before.delivered, moments),
            lastError: heard.errors[name] ?? "")
    }

    private func rate(_ count: Int, _ moments: [DemoWatch.Moment]) -> Double? {
        guard let first = moments.first, let last = moments.last, last.time - first.time >= 500 else { return nil }
        return Double(count) * 1_000 / Double(last.time - first.time)
    }

    /// A wait in the words of `status`.
    private static func name(_ wait: ShardWait) -> String {
        let sinks = DemoConfig.sinks
        switch wait {
        case .closed: return "closed"
        case .parked: return "parked"
        case .paused: return "paused"
        case .deadLetters: return "dlq"
        case .suspectOutage(let sink): return "suspect_outage:\(sinks[sink])"
        case .breaker(let sink): return "breaker:\(sinks[sink])"
        case .retry(let sink): return "retry:\(sinks[sink])"
        case .full(let sink): return "full:\(sinks[sink])"
        case .drain: return "drain"
        case .credit: return "credit"
        case .input: return "input"
        }
    }
}
