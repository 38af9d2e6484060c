import Kafka
import Testing

@testable import KafkaConnector

/// Who is said to be silent.
@Suite struct KafkaErrorWordsTests {
    @Test(arguments: [
        KafkaErrorCode.unknownTopicOrPartition, .unknownTopic, .unknownPartition, .topicAuthorization,
        KafkaErrorCode(rawValue: 5),
    ]) func aBrokerThatKnowsNoTopicHasAnswered(code: KafkaErrorCode) {
        #expect(KafkaError(code, "topic orders: no").words("b:9092") == "b:9092 answers: topic orders: no")
    }

    @Test(arguments: [KafkaErrorCode.transport, .timedOut, .allBrokersDown, .resolve, .authentication])
    func whoIsNotReachedDoesNotAnswer(code: KafkaErrorCode) {
        #expect(KafkaError(code, "refused").words("b:9092") == "no broker answers at b:9092: refused")
    }
}
