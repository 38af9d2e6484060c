import Testing

@testable import MillraceCommand

/// Which name is taken to be meant.
@Suite struct NearestNameTests {
    private let names = ["broker", "check", "demo", "init", "produce", "run", "replay", "--records", "--log-level"]

    @Test(arguments: [
        ("brokr", "broker"), ("chekc", "check"), ("dmeo", "demo"), ("--recods", "--records"), ("rnu", "run"),
        ("CHECK", "check"), ("produces", "produce"), ("--loglevel", "--log-level"), ("--log-lvl", "--log-level"),
    ])
    func aSlipIsUnderstood(_ typed: String, _ meant: String) {
        #expect(NearestName.of(typed, among: names) == meant)
    }

    @Test(arguments: ["", "x", "xyzzy", "consume", "--zz", "status", "dxyo"])
    func anythingElseIsNot(_ typed: String) {
        #expect(NearestName.of(typed, among: names) == nil)
    }

    @Test func ofEquallyNearOnesTheFirst() {
        #expect(NearestName.of("xun", among: ["run", "fun"]) == "run")
        #expect(NearestName.of("run", among: []) == nil)
    }
}
