import Kafka
import Millrace

/// What a delivery that has ended is answered with.
struct SinkAnswer: Sendable {
    /// The failed records, ascending.
    let failures: [IndexedFailure]
    /// Whether one of them has a verdict: the machine counts such answers.
    let hasVerdict: Bool
    /// The last record that is to be sent on its own: the broker refused a request with it.
    let care: RecordID?

    /// What the faults of `flight` mean.
    ///
    /// - Parameters:
    ///   - topic: the output topic, for the messages.
    ///   - limit: the topic's `max.message.bytes`.
    ///   - broken: why its producer broke and what it said; nil while it works.
    init(_ flight: SinkFlights.Flight, topic: String, limit: Int, broken: (cause: RefusalRules.Cause, text: String)?) {
        let faults = flight.faults.sorted { $0.index < $1.index }
        var failures: [IndexedFailure] = []
        failures.reserveCapacity(faults.count)
        var care: Int?
        var hasVerdict = false
        // Neighbours mostly have one fault in common: its message is made once.
        var latest: (fault: SinkFlights.Fault, failure: Failure)?
        for (index, fault) in faults {
            let failure: Failure
            if let latest, latest.fault == fault {
                failure = latest.failure
            } else {
                failure = SinkAnswer.failure(fault, flight.walk != nil, topic, limit, broken)
                latest = (fault, failure)
            }
            if SinkAnswer.needsCare(fault, flight.walk != nil) { care = index }
            if failure.kind != .untried { hasVerdict = true }
            failures.append(IndexedFailure(index, failure))
        }
        self.failures = failures
        self.hasVerdict = hasVerdict
        self.care = care.map { flight.delivery[$0].id }
    }

    private static func needsCare(_ fault: SinkFlights.Fault, _ isAlone: Bool) -> Bool {
        switch fault {
        case .code: !isAlone && RefusalRules.isRefusal(fault)
        case .needsCare: true
        case .tooLarge, .behind, .clock: false
        }
    }

    private static func failure(
        _ fault: SinkFlights.Fault, _ isAlone: Bool, _ topic: String, _ limit: Int,
        _ broken: (cause: RefusalRules.Cause, text: String)?
    ) -> Failure {
        switch fault {
        case .tooLarge(let bytes):
            let text = "the record takes \(bytes) bytes in the log, topic \(topic) takes \(limit) (max.message.bytes)"
            return .tooLarge(text)
        case .behind: return Failure(.untried, "behind a failed record")
        case .clock: return Failure(.transient, RefusalRules.clockText(topic))
        case .needsCare: return Failure(.untried, "too large for a request with others")
        case .code(let code):
            let cause = broken?.cause
            let kind = isAlone ? RefusalRules.alone(code, cause) : RefusalRules.shared(code, cause)
            if kind == .transient, RefusalRules.blame(code) == .purged, let broken { return Failure(kind, broken.text) }
            let text = "topic \(topic): \(code.name): \(code.text)"
            return kind == .poison ? .tooLarge(text) : Failure(kind, text)
        }
    }
}
