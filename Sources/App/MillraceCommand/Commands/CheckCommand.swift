import Millrace
import MillraceConfig
import MillraceService

/// `millrace check CONFIG`: everything that is wrong with a config, at once.
enum CheckCommand {
    static let declaration = Command(
        "check", "says everything that is wrong with a config",
        details: [
            "Every mistake comes with its place, and with the nearest known key where one was misspelt. Nothing is started "
                + "and, without --connect, nobody is asked.",
            "--connect looks as `millrace run` does before it starts: whether brokers answer, topics are there and may "
                + "be used. What is odd but works is marked with ~, what does not work with x.",
        ],
        arguments: [.init("CONFIG", "the config, a YAML file")],
        options: [
            .flag("connect", "asks the brokers as well"),
            .flag("no-env", "leaves ${env:…} and other variables alone, and what depends on them unchecked"),
            .flag(
                "json",
                "an object a line: file, line, column, severity, message, hint; with --connect part, state, text, fix, "
                    + "file, line, column"),
            .value("credentials", .folder, "where ${credential:NAME} looks, instead of $CREDENTIALS_DIRECTORY"),
            .value("timeout", .duration(100...3_600_000), default: "10s", "how long a broker may stay away"),
        ],
        example: "millrace init > orders.yaml && millrace check orders.yaml",
        exits: [.done, .noInput, .unavailable, .notPermitted, .config],
        run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        if invocation.has("connect") && invocation.has("no-env") {
            throw MillraceError(.usage, "--connect needs the values that --no-env leaves out")
        }
        let path = try invocation.required("CONFIG")
        let loaded = try ConfigFile.load(path, invocation)
        let isJSON = invocation.has("json")
        if isJSON { try invocation.write(loaded.jsonLines) }
        guard loaded.isValid else {
            if !isJSON { try invocation.write(loaded.report) }
            return ExitCode.config.number
        }
        if let config = loaded.config, invocation.has("connect") {
            let timeout = invocation.duration("timeout") ?? 10_000
            let findings = FindingList(Preflight(config: config).run(timeout: timeout), path: path)
            if !isJSON { try invocation.write(loaded.list) }
            try invocation.write(isJSON ? findings.jsonLines : findings.text(warnings: loaded.issues.count))
            return findings.exitCode
        }
        if !isJSON { try invocation.write("\(loaded.list)\(path): \(loaded.summary)\n") }
        return ExitCode.done.number
    }
}

extension LoadedConfig {
    /// The report without its last line.
    fileprivate var list: String {
        report.isEmpty ? "" : String(report.dropLast(summary.count + 1))
    }
}
