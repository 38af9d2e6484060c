/// When something is shown and at which rate: ``ProgressMeter`` without its clock and its stream.
struct ProgressPlan: Sendable {
    /// How much there is; nil where nobody knows.
    var total: Int?

    private let title: String
    private let interval: Int64
    private var next: Int64
    /// What was done when, milliseconds, over the last few seconds; the oldest first.
    private var samples: [(time: Int64, done: Int)]

    /// Nothing is shown before that, milliseconds.
    static let patience: Int64 = 2_000
    /// How often a bar is repainted, milliseconds.
    static let barInterval: Int64 = 200
    /// How often a plain line is written, milliseconds.
    static let lineInterval: Int64 = 10_000
    /// How far back the rate looks, milliseconds.
    private static let window: Int64 = 5_000

    /// A plan for `title` that begins at `start`, milliseconds, with `done` done already.
    init(title: String, total: Int?, from done: Int = 0, isBar: Bool, start: Int64) {
        self.title = title
        self.total = total
        interval = isBar ? ProgressPlan.barInterval : ProgressPlan.lineInterval
        next = start + (isBar ? ProgressPlan.patience : ProgressPlan.lineInterval)
        samples = [(start, done)]
    }

    /// What to show at `now`, when it is time for it.
    mutating func update(_ done: Int, note: String, now: Int64) -> ProgressBar? {
        sample(done, now)
        guard now >= next else { return nil }
        next = now + interval
        return ProgressBar(title: title, done: done, total: total, rate: rate(done, now), note: note)
    }

    private mutating func sample(_ done: Int, _ now: Int64) {
        guard let last = samples.last, now - last.time >= ProgressPlan.barInterval else { return }
        samples.append((now, done))
        // One sample from before the window stays, so that the rate spans all of it.
        while samples.count > 1 && now - samples[1].time >= ProgressPlan.window { samples.removeFirst() }
    }

    private func rate(_ done: Int, _ now: Int64) -> Double? {
        guard let first = samples.first, now > first.time else { return nil }
        return max(0, Double(done - first.done)) * 1_000 / Double(now - first.time)
    }
}
