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
            "Generated orders go through base64, a filter and a projection to a topic and to a file. On a terminal you see "
                + "shards, sinks, dead letters and the books, and what happens in words; p sends bad orders, o takes a "
                + "sink down and brings it back, q ends it.",
            "Without a terminal, and with --records, one order in 500 is not base64 and one in 700 is cut short: those end "
                + "in the dead letter topic, and nothing else does. It then ends by itself after --records or --for (20 s "
                + "where neither is given).",
            "At its end it counts what the topics hold, and succeeds only if that and the books agree.",
        ],
        options: [
            .value("records", .integer("N", 1...100_000_000), "how many orders to send, as fast as they are read"),
            .value("for", .duration(1_000...86_400_000), "how long to go on, from the first order that is read"),
        ],
        example: "millrace demo --records 100000",
        exits: [.done, .internal, .cannotCreate, .undone],
        run: run)

    /// How many orders a second are sent, unless their number is given.
    private static let rate = 1_000

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        try Worker.blockSignals()
        let around = invocation.surroundings
        let isLive = LiveView.isPossible(input: around.input, output: around.output)
        let broker = try EmbeddedBrokers.shared.broker(topics: DemoConfig.topics)
        if !isLive { try invocation.write("broker \(broker.bootstrap) ready; joining the group takes 3 s here\n") }
        let folder = try DemoFolder()
        defer { folder.remove() }
        let trouble = DemoTrouble()
        let registry = around.registry.adding(DemoSinkKind(trouble))
        let config = try DemoConfig.load(registry, archive: folder.path)
        let records = invocation.integer("records")
        let traffic = try DemoTraffic(
            brokers: broker.bootstrap, topic: DemoConfig.source,
            DemoTraffic.Plan(
                records: records, rate: records == nil ? rate : nil, hasPoison: !isLive || records != nil))
        // A log on the terminal would be painted over; what matters of it is part of the view.
        let log = isLive && Terminal.isTerminal(around.error) ? nil : try invocation.openLog()
        defer { log?.close() }
        let notes = DemoNotes(log: log)
        let limit = invocation.duration("for") ?? (records == nil && !isLive ? 20_000 : nil)
        let watch = DemoWatch(traffic, trouble, output: isLive ? nil : around.output, limit: limit)
        let view = isLive ? try show(watch, traffic, trouble, notes, broker.bootstrap, around) : nil
        var hooks = Worker.Hooks()
        hooks.isDone = { snapshot, source in watch.look(snapshot, source) }
        let worker = Worker(config, path: "demo", version: Version.current, notes: notes, hooks: hooks)
        let outcome = worker.run()
        traffic.stop()
        view?.stop()
        if log == nil { for fault in notes.heard.faults { around.error.writeLine("millrace demo: \(fault)") } }
        guard let snapshot = outcome.snapshot else { return outcome.exitCode }
        return try conclude(invocation, outcome, snapshot, traffic)
    }

    private static func show(
        _ watch: DemoWatch, _ traffic: DemoTraffic, _ trouble: DemoTrouble, _ notes: DemoNotes, _ broker: String,
        _ around: Surroundings
    ) throws(MillraceError) -> DemoView {
        do throws(SystemError) {
            let view = try DemoView(watch, traffic, trouble, notes, broker: broker, around)
            try view.start()
            return view
        } catch { throw MillraceError(.internal, "\(error)") }
    }

    /// Prints the books and holds them against what the topics really hold.
    private static func conclude(
        _ invocation: Invocation, _ outcome: Worker.Outcome, _ snapshot: WorkerSnapshot, _ traffic: DemoTraffic
    ) throws(MillraceError) -> Int32 {
        let books = BooksText(snapshot, sinks: outcome.sinks)
        for line in books.lines { try invocation.write(line + "\n") }
        let held = try DemoConfig.held()
        let (clean, dead) = (snapshot.books[0].delivered, snapshot.books[0].deadLettered)
        let injected = traffic.injected > 0 ? " (\(traffic.injected) bad ones by key)" : ""
        try invocation.write(
            "\(traffic.sent) orders sent\(injected); \(DemoConfig.clean) holds \(held.clean), "
                + "\(DemoConfig.letters) holds \(held.letters)\n"
        )
        guard outcome.exitCode == 0 else { return outcome.exitCode }
        let agrees = books.isBalanced && held.clean == clean && held.letters == dead
        if !agrees {
            invocation.surroundings.error.writeLine("millrace demo: the topics do not hold what the books say")
        }
        return agrees ? 0 : MillraceError.Code.internal.exitCode
    }
}
