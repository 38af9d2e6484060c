import Millrace
import MillraceConfig
import MillraceJobs
import Platform

/// `millrace try CONFIG [FILE]`: what would become of records, without a broker.
enum TryCommand {
    static let declaration = Command(
        "try", "shows what becomes of records, without a broker",
        details: [
            "Each line is the payload of a record, as it would come from the source. It goes through decode, the transforms "
                + "and what each sink has of its own; nothing is delivered."
        ],
        arguments: [
            .init("CONFIG", "the config, a YAML file"),
            .optional("FILE", "the records, a line each; standard input where it is left out or -"),
        ],
        options: [
            .flag(
                "json",
                "an object a line: record, outcome, deliveries (sink, payload or payload_base64), for dead ones "
                    + "stage, reason, error"),
            .value("credentials", .folder, "where ${credential:NAME} looks, instead of $CREDENTIALS_DIRECTORY"),
        ],
        example: """
            millrace init > orders.yaml
            echo eyJ0eXBlIjoib3JkZXIuY3JlYXRlZCIsImFtb3VudCI6MTIwfQ== |
              millrace try orders.yaml
            """,
        exits: [.done, .data, .noInput, .config],
        run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        let loaded = try ConfigFile.load(try invocation.required("CONFIG"), invocation)
        guard let config = loaded.config, loaded.isValid else {
            invocation.surroundings.error.write(loaded.report)
            return ExitCode.config.number
        }
        var lines = try LineReader(invocation.argument("FILE") ?? "-", standard: invocation.surroundings.input)
        let trial = Trial(config)
        let isJSON = invocation.has("json")
        var counts = TrialCounts()
        while let line = try lines.next() {
            let result = trial.run(line)
            counts.add(result)
            let text = TrialText(result, record: lines.number)
            try invocation.write(isJSON ? text.json : text.plain)
        }
        if !isJSON { try invocation.write("\(counts.summary)\n") }
        return counts.dead > 0 ? ExitCode.data.number : ExitCode.done.number
    }
}
