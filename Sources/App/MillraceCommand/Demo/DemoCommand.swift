import Kafka
import KafkaConnector
import Millrace
import MillraceConfig
import MillraceEngine
import MillraceService
import Platform

/// `millrace demo`: the whole thing on the embedded broker, without any set-up.
enum DemoCommand {
    static let declaration = Command(
        "demo", "runs a pipeline over generated orders on an embedded broker",
        details: [
            "Generated orders go through base64, a filter and a projection to a topic and to a file; one in 500 is not "
                + "base64 and one in 700 is cut short: those end in the dead letter topic, and nothing else does.",
            "It ends by itself after --records or --for (20 s where neither is given), counts what the topics hold, and "
                + "succeeds only if that and the books agree.",
        ],
        options: [
            .value("records", .integer("N", 1...100_000_000), "how many orders to send"),
            .value("for", .duration(1_000...86_400_000), "how long to go on"),
        ],
        example: "millrace demo --records 100000",
        exits: [.done, .internal, .undone],
        run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        try Worker.blockSignals()
        let broker = try EmbeddedBrokers.shared.broker(topics: DemoConfig.topics)
        try invocation.write("broker \(broker.bootstrap) ready; joining the group takes 3 s here\n")
        let folder = try DemoFolder()
        defer { folder.remove() }
        let config = try DemoConfig.load(invocation.surroundings.registry, archive: folder.path)
        let records = invocation.integer("records")
        let limit = invocation.duration("for") ?? (records == nil ? 20_000 : nil)
        let traffic = try DemoTraffic(brokers: broker.bootstrap, topic: DemoConfig.source, records: records)
        let view = DemoProgress(traffic, output: invocation.surroundings.output, limit: limit)
        // Beside the result only what people should look at: dead letters are part of the show.
        let log = try invocation.openLog()
        defer { log.close() }
        var hooks = Worker.Hooks()
        hooks.isDone = { snapshot, source in view.look(snapshot, source) }
        let worker = Worker(config, path: "demo", version: Version.current, notes: log, hooks: hooks)
        let outcome = worker.run()
        traffic.stop()
        guard let snapshot = outcome.snapshot else { return outcome.exitCode }
        return try conclude(invocation, outcome, snapshot, sent: traffic.sent)
    }

    /// Prints the books and holds them against what the topics really hold.
    private static func conclude(
        _ invocation: Invocation, _ outcome: Worker.Outcome, _ snapshot: WorkerSnapshot, sent: Int
    ) throws(MillraceError) -> Int32 {
        let books = BooksText(snapshot, sinks: outcome.sinks)
        for line in books.lines { try invocation.write(line + "\n") }
        let held = try DemoConfig.held()
        let (clean, dead) = (snapshot.books[0].delivered, snapshot.books[0].deadLettered)
        try invocation.write(
            "\(sent) orders sent; \(DemoConfig.clean) holds \(held.clean), \(DemoConfig.letters) holds \(held.letters)\n"
        )
        guard outcome.exitCode == 0 else { return outcome.exitCode }
        let agrees = books.isBalanced && held.clean == clean && held.letters == dead
        if !agrees {
            invocation.surroundings.error.writeLine("millrace demo: the topics do not hold what the books say")
        }
        return agrees ? 0 : MillraceError.Code.internal.exitCode
    }
}
