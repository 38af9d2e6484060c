import Kafka
import Millrace

/// Passes what a client says of itself on to the log.
struct ClientNotes: Sendable {
    /// Which client: `sink:clean`, `source`, `dead_letter`.
    let client: String
    let notes: any NoteTaker

    /// Notes `event`, if it is for the log.
    func take(_ event: ClientEvent) {
        switch event {
        case .error(let error):
            // Fatal ones are dealt with by who owns the client, who also says what it means.
            guard !error.isFatal && error.code != .fatal else { return }
            // Said as well where brokers merely hang up on connections that nobody uses. Those that cannot be reached have
            // an error each, with the reason.
            let level: NoteLevel = error.code == .allBrokersDown ? .debug : .warn
            note(level, "kafka-error", [("code", error.name), ("text", error.message)])
        case .log(let line):
            guard line.facility != "FATAL", !ClientNotes.isKnown(line) else { return }
            let level = ClientNotes.isExpected(line) ? .debug : ClientNotes.level(line.level)
            note(level, "librdkafka", [("facility", line.facility), ("text", line.text)])
        case .statistics: break
        }
    }

    /// Notes `event` of this client.
    func note(_ level: NoteLevel, _ event: String, _ fields: [(name: String, value: String)]) {
        notes.note(Note(level, event, [("client", client)] + fields))
    }

    /// A warning, at every producer's birth, of a property that we set on purpose.
    private static func isKnown(_ line: KafkaLogLine) -> Bool {
        line.facility == "CONFWARN" && line.text.contains("enable.gapless.guarantee")
    }

    /// Our level for syslog's. Most of what librdkafka calls an error it goes on from by itself.
    private static func level(_ syslog: Int) -> NoteLevel {
        switch syslog {
        case ...4: .warn
        case 5, 6: .info
        default: .debug
        }
    }

    /// Warnings of what is so on purpose: the gapless guarantee (which this version calls experimental), and clients
    /// that ask no broker to create topics.
    private static func isExpected(_ line: KafkaLogLine) -> Bool {
        line.facility == "CONFWARN" || line.facility == "AUTOCREATE"
    }
}
