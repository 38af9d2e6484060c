import Platform

/// Shows how far a long piece of work is: a bar that is repainted on a terminal, a plain line now and then otherwise.
/// Work of less than two seconds shows nothing.
///
/// Owned by one thread, which calls ``update(_:note:)`` as often as it likes and ``finish()`` before it writes anything
/// else. Goes to standard error as a rule: standard output is for results.
struct ProgressMeter {
    private let stream: StandardStream
    private let isBar: Bool
    private var plan: ProgressPlan
    private var isShown = false

    /// A meter of `title`, of which there are `total`, if that is known, and `done` are done already.
    init(_ title: String, total: Int?, from done: Int = 0, to stream: StandardStream = .error) {
        self.stream = stream
        isBar = Terminal.canPaint(stream)
        plan = ProgressPlan(
            title: title, total: total, from: done, isBar: isBar, start: MonotonicClock.milliseconds())
    }

    /// So much is done; `note` is what else there is to say.
    mutating func update(_ done: Int, note: String = "") {
        guard let bar = plan.update(done, note: note, now: MonotonicClock.milliseconds()) else { return }
        if isBar {
            let width = (Terminal.size(stream)?.columns ?? 80) - 1
            // Written over what stood there, then the rest of the line is cleared.
            stream.write("\r" + bar.line(width: width) + "\u{1B}[K")
            isShown = true
        } else {
            stream.writeLine(bar.text)
        }
    }

    /// Another total is known by now.
    mutating func setTotal(_ total: Int?) { plan.total = total }

    /// Takes the bar away, so that the next line begins where it stood.
    mutating func finish() {
        if isShown { stream.write("\r\u{1B}[K") }
        isShown = false
    }
}
