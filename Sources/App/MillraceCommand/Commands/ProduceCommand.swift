import Kafka
import Millrace
import Platform

/// `millrace produce`: lines as records.
enum ProduceCommand {
    static let declaration = Command(
        "produce", "sends the lines of a file or of standard input as records",
        details: [
            "A line is a record, without its line feed; an empty line is an empty record. Records with a key go to the "
                + "partition that Java clients choose for it, others anywhere. Millrace creates no topics.",
            "The last line says how many records the brokers have acknowledged. One that they refuse is named by its "
                + "line, and the exit code says so.",
        ],
        arguments: [.optional("FILE", "the lines; standard input where it is left out or -")],
        options: [
            .required("brokers", .text("HOST:PORT"), "the brokers, with commas between them"),
            .required("topic", .topic("NAME"), "the topic"),
            .flag("base64", "encodes each payload"),
            .flag("keyed", "a line is key, tab, payload"),
            .value(
                "timeout", .duration(100...3_600_000), default: "10s",
                "how long a broker may stay away, and a record unacknowledged"),
        ],
        example: """
            echo '{"id":1}' |
              millrace produce --brokers localhost:9092 --topic orders --base64
            """,
        exits: [.done, .data, .noInput, .unavailable, .notPermitted, .config],
        run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        let path = invocation.argument("FILE") ?? "-"
        let timeout = invocation.duration("timeout") ?? 10_000
        var lines = try LineReader(path, standard: invocation.surroundings.input)
        let sender = try LineSender(
            brokers: try invocation.required("brokers"), topic: try invocation.required("topic"), timeout: timeout)
        defer { sender.close() }
        let form = LineForm(isKeyed: invocation.has("keyed"), isBase64: invocation.has("base64"))
        var problem: MillraceError?
        do throws(MillraceError) {
            while let line = try lines.next() { try sender.send(try form.record(line, number: lines.number)) }
        } catch {
            // What was read before the mistake is sent all the same, and told of.
            problem = error
        }
        sender.finish(timeout)
        try invocation.write(sender.summary)
        if let error = problem ?? sender.problem { throw error }
        return ExitCode.done.number
    }
}
