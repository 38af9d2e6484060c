import Millrace
import MillraceConfig
import Testing

@Suite struct GoodConfigTests {
    @Test func `every value arrives`() throws {
        let loaded = load(good)
        #expect(loaded.complaints == [])
        #expect(loaded.isValid && loaded.report.isEmpty && loaded.jsonLines.isEmpty)
        let config = try #require(loaded.config)
        #expect(config.name == "orders" && loaded.name == "orders")
        #expect(config.source.kind.name == "kafka")
        let source = config.source.options
        #expect(source.string("brokers") == "localhost:9092")
        #expect(source.strings("topics") == ["orders"])
        #expect(source.duration("commit_interval") == 2000)
        #expect(source.map("properties").map { "\($0.name)=\($0.value)" } == ["fetch.message.max.bytes=1000000"])
        #expect(config.group == "orders-worker" && config.commitInterval == 2000 && !config.parksOnGap)
        #expect(config.batch.records == 500 && config.batch.bytes == 2 << 20 && config.batch.window == 20)
        #expect(config.decode.name == "base64")
        #expect(config.transforms.map(\.kind) == ["filter", "project"])
        #expect(config.limits.memory == 256 << 20 && config.limits.drain == 20_000 && config.limits.revoke == 4000)
        #expect(config.unwitnessed == 5)
        #expect(config.expire == nil)
        guard case .write(let letters) = config.deadLetter else {
            Issue.record("no dead letters")
            return
        }
        #expect(letters.string("topic") == "orders.dlq" && letters.string("oversize") == "reference")
    }

    @Test func `every value of a sink arrives`() throws {
        let sinks = try #require(load(good).config).sinks
        #expect(sinks.map(\.name) == ["clean", "archive"])
        #expect(sinks[0].kind.name == "kafka" && sinks[0].options.string("topic") == "orders-clean")
        #expect(sinks[0].isRequired && sinks[0].maxLag == nil && sinks[0].when != nil && sinks[0].transforms.isEmpty)
        #expect(sinks[1].kind.name == "file" && sinks[1].options.size("rotate") == 64 << 20)
        #expect(!sinks[1].isRequired && sinks[1].maxLag == 32 << 20 && sinks[1].when == nil)
        let retry = sinks[1].retry
        #expect(
            retry.maxAttempts == 3 && retry.baseDelay == 200 && retry.maxDelay == 10_000 && retry.maxAge == 3_600_000)
        #expect(sinks[1].breaker.failureThreshold == 7 && sinks[1].breaker.recoveryTimeout == 30_000)
    }

    static let least = """
        name: orders
        source: { kafka: { brokers: "b:1", topics: orders, group: g } }
        sinks: { out: { stdout: } }
        dead_letter: park

        """

    @Test func `what is left out has the defaults of the design`() throws {
        let loaded = load(Self.least)
        #expect(loaded.complaints == [])
        let config = try #require(loaded.config)
        #expect(config.batch.records == 1000 && config.batch.bytes == 1 << 20 && config.batch.window == 10)
        #expect(config.limits.memory == 512 << 20 && config.limits.drain == 25_000 && config.limits.revoke == 5000)
        #expect(config.commitInterval == 1000 && config.decode.name == "none" && config.transforms.isEmpty)
        #expect(config.source.options.strings("topics") == ["orders"])
        #expect(config.source.options.string("start") == "earliest" && !config.source.options.isGiven("start"))
        #expect(config.source.options.object("tls") == nil)
        guard case .park = config.deadLetter else {
            Issue.record("dead letters do not park")
            return
        }
        #expect(config.unwitnessed == 3)
        let sink = try #require(config.sinks.first)
        #expect(sink.isRequired && sink.maxLag == nil)
        #expect(sink.retry.maxAttempts == 8 && sink.retry.baseDelay == 100 && sink.retry.maxDelay == 30_000)
        #expect(sink.retry.maxAge == nil)
        #expect(sink.breaker.failureThreshold == 5 && sink.breaker.recoveryTimeout == 60_000)
    }

    @Test func `what waits may expire`() throws {
        let loaded = load(good("dead_letter", "dead_letter: { topic: d, oversize: wait, expire: 90m }"))
        #expect(try #require(loaded.config).expire == 5_400_000)
    }

    @Test func `an optional sink may lag by 64 MiB unless it says otherwise`() throws {
        let loaded = load(good("max_lag", nil))
        #expect(try #require(loaded.config).sinks[1].maxLag == 64 << 20)
    }

    @Test func `a warning stops nothing`() {
        let loaded = load(good("file", "file: { path: \"{shard}\", rotate: 64KiB }"))
        #expect(loaded.config != nil && loaded.isValid)
        #expect(
            loaded.report == """
                orders.yaml:21:38: warning: sinks.archive.file.rotate: very small
                  21 |     file: { path: "{shard}", rotate: 64KiB }
                     |                                      ^^^^^
                0 errors, 1 warning

                """)
    }

    @Test func `aliases are allowed`() throws {
        let text = good("breaker", "breaker: &b { failure_threshold: 7 }").replacing(
            "    when: { country: [DE, FR] }", with: "    breaker: { failure_threshold: 9 }")
        #expect(load(text).config?.sinks.map(\.breaker.failureThreshold) == [9, 7])
        let shared = Self.least.replacing("sinks: { out: { stdout: } }", with: "sinks: { a: &s { stdout: {} }, b: *s }")
        #expect(load(shared).config?.sinks.map(\.name) == ["a", "b"])
    }
}
