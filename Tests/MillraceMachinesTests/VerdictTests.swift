import Millrace
import Testing

@testable import MillraceMachines

@Suite struct VerdictTests {
    private func decide(
        _ verdict: inout Verdict, _ kind: FailureClass, isWitnessed: Bool = false, isSure: Bool = false
    ) -> Verdict.Decision {
        verdict.decide(kind, isWitnessed: isWitnessed, isSure: isSure)
    }

    @Test func aWitnessServesOneVerdict() {
        var verdict = Verdict(unwitnessed: 0)
        let kinds: [FailureClass] = [.transient, .transient, .rejected]
        #expect(kinds.map { decide(&verdict, $0, isWitnessed: true) } == [.condemn, .suspect, .suspect])
        verdict.delivered()
        #expect(decide(&verdict, .rejected, isWitnessed: true) == .condemn)
    }

    @Test func rejectedOnesHaveAnAllowance() {
        var verdict = Verdict(unwitnessed: 2)
        let kinds: [FailureClass] = [.transient, .rejected, .rejected, .rejected]
        #expect(kinds.map { decide(&verdict, $0) } == [.suspect, .condemn, .condemn, .suspect])
        #expect(verdict.row == 2)
    }

    @Test func whatIsSureCostsNothing() {
        var verdict = Verdict(unwitnessed: 0)
        #expect(decide(&verdict, .transient, isSure: true) == .condemn)
        #expect(verdict.row == 0)
    }
}
