import Millrace
import MillraceCommand
import MillraceConfig

/// Whatever stands in a file: an answer, with every place inside the file, and a config only without errors.
enum ConfigFuzz {
    static let words = [
        "name: ", "source:\n  ", "kafka: ", "brokers: ", "topics: ", "group: ", "start: ", "sinks:\n  ", "file: ",
        "stdout: {}", "http: ", "path: ", "url: ", "dead_letter: ", "park", "topic: ", "transforms:\n  - ", "filter: ",
        "project: ", "drop: ", "encode: ", "decode: ", "base64url", "when: ", "limits: ", "memory: ", "retry: ",
        "breaker: ", "required: false", "max_lag: ", "infinite", "never", "10ms", "1MiB", "${env:X}", "${file:/x}",
        "${credential:x}", "${", "$${", "{shard}", "{date}", "&a ", "*a", "<<: ", "!secret ", "|\n", ">-\n", "? ",
        "[", "]", "{", "}", "\n  ", "\t", "\u{FEFF}", "\u{2028}", "9223372036854775808", "0x1F", "1e9", "~",
        "{ exists: false }", "{ numeric: [\">\", 0] }", "{ prefix: a }", "{ anything-but: [a] }",
        "{ wildcard: \"*a\\*\" }",
        "{ cidr: 10.0.0.0/8 }", "{ equals-ignore-case: É }", "$or: [{ a: [1] }, { b: [2] }]", "tests:\n  - ",
    ]

    private static let variables = Variables(
        environment: { $0 == "X" ? "value" : nil },
        file: { (path) throws(Variables.Unreadable) in
            guard path == "/x" else { throw Variables.Unreadable("No such file or directory") }
            return Array("secret\n".utf8)
        }, credentials: nil)

    static func fault(_ bytes: [UInt8]) -> String? {
        for variables in [variables, nil] {
            let loaded = ConfigLoader(registry: .standard, variables: variables).load(bytes, path: "f")
            if let fault = fault(loaded, bytes, hasVariables: variables != nil) { return fault }
        }
        return nil
    }

    private static func fault(_ loaded: LoadedConfig, _ bytes: [UInt8], hasVariables: Bool) -> String? {
        let lines =
            bytes.count { $0 == 0x0A || $0 == 0x0D } + 2 + bytes.count { $0 == 0x85 || $0 == 0xA8 || $0 == 0xA9 }
        for issue in loaded.issues {
            if !(1...lines).contains(issue.place.line) || issue.place.column < 1 || issue.width < 1 {
                return "the place \(issue.place) of an issue lies outside the file's \(lines) lines"
            }
            if issue.message.isEmpty { return "an issue without words at \(issue.place)" }
            let isPlain = issue.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            if !isPlain { return "control characters in the message at \(issue.place)" }
        }
        let places = loaded.issues.map(\.place)
        if places != places.sorted() { return "the issues are not in the order of the file" }
        if loaded.config != nil, !loaded.isValid { return "a config in spite of errors" }
        if loaded.config == nil, hasVariables, loaded.isValid { return "no config, and no error that says why" }
        if loaded.jsonLines.split(separator: "\n").count != loaded.issues.count { return "not a line of JSON an issue" }
        _ = loaded.report
        _ = loaded.summary
        if loaded.isValid, hasVariables, loaded.redacted.contains("secret\n") { return "a secret is shown" }
        return nil
    }
}
