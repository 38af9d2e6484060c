import Millrace

/// `millrace pause CONFIG (--shard t:n | --sink s)`: holds a shard or a sink of the running worker.
enum PauseCommand {
    static let declaration = Command(
        "pause", "holds a shard or a sink of the running worker",
        details: [
            "What is in flight ends, nothing more is sent, and nothing is lost: the checkpoint waits. The pause lasts until "
                + "`millrace resume` or a restart. A shard that waits for a required sink reads no further; an optional sink "
                + "that is paused for long is given up on beyond its max_lag.",
            RunningWorker.detail,
        ],
        arguments: [RunningWorker.argument], options: [.shard, .sink],
        example: "millrace pause orders.yaml --sink clean", exits: RunningWorker.exits
    ) { (invocation) throws(MillraceError) in
        try RunningWorker.command("pause", target(invocation), invocation)
    }

    /// The shard or the sink of the command line, which must name one of them.
    static func target(_ invocation: Invocation) throws(MillraceError) -> [(name: String, value: String)] {
        switch (invocation.text("shard"), invocation.text("sink")) {
        case (let shard?, nil): return [("shard", shard)]
        case (nil, let sink?): return [("sink", sink)]
        case (nil, nil):
            throw MillraceError(.usage, "nothing to \(invocation.command.name)", remedy: "give --shard or --sink")
        default: throw MillraceError(.usage, "--shard and --sink exclude each other")
        }
    }
}
