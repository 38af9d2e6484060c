/// What the keeper of a Kafka sink has been asked for, and what of it comes next.
struct SinkAgenda: Sendable {
    /// A producer that a lane wants.
    struct Order: Sendable {
        let kind: SinkOutlet.Kind
        let mail: SinkMail
        /// Not before, monotonic milliseconds.
        let due: Int64
    }

    /// Something to do.
    enum Work: Sendable {
        /// Look at the topic.
        case read
        /// Make a producer.
        case connect(Order)
        /// End one.
        case end(SinkFarewell)
        /// End.
        case stop
    }

    var orders: [Order] = []
    var leaving: [SinkFarewell] = []
    /// Somebody wants the topic to be read now.
    var wantsReading = false
    /// When it is read anyway, monotonic milliseconds.
    var nextReading: Int64 = 0
    /// Without knowing the topic no producer can be made.
    var knowsTopic = false
    var isClosed = false
    /// Counts what was asked for, so that who waits sees that there may be something new to wait for.
    var asked = 0

    /// What to do now, taken out; nil for nothing. Endings come last: they take their time.
    mutating func next(_ now: Int64) -> Work? {
        if isClosed { return .stop }
        // A topic that is not there is asked for at its own pace only.
        if wantsReading && knowsTopic || now >= nextReading {
            wantsReading = false
            return .read
        }
        if knowsTopic, let index = orders.firstIndex(where: { $0.due <= now }) {
            return .connect(orders.remove(at: index))
        }
        return leaving.isEmpty ? nil : .end(leaving.removeFirst())
    }

    /// When there is something to do at the latest, if nobody asks for anything.
    var wakeAt: Int64 {
        guard knowsTopic else { return nextReading }
        return min(nextReading, orders.map(\.due).min() ?? .max)
    }
}
