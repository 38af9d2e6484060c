import Testing

@testable import MillraceCommand

@Suite struct DemoLimitTests {
    /// Whether it was over at each of `looks`.
    private func ends(_ length: Int64?, _ looks: [(read: Int, now: Int64)]) -> [Bool] {
        var limit = DemoLimit(length)
        return looks.map { limit.isOver(read: $0.read, now: $0.now) }
    }

    @Test func theStartDoesNotCount() {
        let ends = ends(1_000, [(0, 500), (0, 5_000), (7, 5_200), (900, 6_199), (901, 6_200)])
        #expect(ends == [false, false, false, false, true])
    }

    @Test func withoutALengthThereIsNoEnd() { #expect(ends(nil, [(1, 0), (2, .max)]) == [false, false]) }
}
