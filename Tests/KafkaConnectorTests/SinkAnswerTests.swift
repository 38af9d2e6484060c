import Kafka
import Millrace
import Testing

@testable import KafkaConnector

/// What deliveries are answered with, and the table they wait in.
@Suite struct SinkAnswerTests {
    private func flight(
        _ faults: [(index: Int, fault: SinkFlights.Fault)], isAlone: Bool = false
    ) -> SinkFlights.Flight {
        let inputs = (0..<10).map { SinkInput(value: "\($0)") }
        var flight = SinkFlights.Flight(
            delivery: .of(inputs, number: 1, first: 100), outlet: 1, taken: 10, cost: 0)
        flight.faults = faults
        if isAlone { flight.walk = SinkWalk(partitions: Array(repeating: 0, count: 10)) }
        return flight
    }

    private func answer(
        _ flight: SinkFlights.Flight, _ broken: (cause: RefusalRules.Cause, text: String)? = nil
    ) -> SinkAnswer { SinkAnswer(flight, topic: "out", limit: 2_000, broken: broken) }

    @Test func whatHasNoFaultIsDelivered() {
        let answer = answer(flight([]))
        #expect(answer.failures.isEmpty)
        #expect(!answer.hasVerdict)
        #expect(answer.care == nil)
    }

    @Test func aRefusedRequestIsSentAgainCarefully() {
        let faults = [
            (6, SinkFlights.Fault.code(.purgedFromQueue)), (3, .code(.invalidRecord)), (4, .code(.invalidRecord)),
        ]
        let answer = answer(flight(faults), (.record, "gapless"))
        #expect(answer.failures.kinds == [3: .untried, 4: .untried, 6: .untried])
        #expect(answer.failures.map(\.index) == [3, 4, 6], "ascending")
        #expect(!answer.hasVerdict)
        #expect(answer.care == RecordID(offset: 104), "the last of the request, not what was only queued")
    }

    @Test func onItsWayAloneARecordGetsItsVerdict() {
        let answer = answer(flight([(3, .code(.invalidRecord)), (4, .behind), (7, .behind)], isAlone: true))
        #expect(answer.failures.kinds == [3: .rejected, 4: .untried, 7: .untried])
        #expect(answer.hasVerdict)
        #expect(answer.care == nil)
        #expect(answer.failures[0].failure.message.contains("INVALID_RECORD"))
    }

    @Test func aClockThatIsWrongIsNoRecordsFault() {
        let clock = RefusalRules.fault(.invalidTimestamp, keepsTimestamp: false)
        for isAlone in [false, true] {
            let answer = answer(flight([(3, clock), (4, .behind)], isAlone: isAlone))
            #expect(answer.failures.kinds == [3: .transient, 4: .untried])
            #expect(answer.failures[0].failure.message.hasPrefix("waits for the clock: topic out refuses the time"))
            #expect(answer.care == nil)
        }
    }

    @Test func aTimeThatTheRecordBroughtIsItsOwnFault() {
        let time = RefusalRules.fault(.invalidTimestamp, keepsTimestamp: true)
        #expect(answer(flight([(3, time)], isAlone: true)).failures.kinds == [3: .rejected])
        let answer = answer(flight([(3, time)]))
        #expect(answer.failures.kinds == [3: .untried])
        #expect(answer.care == RecordID(offset: 103))
    }

    @Test func aRecordThatIsTooLargeIsNamedWithItsSize() {
        let answer = answer(flight([(2, .tooLarge(bytes: 2_345)), (3, .behind)]))
        #expect(answer.failures.kinds == [2: .poison, 3: .untried])
        #expect(answer.failures.map(\.failure.isTooLarge) == [true, false])
        #expect(answer.failures[0].failure.message.contains("2345"))
        #expect(answer.failures[0].failure.message.contains("2000"))
        #expect(answer.hasVerdict)
        #expect(answer.care == nil)
    }

    @Test func aRecordForTheBrokerAloneToJudgeGoesCarefully() {
        let answer = answer(flight([(2, .needsCare), (3, .behind)]))
        #expect(answer.failures.kinds == [2: .untried, 3: .untried])
        #expect(answer.care == RecordID(offset: 102))
    }

    @Test func aProducerThatBrokeByItselfIsAskedAgainLater() {
        let answer = answer(flight([(0, .code(.purgedFromQueue))]), (.endpoint, "Cluster authorization failed"))
        #expect(answer.failures.kinds == [0: .transient])
        #expect(answer.failures[0].failure.message == "Cluster authorization failed")
        #expect(answer.hasVerdict)
    }

    // MARK: - The table

    @Test func aDeliveryEndsWithItsLastReport() {
        var flights = SinkFlights()
        let first = flights.open(flight([]))
        let second = flights.open(flight([]))
        flights.sent(first, 10)
        flights.sent(second)
        expect(flights.landed(first, 9), false)
        expect(flights.landed(second, 1), true)
        expect(flights.failed(first, 9, .code(.invalidRecord)), true)
        expect(flights.failed(first, 8, .code(.invalidRecord)), false, "not the first of its delivery")
        expect(flights.landed(first, 1), true)
        expect(flights.close(second)?.taken, 10)
        expect(flights.close(second)?.taken, nil)
        #expect(flights.open == [first])
        expect(flights.open(flight([])), second, "slots are used again")
    }

    @Test func theOpaqueNumberIsSlotAndIndex() {
        for (slot, index) in [(0, 0), (1, 0), (0, 1), (77, 123_456), (1 << 20, 1 << 30)] {
            let opaque = SinkFlights.opaque(slot, index)
            #expect(SinkFlights.slot(opaque) == slot)
            #expect(SinkFlights.index(opaque) == index)
        }
    }
}
