import Millrace
import MillraceConfig
import Testing

/// One mistake each: its text, its place, its width and its hint, and nothing else.
@Suite struct ValueErrorTests {
    @Test(arguments: [
        (
            "batch", "batch: { records: lots }",
            "10:19-4 batch.records must be a whole number, not \"lots\" (for example 1000)"
        ),
        (
            "batch", "batch: { records: \"500\" }",
            "10:19-5 batch.records must be a whole number, not \"500\" (write 500)"
        ),
        (
            "batch", "batch: { records: 1_000 }",
            "10:19-5 batch.records must be a whole number, not \"1_000\" (write 1000)"
        ),
        (
            "batch", "batch: { records: 1.5 }",
            "10:19-3 batch.records must be a whole number, not \"1.5\" (for example 1000)"
        ),
        ("batch", "batch: { records: 0 }", "10:19-1 batch.records must be between 1 and 100000, not 0"),
        ("batch", "batch: { records: -5 }", "10:19-2 batch.records must be between 1 and 100000, not -5"),
        (
            "batch", "batch: { records: 99999999999999999999 }",
            "10:19-20 batch.records must be a whole number, not \"99999999999999999999\" (for example 1000)"
        ),
        (
            "batch", "batch: { records: [1] }",
            "10:19-3 batch.records must be a whole number, not a list (for example 1000)"
        ),
        (
            "batch", "batch: { records: {a: 1} }",
            "10:19-6 batch.records must be a whole number, not a mapping (for example 1000)"
        ),
        ("batch", "batch: { records: }", "10:19-1 batch.records has no value (for example 1000)"),
        ("batch", "batch: { records: ~ }", "10:19-1 batch.records has no value (for example 1000)"),
        ("batch", "batch: 1000", "10:8-4 batch must be a mapping, not \"1000\" (for example { records: 1000 })"),
        ("batch", "batch: [1000]", "10:8-6 batch must be a mapping, not a list (for example { records: 1000 })"),
        ("batch", "batch: { window: 10 }", "10:18-2 batch.window has no unit: 10 (write 10ms or 10s)"),
        (
            "batch", "batch: { window: 10 millis }",
            "10:18-9 batch.window is not a duration: \"10 millis\" (number and unit together: 10ms)"
        ),
        (
            "batch", "batch: { window: 10MS }",
            "10:18-4 batch.window is not a duration: \"10MS\" (number and unit together: 10ms)"
        ),
        ("batch", "batch: { window: 1.5s }", "10:18-4 batch.window is not a duration: \"1.5s\" (for example 10ms)"),
        ("batch", "batch: { window: soon }", "10:18-4 batch.window is not a duration: \"soon\" (for example 10ms)"),
        ("batch", "batch: { window: -1s }", "10:18-3 batch.window is not a duration: \"-1s\" (for example 10ms)"),
        ("batch", "batch: { window: 2m }", "10:18-2 batch.window must be between 0s and 1m, not 2m"),
        (
            "retry:", "retry: { max_age: never }",
            "24:23-5 sinks.archive.retry.max_age is not a duration: never (write infinite)"
        ),
        ("batch", "batch: { window: infinite }", "10:18-8 batch.window cannot be infinite (at most 1m)"),
        (
            "batch", "batch: { window: 9999999999999d }",
            "10:18-14 batch.window is not a duration: \"9999999999999d\" (for example 10ms)"
        ),
        ("batch", "batch: { bytes: 1048576 }", "10:17-7 batch.bytes has no unit: 1048576 (write 1MiB)"),
        ("batch", "batch: { bytes: 64 }", "10:17-2 batch.bytes has no unit: 64 (write 64KiB or 64MiB)"),
        ("batch", "batch: { bytes: 1MB }", "10:17-3 batch.bytes is not a size: \"1MB\" (write 1MiB)"),
        ("batch", "batch: { bytes: 64 kb }", "10:17-5 batch.bytes is not a size: \"64 kb\" (write 64KiB)"),
        ("batch", "batch: { bytes: big }", "10:17-3 batch.bytes is not a size: \"big\" (for example 1MiB)"),
        ("batch", "batch: { bytes: 1GiB }", "10:17-4 batch.bytes must be between 1KiB and 256MiB, not 1GiB"),
        ("batch", "batch: { recrods: 1 }", "10:10-7 unknown key \"recrods\" in batch (did you mean \"records\"?)"),
        ("batch", "batch: { size: 1 }", "10:10-4 unknown key \"size\" in batch (known: records, bytes, window)"),
        ("required", "required: yes", "22:15-3 sinks.archive.required must be true or false, not \"yes\" (write true)"),
        (
            "required", "required: \"false\"",
            "22:15-7 sinks.archive.required must be true or false, not \"false\" (write false)"
        ),
        ("required", "required: 0", "22:15-1 sinks.archive.required must be true or false, not \"0\""),
        (
            "decode", "decode: base46",
            "11:9-6 decode must be one of none, base64, base64url, not \"base46\" (did you mean \"base64\"?)"
        ),
        ("decode", "decode: zip", "11:9-3 decode must be one of none, base64, base64url, not \"zip\""),
        ("decode", "decode: [none]", "11:9-6 decode must be one of none, base64, base64url, not a list"),
        ("group", "group: [a]", "6:12-3 source.kafka.group must be a text, not a list"),
        ("group", "group: \"\"", "6:12-2 source.kafka.group is empty"),
        ("group", "group:", "6:11-1 source.kafka.group has no value"),
        ("topics", "topics: []", "5:13-2 source.kafka.topics is empty (for example [a, b])"),
        (
            "topics", "topics: {a: b}",
            "5:13-6 source.kafka.topics must be a text or a list of texts, not a mapping (for example [a, b])"
        ),
        ("topics", "topics: [a, [b]]", "5:17-3 source.kafka.topics must hold texts, not a list"),
        (
            "properties", "properties: [a]",
            "9:17-3 source.kafka.properties must be a mapping of names to values, not a list"
        ),
        ("properties", "properties: { a: [b] }", "9:22-3 source.kafka.properties.a must hold texts, not a list"),
        (
            "properties", "properties: { group.id: x }",
            "9:19-8 source.kafka.properties.group.id: belongs to Millrace, not \"x\""
        ),
        (
            "properties", "tls: { cert: a, kye: b }",
            "9:21-3 unknown key \"kye\" in source.kafka.tls (did you mean \"key\"?)"
        ),
        (
            "properties", "sasl: { mechanism: SCRAM, username: u, password: p }",
            "9:24-5 source.kafka.sasl.mechanism must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, not \"SCRAM\" (did you mean \"SCRAM-SHA-256\"?)"
        ),
        (
            "properties", "sasl: { mechanism: PLAIN, password: p }",
            "9:5-4 source.kafka.sasl has no \"username\" (username: who we are)"
        ),
        (
            "name", "name: or/ders",
            "1:7-7 name may have letters, digits, \".\", \"_\" and \"-\", at most 100 (it is part of file and metric names)"
        ),
        (
            "retry", "retry: { max_age: forever }",
            "24:23-7 sinks.archive.retry.max_age is not a duration: \"forever\" (for example infinite)"
        ),
        (
            "dead_letter", "dead_letter: drop",
            "26:14-4 dead_letter must be a mapping or park, not \"drop\" (for example { topic: orders.dlq })"
        ),
        (
            "dead_letter", "dead_letter: {}",
            "26:1-11 dead_letter has no \"topic\" (topic: the topic of the dead letters)"
        ),
        (
            "dead_letter", "dead_letter: { topic: d, unwitnessed: -1 }",
            "26:39-2 dead_letter.unwitnessed must be between 0 and 1000000, not -1"
        ),
        (
            "dead_letter", "dead_letter: { topic: d, properties: {group.id: x} }",
            "26:39-8 dead_letter.properties.group.id: belongs to Millrace, not \"x\""
        ),
        (
            "dead_letter", "dead_letter: { topic: d, expire: tomorrow }",
            "26:34-8 dead_letter.expire is not a duration: \"tomorrow\" (for example 1h, or never)"
        ),
        (
            "dead_letter", "dead_letter: { topic: d, expire: infinite }",
            "26:34-8 dead_letter.expire cannot be infinite (write never)"
        ),
        (
            "dead_letter", "dead_letter: { topic: d, expire: 10ms }",
            "26:34-4 dead_letter.expire must be between 1s and 365d, not 10ms"
        ),
        (
            "dead_letter", "dead_letter: { topic: d, oversize: drop }",
            "26:36-4 dead_letter.oversize must be one of reference, wait, not \"drop\""
        ),
    ])
    func `values`(beginning: String, line: String, complaint: String) {
        let loaded = load(good(beginning, line))
        #expect(loaded.complaints == [complaint])
        #expect(loaded.config == nil)
    }

    @Test(arguments: [
        ("source:", "sorce:", "2:1-5 unknown key \"sorce\" (did you mean \"source\"?)"),
        ("limits", "limit: { memory: 256MiB }", "27:1-5 unknown key \"limit\" (did you mean \"limits\"?)"),
        (
            "limits", "colour: red",
            "27:1-6 unknown key \"colour\" (known: name, source, batch, decode, transforms, sinks, dead_letter, limits, admin, tests)"
        ),
        ("topics", "topcis: [orders]", "5:5-6 unknown key \"topcis\" in source.kafka (did you mean \"topics\"?)"),
        ("max_lag", "maxLag: 32MiB", "23:5-6 unknown key \"maxLag\" in sinks.archive (did you mean \"max_lag\"?)"),

    ])
    func `unknown keys`(beginning: String, line: String, complaint: String) {
        #expect(load(good(beginning, line)).complaints == [complaint])
    }

    @Test func `a merge key is no key`() {
        #expect(load(good + "<<: {}\n").complaints == ["28:1-2 unknown key \"<<\" (mappings cannot be merged)"])
    }

    @Test(arguments: [
        ("name", "1:1-6 the file has no \"name\" (name: the pipeline's name, in metrics, client ids and dead letters)"),
        (
            "brokers",
            "3:3-5 source.kafka has no \"brokers\" (brokers: the brokers, host:port each, with commas between)"
        ),
        ("topics", "3:3-5 source.kafka has no \"topics\" (topics: the topics to read)"),
        (
            "dead_letter",
            "1:1-4 the file has no \"dead_letter\" (dead_letter: where records go that cannot be delivered: a mapping, or park)"
        ),
        ("file", "20:3-7 sinks.archive has no kind (one of kafka, file, stdout)"),
    ])
    func `missing keys`(beginning: String, complaint: String) {
        #expect(load(good(beginning, nil)).complaints == [complaint])
    }

    @Test(arguments: [
        ("kafka:", "kafak:", "3:3-5 unknown source \"kafak\" (did you mean \"kafka\"?)"),
        ("kafka:", "kinesis:", "3:3-7 unknown source \"kinesis\" (known: kafka)"),
        (
            "kafka: { topic", "kafak: { topic: t }",
            "17:5-5 unknown sink \"kafak\" in sinks.clean (did you mean \"kafka\"?)"
        ),
        (
            "kafka: { topic", "kafak: { topik: t }",
            "17:5-5 unknown sink \"kafak\" in sinks.clean (did you mean \"kafka\"?)|17:14-5 unknown key \"topik\" in sinks.clean.kafka (did you mean \"topic\"?)"
        ),
        (
            "kafka: { topic", "s3: { bucket: b }",
            "17:5-2 unknown sink \"s3\" in sinks.clean (known: kafka, file, stdout)"
        ),
        (
            "kafka: { topic", "kafka: { topic: t }\nfile: { path: \"{shard}\" }",
            "18:5-4 sinks.clean has two kinds: kafka and file (a sink has one kind)"
        ),
        (
            "kafka: { topic", "kafka: { topic: t }\nwhne: {}",
            "18:5-4 unknown key \"whne\" in sinks.clean (did you mean \"when\"?)"
        ),
        (
            "kafka: { topic", "kafka: t",
            "17:12-1 sinks.clean.kafka must be a mapping, not \"t\" (for example { topic: … })"
        ),
        (
            "kafka: { topic", "kafka: { topic: t, partition: kye }",
            "17:35-3 sinks.clean.kafka.partition must be one of key, source, not \"kye\" (did you mean \"key\"?)"
        ),
        (
            "archive:", "a/b:",
            "20:3-3 the name of a sink may have letters, digits, \"_\" and \"-\", at most 100 (it is part of stages and metrics)"
        ),
        ("- filter", "- filtr: { a: b }", "13:5-5 unknown transform \"filtr\" (did you mean \"filter\"?)"),
        ("- filter", "- lookup: { a: b }", "13:5-6 unknown transform \"lookup\" (known: filter, project)"),
        (
            "- filter", "- filter",
            "13:5-6 transforms must hold transforms, not \"filter\" (a name and its value, of filter, project)"
        ),
        (
            "- filter", "- filter: { a: b }\n  project: { c: d }",
            "14:5-7 a transform has one name, not filter and project (begin each transform with \"- \")"
        ),
        (
            "- project", "- project: { id: id, c: address. }",
            "14:27-8 project: path \"address.\" ends in a dot (write address)"
        ),
        (
            "transforms: []", "transforms: { filter: {} }",
            "19:17-14 sinks.clean.transforms must be a list, not a mapping (begin each transform with \"- \")"
        ),
        (
            "transforms: []", "transforms: [ { filter: { a: b. } } ]",
            "19:34-2 filter: path \"b.\" ends in a dot (write b)"
        ),
        ("when", "when: { a: b. }", "18:16-2 when: path \"b.\" ends in a dot (write b)"),
    ])
    func `kinds`(beginning: String, line: String, complaint: String) {
        #expect(load(good(beginning, line)).complaints.joined(separator: "|") == complaint)
    }

    @Test(arguments: [
        ("sinks: {}", "1:56-5 sinks is empty (at least one: a name and its kind)"),
        (
            "sinks: [stdout]",
            "1:63-8 sinks must be a mapping of names to sinks, not a list (for example { clean: { stdout: {} } })"
        ),
        ("sinks: { a: stdout }", "1:68-6 sinks.a must be a mapping, not \"stdout\" (for example { stdout: {} })"),
        ("sinks: { a: }", "1:65-1 sinks.a has no kind (one of kafka, file, stdout)"),
    ])
    func `sinks`(sinks: String, complaint: String) {
        let text = "{ name: n, source: { kafka: {brokers: b, topics: t, group: g} }, dead_letter: park, \(sinks) }"
        let shift = text.firstRange(of: "sinks").map { text.distance(from: text.startIndex, to: $0.lowerBound) } ?? 0
        // Columns are given as if `sinks` began at column 56.
        let parts = complaint.split(separator: "-", maxSplits: 1).map(String.init)
        let column = (Int(parts[0].dropFirst(2)) ?? 0) - 56 + shift + 1
        #expect(load(text).complaints == ["1:\(column)-\(parts[1])"])
    }

    @Test(arguments: [
        ("", "1:1-1 the file is empty (it needs name, source, sinks and dead_letter)"),
        ("# nothing\n", "1:1-1 the file is empty (it needs name, source, sinks and dead_letter)"),
        ("orders", "1:1-6 the file must hold keys and values, not \"orders\" (name: orders)"),
        ("[a]", "1:1-3 the file must hold keys and values, not a list (name: orders)"),
        (
            "name: a\n  b: c\n",
            "2:4-1 a value with \": \" in it, or a key that is indented wrongly (quote the value, or line the key up)"
        ),
    ])
    func `files that are no config`(text: String, complaint: String) {
        #expect(load(text).complaints == [complaint])
    }
}
