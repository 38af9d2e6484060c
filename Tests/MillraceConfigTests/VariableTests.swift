import Millrace
import MillraceConfig
import Testing

@Suite struct VariableTests {
    private func brokers(_ value: String, _ variables: Variables) -> String {
        let loaded = load(good("brokers", "brokers: \(value)"), variables)
        return loaded.config?.source.options.string("brokers") ?? loaded.complaints.joined(separator: "|")
    }

    @Test(arguments: [
        ("\"${env:HOST}:9092\"", "kafka-1:9092"), ("${env:HOST}", "kafka-1"),
        ("${env:HOST}${env:HOST}", "kafka-1kafka-1"),
        ("${env:NONE:-localhost:9092}", "localhost:9092"), ("${env:EMPTY:-other}", "other"),
        ("${env:HOST:-other}", "kafka-1"),
        ("x${env:EMPTY}y", "xy"), ("${env:NONE:-}z", "z"), ("${file:/etc/brokers}", "a:1"),
        ("${credential:kafka}", "secret"),
        ("$${env:HOST}", "${env:HOST}"), ("a$b$", "a$b$"), ("'${env:NESTED}'", "${env:HOST}"),
    ])
    func `variables are put in inside a value`(value: String, expected: String) {
        let known = variables(
            ["HOST": "kafka-1", "EMPTY": "", "NESTED": "${env:HOST}"],
            files: ["/etc/brokers": Array("a:1\n".utf8), "/run/credentials/kafka": Array("secret\r\n".utf8)],
            credentials: "/run/credentials")
        #expect(brokers(value, known) == expected)
    }

    @Test(arguments: [
        (
            "${env:KAFKA_BROKERS}",
            "4:14-20 ${env:KAFKA_BROKERS} is not set (export KAFKA_BROKERS=…, or write ${env:KAFKA_BROKERS:-default})"
        ),
        ("${KAFKA}", "4:14-8 ${KAFKA} does not say where its value comes from (write ${env:KAFKA})"),
        (
            "${}",
            "4:14-3 ${} does not say where its value comes from (write ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${credential:NAME})"
        ),
        (
            "${vault:x}",
            "4:14-10 ${vault:x} is not known (write ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${credential:NAME})"
        ),
        ("${env:A-B}", "4:14-10 ${env:A-B} names no variable (letters, digits and _: ${env:NAME})"),
        (
            "\"${env:A:-${env:B}}\"",
            "4:14-20 the default of ${env:A} holds another variable (a default is plain text)"
        ),
        ("${env:}", "4:14-7 ${env:} names no variable (letters, digits and _: ${env:NAME})"),
        (
            "${env:A",
            "4:14-7 \"${\" is never closed (write ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${credential:NAME}; for the characters themselves $${)"
        ),
        (
            "${file:/none}",
            "4:14-13 ${file:/none} cannot be read: No such file or directory (relative paths count from the working directory)"
        ),
        (
            "${file:~/key}",
            "4:14-13 ${file:~/key} cannot be read: No such file or directory (~ is not expanded: write the whole path)"
        ),
        ("${file:/binary}", "4:14-15 ${file:/binary} is not UTF-8 (a value is text)"),
        (
            "${credential:kafka}",
            "4:14-19 ${credential:kafka} has no folder to come from (set CREDENTIALS_DIRECTORY, or give --credentials DIR)"
        ),
        ("${credential:../x}", "4:14-18 ${credential:../x} names no credential (a file's name: ${credential:NAME})"),
        (
            "${env:A}${env:B}",
            "4:14-16 ${env:A} is not set (export A=…, or write ${env:A:-default})|4:14-16 ${env:B} is not set (export B=…, or write ${env:B:-default})"
        ),
    ])
    func `a variable without value is told once, and nothing follows`(value: String, complaint: String) {
        #expect(brokers(value, variables(files: ["/binary": [0xFF]])) == complaint)
    }

    @Test func `what comes in is converted to the type of the key`() throws {
        let text = good("batch", "batch: { records: \"${env:N}\", bytes: \"${env:B}\", window: \"${env:W}\" }")
            .replacing("required: false", with: "required: ${env:R}")
        let loaded = load(text, variables(["N": "7", "B": "3MiB", "W": "5ms", "R": "false"]))
        #expect(loaded.complaints == [])
        let config = try #require(loaded.config)
        #expect(config.batch.records == 7 && config.batch.bytes == 3 << 20 && config.batch.window == 5)
        #expect(!config.sinks[1].isRequired)
    }

    @Test func `a wrong value that came from a variable is not shown`() {
        let text = good(
            "batch", "batch: { records: \"${env:N}\", bytes: \"${env:N}\", window: \"${env:N}\" }"
        ).replacing("required: false", with: "required: ${env:N}").replacing("decode: base64", with: "decode: ${env:D}")
        for secret in ["hunter2", "12 34", "12", "base46"] {
            let loaded = load(text, variables(["N": secret, "D": secret]))
            #expect(loaded.issues.count >= 3)
            #expect(!loaded.report.contains(secret), "\(loaded.report)")
            #expect(!loaded.jsonLines.contains(secret))
        }
        #expect(
            load(text, variables(["N": "hunter2", "D": "none"])).complaints.first
                == "10:19-10 batch.records must be a whole number, not *** (for example 1000)")
    }

    @Test func `what a kind says of a secret value is masked`() {
        let text = good("properties", "properties: { group.id: \"${env:G}\" }")
            .replacing("orders-clean", with: "\"${env:T}\"").replacing("out/orders-{shard}.jsonl", with: "${env:P}")
        let loaded = load(text, variables(["G": "hunter2", "T": "orders", "P": "out/\"all\""]))
        #expect(
            loaded.complaints == [
                "9:19-8 source.kafka.properties.group.id: belongs to Millrace, not ***",
                "17:21-10 sinks.clean.kafka.topic: the source reads ***",
                "21:19-10 sinks.archive.file.path: must contain `{shard}`: ***",
            ])
    }

    @Test func `without the secrets at hand everything else is checked`() {
        let text = good("brokers", "brokers: ${env:BROKERS}").replacing("records: 500", with: "records: \"${file:/n}\"")
        let loaded = load(text, nil)
        #expect(loaded.complaints == [] && loaded.isValid)
        #expect(loaded.config == nil && loaded.name == "orders")
        let wrong = load(text.replacing("window: 20ms", with: "window: 20"), nil)
        #expect(wrong.complaints == ["10:54-2 batch.window has no unit: 20 (write 20ms or 20s)"])
        // What a kind says of other keys does not hang on those that are not known.
        let owned = load(text.replacing("fetch.message.max.bytes: 1000000", with: "group.id: x"), nil)
        #expect(owned.complaints == ["9:19-8 source.kafka.properties.group.id: belongs to Millrace, not \"x\""])
        let path = good("file", "file: { path: \"${env:PATH_OF_FILES}\", rotate: 64KiB }")
        #expect(load(path, nil).complaints == ["21:51-5 sinks.archive.file.rotate: very small"])
        let topics = good("topics", "topics: \"${env:T}\"").replacing("{shard}", with: "{partition}")
        #expect(load(topics, nil).complaints == [])
        let form = load(good("brokers", "brokers: ${BROKERS}"), nil)
        #expect(
            form.complaints == ["4:14-10 ${BROKERS} does not say where its value comes from (write ${env:BROKERS})"])
    }

    @Test func `a transform with a variable in it gets the value`() {
        let text = good("- project", "- project: { a: \"${env:P}\" }")
        #expect(load(text, variables(["P": "x"])).isValid)
        #expect(load(text, variables(["P": "x."])).issues.count == 1)
        #expect(load(text, nil).isValid)
    }
}
