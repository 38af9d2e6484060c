import Millrace
import MillraceConfig
import Testing

@Suite struct ReportTests {
    /// The transcript that the messages were designed by.
    @Test func `the report has the agreed shape`() {
        let text = """
            name: orders

            source:
              kafka:
                brokers: localhost:9092
                topcis: [orders]
                group: orders-worker

            decode: base64

            batch: { records: lots, bytes: 1MiB, window: 10ms }

            sinks:
              clean:
                kafka: { topic: orders-clean }
              archive:
                file: { path: "out/{shard}" }
                retry: { max_attempts: 8, base_delay: 100ms, max_delay: 30 secs, max_age: 1h }

            dead_letter: park

            """
        #expect(
            load(text).report == """
                orders.yaml:6:5: error: unknown key "topcis" in source.kafka
                   6 |     topcis: [orders]
                     |     ^^^^^^ did you mean "topics"?
                orders.yaml:11:19: error: batch.records must be a whole number, not "lots"
                  11 | batch: { records: lots, bytes: 1MiB, window: 10ms }
                     |                   ^^^^ for example 1000
                orders.yaml:18:61: error: sinks.archive.retry.max_delay is not a duration: "30 secs"
                  18 | ... base_delay: 100ms, max_delay: 30 secs, max_age: 1h }
                     |                                   ^^^^^^^ number and unit together: 30s
                3 errors, nothing was started

                """)
    }

    static let dozen = """
        name: or ders
        source:
          kafka:
            brokers: ${env:KAFKA_BROKERS}
            topics: [orders]
            gruop: orders-worker
            commit_interval: 1
        batch: { records: lots, bytes: 1MB, window: 10 millis }
        decode: base46
        transforms:
          - filtr: { type: [order.created] }
          - project: { country: address. }
        sinks:
          clean:
            kafak: { topic: orders-clean }
            required: yes
        dead_letter: drop
        limit: { memory: 512 }

        """

    @Test func `a file with a dozen mistakes is told all of them in one run`() {
        let loaded = load(Self.dozen)
        #expect(
            loaded.complaints == [
                "1:7-7 name may have letters, digits, \".\", \"_\" and \"-\", at most 100 (it is part of file and metric names)",
                "4:14-20 ${env:KAFKA_BROKERS} is not set (export KAFKA_BROKERS=…, or write ${env:KAFKA_BROKERS:-default})",
                "6:5-5 unknown key \"gruop\" in source.kafka (did you mean \"group\"?)",
                "7:22-1 source.kafka.commit_interval has no unit: 1 (write 1ms or 1s)",
                "8:19-4 batch.records must be a whole number, not \"lots\" (for example 1000)",
                "8:32-3 batch.bytes is not a size: \"1MB\" (write 1MiB)",
                "8:45-9 batch.window is not a duration: \"10 millis\" (number and unit together: 10ms)",
                "9:9-6 decode must be one of none, base64, base64url, not \"base46\" (did you mean \"base64\"?)",
                "11:5-5 unknown transform \"filtr\" (did you mean \"filter\"?)",
                "12:25-8 project: path \"address.\" ends in a dot (write address)",
                "15:5-5 unknown sink \"kafak\" in sinks.clean (did you mean \"kafka\"?)",
                "16:15-3 sinks.clean.required must be true or false, not \"yes\" (write true)",
                "17:14-4 dead_letter must be a mapping or park, not \"drop\" (for example { topic: orders.dlq })",
                "18:1-5 unknown key \"limit\" (did you mean \"limits\"?)",
                "18:18-3 limits.memory has no unit: 512 (write 512KiB or 512MiB)",
            ])
        #expect(loaded.summary == "15 errors, nothing was started")
    }

    @Test func `one error is an error`() {
        #expect(load(good("decode", "decode: zip")).summary == "1 error, nothing was started")
    }

    @Test func `programs get an object a line`() {
        let loaded = load(good("name", "name: \"a\\\"b\\tc\"\nwhat: 1"))
        #expect(
            loaded.jsonLines == """
                {"file":"orders.yaml","line":1,"column":7,"severity":"error","message":"name may have letters, digits, \\".\\", \\"_\\" and \\"-\\", at most 100","hint":"it is part of file and metric names"}
                {"file":"orders.yaml","line":2,"column":1,"severity":"error","message":"unknown key \\"what\\"","hint":"known: name, source, batch, decode, transforms, sinks, dead_letter, limits, admin, tests"}

                """)
        #expect(load(good("batch", "batch: { records: 0 }")).jsonLines.hasSuffix("\"hint\":null}\n"))
    }

    @Test func `problems of the YAML are told together with those of the config`() {
        let loaded = load(good("decode", "decode: zip\nname: again") + "limits: {}\n")
        #expect(
            loaded.complaints == [
                "11:9-3 decode must be one of none, base64, base64url, not \"zip\"",
                "12:1-4 \"name\" is there twice, first at 1:1 (leave one out)",
                "29:1-6 \"limits\" is there twice, first at 28:1 (leave one out)",
            ])
    }

    @Test func `a mark stays below its word in long lines, behind tabs and at the end of the file`() {
        let long = String(repeating: "x", count: 200)
        let cut = load(good("name", "name: \(long)/")).report.split(separator: "\n")
        #expect(cut[1].hasPrefix("   1 | name: xxx") && cut[1].hasSuffix("xxx ...") && cut[1].count == 80)
        #expect(
            cut[2].hasPrefix("     |       ^^^") && cut[2].count <= 80 + " it is part of file and metric names".count)
        let tabs = load(good("name", "name:\t[a]")).report.split(separator: "\n")
        #expect(tabs[1] == "   1 | name: [a]" && tabs[2].hasPrefix("     |       ^^^"))
        let end = load("a: [1\n").report
        #expect(end.hasPrefix("orders.yaml:2:1: error: no \",\" or \"]\" where one is expected"))
        #expect(end.contains("   2 | \n     | ^"))
    }

    @Test func `a secret in plain text is not shown by a message about its line`() {
        let line = "sasl: { password: hunter2, mechanism: PLAN, username: u }"
        let report = load(good("properties", line)).report
        #expect(!report.contains("hunter2"))
        #expect(
            report.contains(
                "   9 |     sasl: { password: ***, mechanism: PLAN, username: u }\n     |                                       ^^^^ did you"
            ))
        let itself = load(good("properties", "sasl: { password: [hunter2], mechanism: PLAIN, username: u }")).report
        #expect(!itself.contains("hunter2"), "\(itself)")
    }

    @Test func `the redacted config is the config without its secrets`() throws {
        let text = good("properties", "sasl: { password: hunter2, mechanism: PLAIN, username: \"${env:USER}\" }")
            .replacing("orders-clean", with: "\"a: b\"")
        let loaded = load(text, variables(["USER": "alice"]))
        #expect(loaded.complaints == [])
        let redacted = loaded.redacted
        #expect(!redacted.contains("hunter2") && !redacted.contains("alice"))
        #expect(
            redacted.contains("    sasl:\n      password: \"***\"\n      mechanism: PLAIN\n      username: \"***\"\n"))
        #expect(redacted.contains("      topic: \"a: b\"\n"))
        #expect(redacted.contains("  - filter:\n      type:\n        - order.created\n"))
        // It is a config again, of the same pipeline.
        let again = load(redacted)
        #expect(again.complaints == [] && again.redacted == redacted)
        #expect(again.config?.sinks.map(\.name) == ["clean", "archive"])
    }

    @Test func `the catalog lists every key where it belongs`() {
        let catalog = KeyCatalog(registry)
        let paths = catalog.entries.map(\.path)
        #expect(paths.prefix(4) == ["name", "source", "source.kafka", "source.kafka.brokers"])
        for path in [
            "batch.window", "sinks.<name>.file.path", "sinks.<name>.retry.max_age", "dead_letter.topic",
            "dead_letter.unwitnessed", "limits.revoke", "transforms.filter", "source.kafka.sasl.mechanism", "decode",
        ] {
            #expect(paths.contains(path), "\(path)")
        }
        #expect(paths.contains("admin.listen") && paths.contains("source.kafka.instance"))
        #expect(Set(paths).count == paths.count)
        #expect(catalog.entries.allSatisfy { $0.meaning.hasSuffix(".") })
    }
}
