import Kafka
import Millrace
import Platform
import Testing

@testable import KafkaConnector

/// The decisions of the Kafka sink that need no broker.
@Suite struct SinkRulesTests {
    // MARK: - Codes

    @Test func codesHaveTheirBlame() {
        let blames: [(KafkaErrorCode, RefusalRules.Blame)] = [
            (.messageTooLarge, .size), (.invalidRecord, .record), (.invalidMessage, .record),
            (.invalidMessageSize, .record), (.invalidTimestamp, .record), (.recordListTooLarge, .record),
            (.policyViolation, .record), (.purgedFromQueue, .purged), (.purgedInFlight, .purged), (.fatal, .purged),
            (.destroyed, .purged), (.queueFull, .purged), (.topicAuthorization, .endpoint),
            (.clusterAuthorization, .endpoint), (.unknownTopicOrPartition, .endpoint), (.unknownTopic, .endpoint),
            (.unknownPartition, .endpoint), (.messageTimedOut, .endpoint), (.transport, .endpoint),
            (.timedOut, .endpoint), (KafkaErrorCode(rawValue: 19), .endpoint),
            (KafkaErrorCode(rawValue: 20), .endpoint),
            (KafkaErrorCode(rawValue: 6), .endpoint), (.outOfOrderSequence, .purged), (.unknownProducer, .purged),
            (KafkaErrorCode(rawValue: 999), .endpoint),
        ]
        for (code, blame) in blames { #expect(RefusalRules.blame(code) == blame, "\(code)") }
    }

    @Test func whatIsWrongWithTheEndpointIsNeverADeadLetter() {
        for code in [KafkaErrorCode.topicAuthorization, .unknownTopicOrPartition, .clusterAuthorization] {
            for cause in [RefusalRules.Cause?.none, .record, .endpoint, .abandoned] {
                #expect(RefusalRules.shared(code, cause) == .transient)
                #expect(RefusalRules.alone(code, cause) == .transient)
            }
        }
    }

    @Test func neighboursOfARefusedRecordAreNotSuspected() {
        #expect(RefusalRules.shared(.invalidRecord, .record) == .untried)
        #expect(RefusalRules.shared(.messageTooLarge, .record) == .untried)
        #expect(RefusalRules.shared(.purgedFromQueue, .record) == .untried)
        #expect(RefusalRules.shared(.purgedInFlight, .abandoned) == .untried)
        #expect(RefusalRules.shared(.purgedFromQueue, .sequence) == .untried)
        #expect(RefusalRules.shared(.outOfOrderSequence, .sequence) == .untried)
        // A producer that broke by itself would be asked again and again at once.
        #expect(RefusalRules.shared(.purgedFromQueue, .endpoint) == .transient)
        #expect(RefusalRules.alone(.purgedFromQueue, .endpoint) == .transient)
    }

    @Test func aRecordOnItsOwnIsNamed() {
        #expect(RefusalRules.alone(.invalidRecord, nil) == .rejected)
        #expect(RefusalRules.alone(.messageTooLarge, nil) == .poison)
        #expect(RefusalRules.alone(.purgedFromQueue, .record) == .untried)
    }

    // MARK: - Sizes

    @Test func sizesAreThoseOfTheFormat() {
        // 61 of the batch, 1 of the record's length, and in the record 1 each of attributes, both differences, the lengths
        // of key and value and the number of headers.
        #expect(RecordSize.alone(key: nil, payload: nil) == 61 + 1 + 6)
        #expect(RecordSize.alone(key: 0, payload: 0) == 61 + 1 + 6)
        // The zigzag form of 63 takes one byte, that of 64 two.
        #expect(RecordSize.alone(key: nil, payload: 57) == 61 + 1 + 6 + 57)
        #expect(RecordSize.alone(key: nil, payload: 58) == 61 + 2 + 6 + 58)
        #expect(RecordSize.alone(key: nil, payload: 64) == 61 + 2 + 7 + 64)
        #expect(RecordSize.alone(key: 3, payload: 8192) == 61 + 3 + 8 + 3 + 8192)
        let headers = RecordSize.headers([("ab", [1, 2, 3]), ("c", nil)])
        #expect(headers == 1 + 2 + 1 + 3 + 1 + 1 + 1)
        #expect(RecordSize.alone(key: nil, payload: nil, headerCount: 2, headers: headers) == 61 + 1 + 6 + headers)
    }

    // MARK: - Partitions

    private func partition(_ choice: PartitionChoice, key: String?, source: Int32) -> Int32 {
        let delivery = Delivery.of([SinkInput(value: "v", key: key)], number: 1)
        return choice.partition(key: delivery.key(0), hasKey: delivery[0].hasKey, source: source)
    }

    @Test func partitionsByKeyAreThoseOfJava() {
        let choice = PartitionChoice(rule: .key, count: 1_000)
        // `Utils.toPositive(Utils.murmur2(key)) % 1000`, from Apache Kafka's own tests of the hash.
        #expect(partition(choice, key: "21", source: 5) == (Int32(-973932308) & 0x7fff_ffff) % 1_000)
        #expect(partition(choice, key: "foobar", source: 5) == (Int32(-790332482) & 0x7fff_ffff) % 1_000)
        #expect(
            partition(choice, key: "a-little-bit-long-string", source: 5) == (Int32(-985981536) & 0x7fff_ffff) % 1_000)
        #expect(partition(choice, key: "", source: 5) == partition(choice, key: "", source: 6), "an empty key is a key")
    }

    @Test func recordsWithoutAKeyStayWithTheirShard() {
        let byKey = PartitionChoice(rule: .key, count: 4)
        let bySource = PartitionChoice(rule: .source, count: 4)
        for source in Int32(0)..<10 {
            #expect(partition(byKey, key: nil, source: source) == source % 4)
            #expect(partition(bySource, key: "k", source: source) == source % 4)
        }
    }

    // MARK: - The careful way

    @Test func aWalkGoesPartitionByPartition() {
        let walk = SinkWalk(partitions: [2, 0, 2, 2, 0, 1])
        #expect(walk.heads == [0, 1, 5])
        #expect(walk.after(0) == 2)
        #expect(walk.after(2) == 3)
        #expect(walk.after(3) == nil)
        #expect(walk.after(1) == 4)
        #expect(walk.behind(0) == [2, 3])
        #expect(walk.behind(3) == [])
        #expect(walk.behind(5) == [])
    }

    // MARK: - Budget

    @Test func aLaneHasAlwaysRoomOfItsOwn() {
        let budget = SinkBudget(limit: 8 << 20)
        budget.take(8 << 20)
        #expect(budget.room(own: 0) == 1 << 20)
        #expect(budget.room(own: 1 << 20) == 0)
        budget.take(-(4 << 20))
        #expect(budget.room(own: 0) == 4 << 20)
    }

    @Test func aDeliveryIsCutWhereTheRoomEnds() {
        let inputs = (0..<10).map { _ in SinkInput(value: String(repeating: "v", count: 80)) }
        let delivery = Delivery.of(inputs, number: 1)
        let all = SinkLoad(delivery, limit: nil, room: 4_000, isAlone: false)
        #expect(all.taken == 10)
        #expect(all.cost == 4_000)
        #expect(all.lack == nil)
        let part = SinkLoad(delivery, limit: nil, room: 3_999, isAlone: false)
        #expect(part.taken == 9)
        #expect(part.cost == 3_600)
        #expect(part.lack == .budget)
        #expect(SinkLoad(delivery, limit: nil, room: 0, isAlone: false).taken == 0)
        #expect(SinkLoad(delivery, limit: nil, room: 0, isAlone: true).taken == 1, "or it would wait for ever")
    }

    @Test func aLimitIsReadAnewBeforeARecordIsCalledTooLarge() {
        let inputs = (0..<5).map { SinkInput(value: String(repeating: "v", count: $0 == 3 ? 5_000 : 10)) }
        let delivery = Delivery.of(inputs, number: 1)
        let old = SinkTopicFacts(limit: 2_000, limitReadAt: 0, readings: 4)
        let load = SinkLoad(delivery, limit: old, room: .max, isAlone: true)
        #expect(load.taken == 3)
        #expect(load.lack == .limit(readings: 4))
        #expect(load.wantsReading)
        let fresh = SinkTopicFacts(limit: 2_000, limitReadAt: .max, readings: 5)
        #expect(SinkLoad(delivery, limit: fresh, room: .max, isAlone: true).taken == 5)
        #expect(SinkLoad(delivery, limit: fresh, room: .max, isAlone: true).limit == 2_000)
        // What could not be read condemns nobody.
        let unread = SinkTopicFacts(limit: 2_000, limitReadAt: nil, readings: 5)
        #expect(SinkLoad(delivery, limit: unread, room: .max, isAlone: true).taken == 5)
        #expect(SinkLoad(delivery, limit: unread, room: .max, isAlone: true).limit == nil)
    }

    // MARK: - The keeper's agenda

    /// `next` in a word.
    private func next(_ agenda: inout SinkAgenda, _ now: Int64) -> String {
        switch agenda.next(now) {
        case .read: "read"
        case .connect(let order): "\(order.kind)"
        case .end: "end"
        case .stop: "stop"
        case nil: "nothing"
        }
    }

    @Test func theTopicIsReadBeforeProducersAreMade() throws {
        let bell = try WakeUp()
        let mail = SinkMail(wakeDescriptor: bell.descriptor)
        var agenda = SinkAgenda()
        agenda.orders = [.init(kind: .main, mail: mail, due: 5), .init(kind: .careful, mail: mail, due: 200)]
        expect(next(&agenda, 10), "read")
        // No broker has answered. What is due cannot be done, so nobody should wake up for it.
        agenda.nextReading = 1_000
        agenda.wantsReading = true
        expect(next(&agenda, 20), "nothing")
        expect(agenda.wakeAt, 1_000)
        agenda.knowsTopic = true
        expect(next(&agenda, 20), "read")
        expect(next(&agenda, 20), "main")
        expect(next(&agenda, 20), "nothing")
        expect(agenda.wakeAt, 200)
        expect(next(&agenda, 200), "careful")
        expect(next(&agenda, 1_000), "read")
        agenda.isClosed = true
        expect(next(&agenda, 1_000), "stop")
    }
}
