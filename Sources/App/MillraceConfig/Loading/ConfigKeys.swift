import Millrace

/// The keys that Millrace itself declares; those of kinds stand beside the kinds.
enum ConfigKeys {
    private static let anyTime: ClosedRange<Int64> = 0...(365 * 86_400_000)

    static let top: [Key] = [
        .required("name", .string, example: "orders", "The pipeline's name, in metrics, client ids and dead letters."),
        .required("source", .node, "Where records come from: one kind and its keys."),
        Key("batch", .object(batch), default: "{}", "When a batch closes: at the first limit that is reached."),
        Key("decode", .node, default: "none", example: "base64", "How payloads are decoded."),
        Key("transforms", .node, default: "[]", "What is done to every record, in order."),
        .required("sinks", .node, "Where records go: names, each with one kind and its keys."),
        .required("dead_letter", .node, "Where records go that cannot be delivered: a mapping, or park."),
        Key("limits", .object(limits), default: "{}", "Memory, and the time that an end may take."),
        Key("admin", .object(admin), default: "{}", "Where metrics, status and operators' commands are served."),
        Key("tests", .node, default: "[]", "Cases for millrace test: a list of mappings with the keys below."),
    ]

    /// The keys of a case under `tests`.
    static let test: [Key] = [
        .required("name", .string, example: "a large order is delivered", "What the case shows."),
        .required(
            "input", .node, example: "aGVsbG8=",
            "The record: its payload as on the wire, or a mapping with value (null for a tombstone), key and headers."),
        Key(
            "sinks", .node, default: "{}", example: "{ clean: ['{\"id\":1}'] }",
            "What each sink is given: its payloads in order. A sink that is left out gets nothing."),
        Key(
            "dead", .choice(["false", "true"] + DeadLetter.Reason.allCases.map(\.rawValue)), default: "false",
            "Whether the record is dead somewhere, or for which reason."),
    ]

    /// The keys of `input` under `tests`, where it is a mapping.
    static let testInput: [Key] = [
        .required("value", .node, example: "aGVsbG8=", "The payload as on the wire; null for a tombstone."),
        Key("key", .string, example: "c-17", "The key."),
        Key("headers", .map, example: "{ trace: abc }", "The headers; no transform sees them."),
    ]

    static let batch: [Key] = [
        Key("records", .integer(1...100_000), default: "1000", "The most records of a batch."),
        Key("bytes", .size(1024...(256 << 20)), default: "1MiB", "The most bytes of a batch, after its first record."),
        Key(
            "window", .duration(0...60_000, allowsInfinite: false), default: "10ms",
            "How long a batch waits for more records after its first."),
    ]

    static let limits: [Key] = [
        Key("memory", .size((32 << 20)...(1 << 40)), default: "512MiB", "What the worker may hold of records."),
        Key(
            "drain", .duration(0...3_600_000, allowsInfinite: false), default: "25s",
            "How long work in flight may go on after a signal to stop."),
        Key(
            "revoke", .duration(0...3_600_000, allowsInfinite: false), default: "5s",
            "How long work in flight may go on when shards are taken away; below max.poll.interval.ms."),
    ]

    static let admin: [Key] = [
        Key(
            "listen", .string, default: defaultListen,
            "Where HTTP is served, read only: an address and a port, or none. A busy port ends the start, unless it is "
                + "the default."),
        Key(
            "socket", .string, example: "orders.sock",
            "The control socket's path; by default NAME.sock in $RUNTIME_DIRECTORY, else millrace-NAME.sock in "
                + "$XDG_RUNTIME_DIR or the temporary folder."),
    ]

    /// Where HTTP is served unless the config says otherwise.
    static let defaultListen = "127.0.0.1:9600"

    /// The keys of a sink beside its kind.
    static let sink: [Key] = [
        Key("when", .node, example: "{ country: [DE, FR] }", "A pattern: only records that match go to this sink."),
        Key("transforms", .node, default: "[]", "What is done for this sink alone, after the shared transforms."),
        Key("required", .boolean, default: "true", example: "false", "Whether the checkpoint waits for this sink."),
        Key(
            "max_lag", .size((1 << 20)...(1 << 40)), example: "64MiB",
            "What may wait for a sink that is not required (64MiB unless given); beyond, the oldest is given up."),
        Key("retry", .object(retry), default: "{}", "How failures are tried again."),
        Key("breaker", .object(breaker), default: "{}", "When the sink counts as down."),
    ]

    static let retry: [Key] = [
        Key("max_attempts", .integer(1...1_000_000), default: "8", "Attempts before a failed delivery is halved."),
        Key("base_delay", .duration(1...3_600_000, allowsInfinite: false), default: "100ms", "The first back-off."),
        Key(
            "max_delay", .duration(1...86_400_000, allowsInfinite: false), default: "30s",
            "The longest back-off; it doubles up to here."),
        Key(
            "max_age", .duration(anyTime, allowsInfinite: true), default: "infinite",
            "How long after its first failure a delivery is tried again before it is halved."),
    ]

    static let breaker: [Key] = [
        Key("failure_threshold", .integer(1...1_000_000), default: "5", "Deliveries failed in a row that open it."),
        Key(
            "recovery_timeout", .duration(1...86_400_000, allowsInfinite: false), default: "60s",
            "How long it stays open before one delivery probes."),
    ]

    /// The keys of `dead_letter` beside those of the source's writer.
    static let deadLetter: [Key] = [
        Key(
            "unwitnessed", .integer(0...1_000_000), default: "3",
            "Records in a row that a sink may lose on suspicion alone, before it delivers one."),
        Key(
            "expire", .durationOrNever(1000...(365 * 86_400_000)), default: "never",
            "How long after its first failure a record waits at a sink before it is a dead letter, whoever is at fault."
        ),
    ]

    /// What `max_lag` is for an optional sink that does not say.
    static let defaultMaxLag = 64 << 20
}
