import Millrace

extension ClientOptions {
    /// The keys of a source, which must say where its brokers are.
    static let sourceKeys: [Key] =
        [
            .required(
                "brokers", .string, example: "localhost:9092",
                "Where the brokers are: `host:port[,host:port]…`, or `embedded`.")
        ] + rest

    /// The keys of a sink or of `dead_letter`.
    static let keys: [Key] =
        [
            Key(
                "brokers", .string, example: "localhost:9092",
                "Where the brokers are: `host:port[,host:port]…`, or `embedded`; the source's unless given. On the"
                    + " source's brokers its `tls` and `sasl` hold too.")
        ] + rest

    private static let rest: [Key] = [
        Key(
            "tls",
            .object(Key.certificates), "Connect by TLS; `{}` where the system's certificates do."),
        Key(
            "sasl",
            .object([
                .required(
                    "mechanism", .choice(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]), example: "SCRAM-SHA-512",
                    "How the password is shown."),
                .required("username", .string, example: "orders-worker", "Who connects."),
                .required(
                    "password", .string, example: "\"${credential:kafka}\"",
                    "The password; better `${credential:NAME}` than in the file."),
            ]), "Say who connects."),
        Key(
            "properties", .map, example: "{ socket.keepalive.enable: true }",
            "Any other property of librdkafka by its own name, except those that Millrace sets itself; values are checked."
        ),
    ]
}
