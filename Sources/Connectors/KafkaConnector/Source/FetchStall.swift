import Kafka
import Platform

/// That the consumer fetches a partition no more, because the offset asked for is not in its log.
///
/// With `auto.offset.reset=error` librdkafka stops the partition's fetcher at such an offset, and a seek does not start it
/// again (`Erroneous state`): only another assignment does. So the lane says here what it met, and the control thread,
/// which alone assigns, looks where the log begins and ends and assigns anew when that helps. Thread safe.
final class FetchStall: Sendable {
    private struct State {
        var offset: Int64?
        var words = ""
    }

    private let place: String
    private let onMeet: @Sendable () -> Void
    private let state = Locked(State())

    /// Of `place` (`orders:3`); `onMeet` wakes who can help.
    init(_ place: String, onMeet: @escaping @Sendable () -> Void) {
        self.place = place
        self.onMeet = onMeet
    }

    /// The offset that is not in the log; nil while all is well.
    var offset: Int64? { state.withLock { $0.offset } }

    /// What is wrong, for people.
    var words: String { state.withLock { $0.words } }

    /// The lane was told that `offset` is not there.
    func meet(_ offset: Int64) {
        state.withLock { $0 = State(offset: offset, words: "offset \(offset) is not in the log of \(place)") }
        onMeet()
    }

    /// Where the log was found to be; whether it is of use to assign anew. Where it ends before the offset only time
    /// helps, or a person.
    func look(_ marks: Watermarks) -> Bool {
        state.withLock { state in
            guard let offset = state.offset else { return false }
            guard offset > marks.high else { return true }
            state.words =
                "the log of \(place) ends at \(marks.high), before offset \(offset), where reading is to go on: was the "
                + "topic made anew? It goes on when the log is that long; else stop the worker and reset the group's offsets"
            return false
        }
    }
}
