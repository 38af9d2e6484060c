import Millrace
import MillraceConfig
import Testing

/// `tests:`, the cases of `millrace test`.
@Suite struct TestCaseTests {
    private func load(tests: String) -> LoadedConfig { MillraceConfigTests.load(good + "tests:\n" + tests) }

    @Test func `a case is read with all its parts`() throws {
        let loaded = load(
            tests: """
                  - name: delivered
                    input: aGVsbG8=
                    sinks: { clean: ['{"id":1}', ""], archive: [~] }
                  - { name: dead, input: { value: x, key: k, headers: { a: b } }, dead: decode }
                  - { name: tombstone, input: { value: null }, dead: true }

                """)
        #expect(loaded.complaints == [])
        let cases = try #require(loaded.config?.tests)
        #expect(cases.map(\.name) == ["delivered", "dead", "tombstone"])
        #expect(cases.map(\.place.line) == [29, 32, 33])
        #expect(cases.map(\.payload) == [Array("aGVsbG8=".utf8), Array("x".utf8), nil])
        #expect(cases.map(\.key) == [nil, Array("k".utf8), nil])
        #expect(cases.map(\.hasHeaders) == [false, true, false])
        #expect(cases.map(\.death) == [.none, .reason("decode"), .any])
        #expect(cases[0].sinks.map(\.sink) == ["clean", "archive"])
        #expect(cases[0].sinks.map(\.payloads) == [[Array(#"{"id":1}"#.utf8), []], [nil]])
        #expect(MillraceConfigTests.load(good).config?.tests.isEmpty == true)
    }

    @Test(
        arguments: [
            ("  a: b", "29:3-1 tests must be a list of cases, not a mapping (for example [{ name: …, input: … }])"),
            ("  - { input: x }", #"29:5-12 tests[1] has no "name" (name: what the case shows)"#),
            (
                "  - { name: n }",
                #"29:5-11 tests[1] has no "input" (input: the record: its payload as on the wire, or a mapping with value (null for a tombstone), key and headers)"#
            ),
            ("  - { name: n, input: }", "29:23-1 tests[1].input has no value (write { value: null } for a tombstone)"),
            (
                "  - { name: n, input: [x] }",
                "29:23-3 tests[1].input must be a text or a mapping, not a list (a case has one record)"
            ),
            (
                "  - { name: n, input: x, sinks: { claen: [] } }",
                #"29:35-5 there is no sink "claen" (did you mean "clean"?)"#
            ),
            (
                "  - { name: n, input: x, sinks: { clean: y } }",
                #"29:42-1 tests[1].sinks.clean must be a list of payloads, not "y" (put it in brackets)"#
            ),
            (
                "  - { name: n, input: x, sinks: { clean: [{ id: 1 }] } }",
                #"29:43-9 tests[1].sinks.clean must hold texts, not a mapping (put JSON in quotes: '{"id":1}')"#
            ),
            (
                "  - { name: n, input: x, dead: decoed }",
                "29:32-6 tests[1].dead must be one of false, true, decode, transform, poison, rejected, exhausted, expired, "
                    + #"too-large, skipped, not "decoed" (did you mean "decode"?)"#
            ),
            (
                "  - { name: n, input: x, snks: {} }",
                #"29:26-4 unknown key "snks" in tests[1] (did you mean "sinks"?)"#
            ),
        ])
    func `what is wrong with a case is told at its place`(_ lines: String, _ complaint: String) {
        let loaded = load(tests: lines + "\n")
        #expect(loaded.complaints == [complaint])
        #expect(loaded.config == nil)
    }
}
