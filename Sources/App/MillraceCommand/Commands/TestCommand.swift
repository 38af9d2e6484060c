import Millrace
import MillraceConfig
import MillraceJobs

/// `millrace test CONFIG`: the cases under `tests` of a config.
enum TestCommand {
    static let declaration = Command(
        "test", "runs the cases under tests of a config, without a broker",
        details: [
            "A case is a record and what is to become of it: { name, input, sinks, dead }. input is the payload as it comes "
                + "from the source, or { value, key, headers }; sinks has the payloads that each sink is given, in order, and "
                + "a sink that is left out gets nothing; dead is false (unless given), true, or the reason.",
            "Of a case that fails, - is what was expected and + is what came.",
        ],
        arguments: [.init("CONFIG", "the config, a YAML file")],
        options: [
            .flag(
                "json",
                "an object a line: case, file, line, passed, differences (sink, payload, expected, found), remarks"),
            .value("credentials", .folder, "where ${credential:NAME} looks, instead of $CREDENTIALS_DIRECTORY"),
        ],
        example: """
            millrace init > orders.yaml
            cat >> orders.yaml <<'END'
            tests:
              - name: what is not base64 is a dead letter
                input: "!"
                dead: decode
            END
            millrace test orders.yaml
            """,
        exits: [.done, .differs, .noInput, .config],
        run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        guard let (config, path) = try invocation.config() else { return ExitCode.config.number }
        let view = JobConsole(invocation, title: "test \(config.name)")
        let isPassed = try CaseRun(config, path: path).run(view, asJSON: invocation.has("json"))
        return isPassed ? ExitCode.done.number : ExitCode.data.number
    }
}

extension ExitCode {
    /// A case failed.
    fileprivate static let differs = ExitCode(number: MillraceError.Code.data.exitCode, meaning: "a case failed")
}
