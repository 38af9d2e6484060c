import Millrace
import MillraceConfig
import MillraceJobs
import MillraceService

/// `millrace seek CONFIG`: the checkpoint of a stopped group, moved.
enum SeekCommand {
    static let declaration = Command(
        "seek", "moves the checkpoint of a stopped group",
        details: [
            "Without --apply it shows where each shard stands, where it would stand, how many records would be read again or "
                + "skipped, and who set the present place; with it it does so and prints the command that undoes it.",
            "A place is \(Place.form); an offset needs --shard where there are several shards. A time is looked up by the "
                + "broker: the first record as late as that, or the end of the log.",
            "Back, every sink is given everything from there on again. Forward, what lies between is never read, and a "
                + "sink that was ahead is not given its lead twice. A group that has members is refused, and its members "
                + "are named: stop the worker first.",
        ],
        arguments: [.init("CONFIG", "the config, a YAML file")],
        options: [
            .required("to", .place, "the place to move to"),
            .repeated("shard", .shard, "only this shard"),
            .flag("apply", "does it"),
            .value("credentials", .folder, "where ${credential:NAME} looks, instead of $CREDENTIALS_DIRECTORY"),
            .value("timeout", .duration(100...3_600_000), default: "10s", "how long a broker may stay away"),
        ],
        example: "millrace seek orders.yaml --to -2h",
        exits: [.done, .noInput, .unavailableOrLive, .notPermitted, .config],
        run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        guard let (config, path) = try invocation.config() else { return ExitCode.config.number }
        var order = SeekOrder(to: try invocation.required("to"))
        order.shards = invocation.texts("shard").compactMap { ShardID($0) }
        order.isApplied = invocation.has("apply")
        order.timeout = invocation.duration("timeout") ?? 10_000
        let log = try invocation.openLog()
        defer { log.close() }
        let seek = Seek(config, path: path, order: order, notes: log)
        let width = max(80, StatusCommand.width(invocation.surroundings.output))
        try seek.run(JobConsole(invocation, title: "seek \(config.name)"), width: width)
        return ExitCode.done.number
    }
}

extension ExitCode {
    /// No broker, or a group at work.
    fileprivate static let unavailableOrLive = ExitCode(
        number: MillraceError.Code.unavailable.exitCode, meaning: "a broker does not answer, or the group has members")
}
