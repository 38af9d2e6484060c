import Kafka
import Millrace
import Platform

/// What librdkafka complains about, and what is done then.
extension SourceControl {
    func meet(_ error: KafkaError, _ partition: TopicPartition?) {
        if error.isFatal {
            guard error.code == .fenced || error.code == .fencedInstance else {
                owner.fail(MillraceError(.internal, "the consumer of group \(settings.group) ended: \(error.message)"))
                return
            }
            fence()
            return
        }
        switch error.code {
        case .invalidSessionTimeout, .invalidGroup:
            refuse(error)
        case .inconsistentGroupProtocol:
            meetStrangers(error)
        case .transport, .allBrokersDown, .resolve, .timedOut, .authentication, .tls:
            set(problem: "no broker answers at \(settings.brokers): \(error.message)")
            note(.warn, "waiting", [("for", "broker"), ("brokers", settings.brokers), ("error", error.message)])
        default:
            let place = partition.map { "\($0.topic):\($0.partition)" } ?? settings.topics.joined(separator: ",")
            if error.code == .unknownTopicOrPartition { doubt(partition.map { [$0.topic] } ?? settings.topics) }
            note(.warn, "source-error", [("shard", place), ("error", error.message)])
        }
    }

    /// The group's members share out by a strategy that is not ours. librdkafka asks again until it is let in.
    private func meetStrangers(_ error: KafkaError) {
        let what = "group \(settings.group) has members that share out by another strategy than range"
        set(problem: "\(what): \(error.message)")
        note(
            .warn, "waiting",
            [
                ("for", "group"), ("error", "\(what): \(error.message)"),
                ("fix", "stop the others or have them offer range too, or name another source.kafka.group"),
            ])
    }

    /// The broker refuses what the config says, and will not take it later. A worker that has been a member has been told
    /// otherwise before: it waits for the brokers' settings to be mended.
    private func refuse(_ error: KafkaError) {
        let isSession = error.code == .invalidSessionTimeout
        let what =
            isSession
            ? SessionRange.words(settings.session, error.message)
            : "the brokers refuse source.kafka.group \"\(settings.group)\": \(error.message)"
        let fix =
            isSession
            ? SessionRange.remedy("6000 to 1800000 unless they are set otherwise")
            : "name another group"
        guard !source.hasJoined else {
            set(problem: what)
            note(.warn, "waiting", [("for", "broker"), ("error", what), ("fix", fix)])
            return
        }
        guard !hasFailed else { return }
        hasFailed = true
        owner.fail(MillraceError(.config, what, remedy: fix))
    }

    /// Another member of our name has joined: the shards are its own already. They end here without a commit, and what is
    /// not committed is read again there.
    private func fence() {
        guard !isFenced else { return }
        isFenced = true
        revoke?.lost = true
        beginRevoke(lost: true)
        let instance = settings.instance ?? ""
        let who = "another worker runs as instance \(instance) of group \(settings.group)"
        if fences.fenced(at: MonotonicClock.milliseconds()) {
            set(problem: "fenced: \(who)")
            note(
                .warn, "fenced",
                [
                    ("instance", instance), ("group", settings.group),
                    ("note", "\(who) and has taken the shards; joins once more"),
                ])
        } else {
            hasFailed = true
            owner.fail(
                MillraceError(
                    .fenced, "fenced twice within a session (\(settings.session)ms): \(who) and has taken the shards",
                    remedy: "stop one of the two, or give each a source.kafka.instance of its own; nothing is lost"))
        }
    }

    /// Records on the main queue are a fault of ours (a queue that was not detached in time). They are not lost: the
    /// engine finds the jump in the offsets and seeks back.
    func meetStray(_ records: [TopicPartition]) {
        guard let first = records.first else { return }
        note(
            .error, "stray-records",
            [
                ("shard", "\(first.topic):\(first.partition)"), ("offset", String(first.offset)),
                ("count", String(records.count)),
            ])
    }

    func set(problem: String?) { source.view.withLock { $0.trouble = problem } }

    func note(_ level: NoteLevel, _ event: String, _ fields: [(name: String, value: String)]) {
        source.notes.note(Note(level, event, fields))
    }
}
