import Millrace

/// `millrace init`: a config to start from.
enum InitCommand {
    static let declaration = Command(
        "init", "prints a config to start from",
        details: [
            "It reads the topic orders at localhost:9092, keeps the large ones, and writes a smaller object to a topic "
                + "and to a file. Edit it, check it, run it."
        ],
        example: "millrace init > orders.yaml",
        exits: [.done, .cannotCreate]
    ) { (invocation) throws(MillraceError) in
        try invocation.write(config)
        return ExitCode.done.number
    }

    /// The same text as config/quickstart.yaml.
    static let config = """
        # A pipeline to start from: reads `orders`, keeps the large ones, writes a smaller object to a topic and a file.
        # `millrace check FILE` says what is wrong with it, `millrace run FILE` runs it.
        name: orders

        source:
          kafka:
            brokers: localhost:9092
            topics: [orders]
            group: orders-worker
            start: earliest                # at the group's first start only; after that the checkpoint counts

        decode: base64

        transforms:
          - filter: { type: [order.created], amount: [{ numeric: [">=", 100] }] }
          - project: { id: id, total: amount, country: address.country }

        sinks:
          clean:
            kafka: { topic: orders-clean }
          archive:
            file: { path: "out/orders-{shard}.jsonl", rotate: 64MiB }
            required: false                # holds nothing up; what it could not take is counted and named
            max_lag: 64MiB

        dead_letter: { topic: orders.dlq }

        """
}
