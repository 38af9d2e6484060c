import Kafka
import Millrace
import TestBroker
import Testing

@testable import KafkaConnector

@Suite struct SessionRangeTests {
    @Test func theBoundsAreAllowed() throws {
        let settings = ["group.min.session.timeout.ms": "6000", "group.max.session.timeout.ms": "9000"]
        let range = try #require(SessionRange(settings))
        #expect(range.refusal(6_000, at: nil) == nil && range.refusal(9_000, at: nil) == nil)
        for session: Int64 in [5_999, 9_001] {
            let error = try #require(range.refusal(session, at: nil))
            #expect(error.code == .config)
            #expect(
                error.message
                    == "the brokers refuse session.timeout.ms of \(session) (source.kafka.properties): they allow 6000 to 9000"
            )
        }
        #expect(SessionRange(["group.min.session.timeout.ms": "6000"]) == nil)
    }
}

@Suite(.realBroker) struct SessionProbeTests {
    private func probe(_ session: String?) throws -> Readiness {
        let topic = try RealBroker.createTopic("session", partitions: 1)
        let place = ConfigPlace(line: 1, column: 1)
        var options = Options(at: place)
        options.set("brokers", .string(try RealBroker.bootstrap()), at: place)
        options.set("topics", .strings([topic]), at: place)
        options.set("group", .string(RealBroker.group("session")), at: place)
        if let session {
            let pair = Options.Pair("session.timeout.ms", session, at: ConfigPlace(line: 9, column: 2))
            options.set("properties", .map([pair]), at: place)
        }
        return KafkaSourceKind().probe(options, timeout: 10_000)
    }

    @Test func aSessionThatTheBrokerWouldRefuseIsToldBeforeTheStart() throws {
        guard case .refused(let error) = try probe("5") else {
            Issue.record("it was not refused")
            return
        }
        #expect(error.code == .config)
        #expect(error.place == ConfigPlace(line: 9, column: 2))
        #expect(error.message.contains("session.timeout.ms of 5 (source.kafka.properties)"))
        for session in [nil, "30000"] {
            guard case .ready = try probe(session) else {
                Issue.record("\(session ?? "none") was refused")
                return
            }
        }
    }
}
