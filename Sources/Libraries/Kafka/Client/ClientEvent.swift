import CRdkafka

/// What any client may say of itself.
public enum ClientEvent: Sendable {
    /// Something went wrong. Mostly the client goes on trying by itself; a fatal error is the end of it.
    case error(KafkaError)
    /// A line for the log.
    case log(KafkaLogLine)
    /// librdkafka's statistics, JSON, where `statistics.interval.ms` asks for them.
    case statistics(String)

    /// Nil for an event that is none of these.
    init?(_ event: OpaquePointer) {
        switch unsafe rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_ERROR: self = .error(unsafe KafkaError(event: event))
        case RD_KAFKA_EVENT_LOG:
            var facility: UnsafePointer<CChar>?
            var text: UnsafePointer<CChar>?
            var level: Int32 = 0
            guard unsafe rd_kafka_event_log(event, &facility, &text, &level) == 0 else { return nil }
            self = .log(
                KafkaLogLine(
                    level: Int(level), facility: unsafe facility.map { unsafe String(cString: $0) } ?? "",
                    text: unsafe text.map { unsafe String(cString: $0) } ?? ""))
        case RD_KAFKA_EVENT_STATS:
            guard let text = unsafe rd_kafka_event_stats(event) else { return nil }
            self = .statistics(unsafe String(cString: text))
        default: return nil
        }
    }
}

extension KafkaError {
    /// What an event says went wrong.
    init(event: OpaquePointer) {
        self.init(
            KafkaErrorCode(unsafe rd_kafka_event_error(event)),
            unsafe rd_kafka_event_error_string(event).map { unsafe String(cString: $0) },
            isFatal: unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR
                && rd_kafka_event_error_is_fatal(event) != 0)
    }
}
