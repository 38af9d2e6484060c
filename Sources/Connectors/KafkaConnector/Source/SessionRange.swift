import Kafka
import Millrace

/// How long brokers let a member of a group be silent, milliseconds.
struct SessionRange: Sendable, Hashable {
    let least: Int64
    let most: Int64

    /// The range that a broker's `settings` tell; nil where they do not.
    init?(_ settings: [String: String]) {
        func time(_ name: String) -> Int64? { settings[name].flatMap { Int64($0) } }
        guard let least = time("group.min.session.timeout.ms"), let most = time("group.max.session.timeout.ms") else {
            return nil
        }
        self.least = least
        self.most = most
    }

    /// What is wrong with `session`, which stands at `place`; nil where it is allowed.
    func refusal(_ session: Int64, at place: ConfigPlace?) -> MillraceError? {
        guard session < least || session > most else { return nil }
        return MillraceError(
            .config, SessionRange.words(session, "they allow \(least) to \(most)"),
            remedy: SessionRange.remedy("as they are set"), at: place)
    }

    /// What is said of a `session` that brokers refuse, for the reason `why`.
    static func words(_ session: Int64, _ why: String) -> String {
        "the brokers refuse session.timeout.ms of \(session) (source.kafka.properties): \(why)"
    }

    /// What to do about that; `bounds` is what is known of the range.
    static func remedy(_ bounds: String) -> String {
        "from the brokers' group.min.session.timeout.ms to their group.max.session.timeout.ms is allowed, \(bounds); "
            + "leave it out for 10000"
    }
}
