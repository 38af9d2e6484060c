import Millrace
import MillraceConfig
import MillraceJobs
import MillraceService

/// `millrace dlq redrive CONFIG`: dead letters, sent again.
enum DlqRedriveCommand {
    static let declaration = Command(
        "dlq redrive", "sends dead letters through the pipeline again",
        details: [
            "A letter of a sink goes through the pipeline to that sink alone; one that failed before the sinks goes to all of "
                + "them. The oldest of each shard goes first. The consumer group is not joined and its offsets are not touched. "
                + "What is delivered carries no header of the letter. A record that fails again is a new letter with one "
                + "redrive more.",
            "What has arrived is kept in the state folder ($STATE_DIRECTORY, $XDG_STATE_HOME/millrace or "
                + "~/.local/state/millrace): the same command sends nothing twice. After kill -9 only what was on its way "
                + "goes again: one record, or one in a thousand of what was to be sent.",
            "With --topic the records go to that topic as they had been read, whatever they failed at.",
        ],
        arguments: [.init("CONFIG", "the config, a YAML file")],
        options: LetterOptions.filter + [
            .flag("dry-run", "only counts: what would be delivered, filtered and dead again"),
            .flag("yes", "does not ask; needed where there is no terminal"),
            .value("rate", .integer("N", 1...100_000_000), "sends at most N records a second"),
            .value("topic", .topic("TOPIC"), "sends to this topic, never one of the source"),
            .value(
                "max-redrives", .integer("N", 1...1_000_000), default: "3",
                "leaves letters where they are that were sent through so often"),
        ] + LetterOptions.places,
        example: "millrace dlq redrive orders.yaml --stage sink:clean --dry-run",
        exits: [.done, .data, .noInput, .unavailable, .cannotCreate, .undone, .notPermitted, .config], run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        try Worker.blockSignals()
        guard let (config, path) = try invocation.config() else { return ExitCode.config.number }
        var order = RedriveOrder()
        order.filter = LetterOptions.filter(invocation)
        order.topic = invocation.text("topic")
        order.rate = invocation.integer("rate")
        order.maxRedrives = invocation.integer("max-redrives") ?? 3
        order.isDry = invocation.has("dry-run")
        order.isAgreed = invocation.has("yes")
        order.timeout = invocation.duration("timeout") ?? 10_000
        let log = try invocation.openLog()
        defer { log.close() }
        let redrive = Redrive(
            config, path: path, order: order, folder: try StateFolder(invocation.text("state")),
            notes: QuietNotes(log))
        return try redrive.run(JobConsole(invocation, title: "redrive \(config.name)"))
    }
}
