import Millrace

/// `millrace resolve CONFIG --sink s (--poison | --retry)`: decides a suspect outage, or lets a parked sink go on.
enum ResolveCommand {
    static let declaration = Command(
        "resolve", "decides whether a sink or its records are at fault",
        details: [
            "A sink that takes no record may be at fault, or the records may be: the worker "
                + "waits (suspect_outage) rather than guess. --poison says that the records are: they become dead letters. "
                + "--retry says that the sink is well again: it is asked at once. --retry also lets a sink go on that was "
                + "parked after a fatal error.",
            RunningWorker.detail,
        ],
        arguments: [RunningWorker.argument],
        options: [
            .required("sink", .text("NAME"), "the sink, by its name in the config"),
            .flag("poison", "the records that it refuses are at fault: they become dead letters"),
            .flag("retry", "the sink was at fault and is well again"),
        ],
        example: "millrace resolve --sink clean --retry orders.yaml", exits: RunningWorker.exits
    ) { (invocation) throws(MillraceError) in
        let (isPoison, isRetry) = (invocation.has("poison"), invocation.has("retry"))
        guard isPoison != isRetry else {
            throw MillraceError(.usage, "one of --poison and --retry is needed")
        }
        let decision = isPoison ? "poison" : "retry"
        return try RunningWorker.command(
            "resolve", [("sink", try invocation.required("sink")), ("decision", decision)], invocation)
    }
}
