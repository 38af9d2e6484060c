import Millrace
import MillraceConfig
import MillraceJobs
import MillraceService
import Platform

/// `millrace replay CONFIG`: a range of the source's log, read again.
enum ReplayCommand {
    static let declaration = Command(
        "replay", "sends a range of the source through the pipeline again",
        details: [
            "A place is \(Place.form). --to is exclusive; without it the range ends where the logs end at the start, and "
                + "latest and now mean the same. A time is looked up by the broker: the first record as late as that.",
            "Without a sink it is a dry run, which counts and delivers nothing. The consumer group is not joined and "
                + "its offsets are not touched. Every sink that is named counts as required.",
            "Progress is kept in the state folder ($STATE_DIRECTORY, $XDG_STATE_HOME/millrace or "
                + "~/.local/state/millrace). After an interruption the same command goes on with --resume; what was "
                + "delivered in the last second before a kill is delivered again.",
        ],
        arguments: [.init("CONFIG", "the config, a YAML file")],
        options: [
            .required("from", .place, "the first place"),
            .value("to", .place, "the place to stop before"),
            .repeated("shard", .shard, "only this shard"),
            .repeated("sink", .text("SINK"), "delivers to this sink"),
            .flag("all-sinks", "delivers to all sinks"),
            .value("rate", .integer("N", 1...100_000_000), "reads at most N records a second"),
            .flag("resume", "goes on where the same replay was interrupted"),
            .flag("restart", "begins anew where the same replay was interrupted"),
            .value("state", .folder, "where progress is kept"),
            .value("credentials", .folder, "where ${credential:NAME} looks, instead of $CREDENTIALS_DIRECTORY"),
            .value("timeout", .duration(100...3_600_000), default: "10s", "how long a broker may stay away"),
        ],
        example: "millrace replay orders.yaml --from -2h --to now --sink archive",
        exits: [.done, .noInput, .unavailable, .cannotCreate, .undone, .notPermitted, .config],
        run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        try Worker.blockSignals()
        let order = try order(invocation)
        guard let (config, path) = try invocation.config() else { return ExitCode.config.number }
        let log = try invocation.openLog()
        defer { log.close() }
        let folder = try StateFolder(invocation.text("state"))
        let replay = Replay(config, path: path, order: order, folder: folder, notes: QuietNotes(log))
        return try replay.run(JobConsole(invocation, title: "replay \(config.name)"))
    }

    private static func order(_ invocation: Invocation) throws(MillraceError) -> ReplayOrder {
        var order = ReplayOrder(from: try invocation.required("from"))
        order.to = invocation.text("to")
        order.shards = invocation.texts("shard").compactMap { ShardID($0) }
        let names = invocation.texts("sink")
        let isAll = invocation.has("all-sinks")
        if isAll && !names.isEmpty { throw MillraceError(.usage, "--sink and --all-sinks exclude each other") }
        order.sinks = isAll ? .all : names.isEmpty ? .none : .some(names)
        order.rate = invocation.integer("rate")
        if invocation.has("resume") && invocation.has("restart") {
            throw MillraceError(.usage, "--resume and --restart exclude each other")
        }
        order.start = invocation.has("resume") ? .resume : invocation.has("restart") ? .restart : .fresh
        order.timeout = invocation.duration("timeout") ?? 10_000
        try order.checkRange(now: WallClock.now())
        return order
    }
}

extension ValueForm {
    /// A place in a log.
    static let place = ValueForm.checked("PLACE", example: "earliest, 2026-01-31T12:00:00Z, -2h or an offset") {
        Place($0) != nil
    }
}
