import Kafka

/// What the program says of itself.
enum Version {
    /// The version, as `--version` and the log have it.
    static let current = "0.1.0"
    /// When that version was made, for man pages.
    static let date = "2026-11-25"
    /// What `--version` prints.
    static var line: String { "millrace \(current), librdkafka \(KafkaConfiguration.libraryVersion)\n" }
    /// What it is, for the list of commands.
    static let summary =
        "reads Kafka in batches, keeps order, never skips a record, and leaves exactly the bad ones in a dead letter topic"
}
