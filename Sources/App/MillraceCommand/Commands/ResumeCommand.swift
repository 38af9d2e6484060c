import Millrace

/// `millrace resume CONFIG (--shard t:n | --sink s)`: lets go on what was paused.
enum ResumeCommand {
    static let declaration = Command(
        "resume", "lets a paused shard or sink of the running worker go on",
        details: [
            "Takes the words that it was paused with: a shard that waits for a paused sink goes on when the sink does.",
            RunningWorker.detail,
        ],
        arguments: [RunningWorker.argument], options: [.shard, .sink],
        example: "millrace pause orders.yaml --sink clean\nmillrace resume orders.yaml --sink clean",
        exits: RunningWorker.exits
    ) { (invocation) throws(MillraceError) in
        try RunningWorker.command("resume", PauseCommand.target(invocation), invocation)
    }
}
