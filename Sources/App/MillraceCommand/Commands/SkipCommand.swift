import Millrace

/// `millrace skip CONFIG --shard t:n --offset o --reason R`: makes a record that waits a dead letter.
enum SkipCommand {
    static let declaration = Command(
        "skip", "makes a record that waits at a sink a dead letter",
        details: [
            "For a record that holds up its shard while the sink may be at fault or the record. Nothing is lost: it is written to "
                + "the dead letter topic, with the reason given as its error, and the shard goes on behind it. Refused while "
                + "the record is in flight, and where dead_letter is park.",
            RunningWorker.detail,
        ],
        arguments: [RunningWorker.argument],
        options: [
            .required("shard", .shard, "the record's shard"),
            .required("offset", .integer("N", 0...Int.max), "the record's offset"),
            .required("reason", .text("TEXT"), "why, for those who meet the dead letter"),
        ],
        example: "millrace skip --shard orders:3 --offset 3 --reason known orders.yaml",
        exits: RunningWorker.exits
    ) { (invocation) throws(MillraceError) in
        try RunningWorker.command(
            "skip",
            [
                ("shard", try invocation.required("shard")), ("offset", "\(invocation.integer("offset") ?? 0)"),
                ("reason", try invocation.required("reason")),
            ], invocation)
    }
}
