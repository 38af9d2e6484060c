import Testing

@testable import KafkaConnector

@Suite struct FenceRuleTests {
    @Test func onceItJoinsAgain() {
        var rule = FenceRule(session: 10_000)
        let first = rule.fenced(at: 5)
        let second = rule.fenced(at: 10_005)
        #expect(first && !second)
    }

    @Test func afterASessionItIsTheFirstTimeAgain() {
        var rule = FenceRule(session: 10_000)
        let first = rule.fenced(at: 0)
        let second = rule.fenced(at: 10_001)
        let third = rule.fenced(at: 20_001)
        #expect(first && second && !third)
    }
}
