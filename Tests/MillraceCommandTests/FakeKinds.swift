import Millrace

/// Kinds that start nothing and are found as a test wants it.
extension Registry {
    /// One source, one sink and one decoder, all named `fake` but for the decoder `none`.
    static func fake(
        source: Readiness = .ready("4 partitions"), sink: Readiness = .ready(""),
        letters: Readiness = .ready("1 partition")
    ) -> Registry {
        Registry().adding(FakeSource(found: source, letters: letters)).adding(FakeSink(found: sink)).adding(
            FakeDecoder())
    }
}

private struct FakeSource: SourceKind {
    let found: Readiness
    let letters: Readiness
    let name = "fake"
    let meaning = "Reads nothing."
    let keys: [Key] = [.required("brokers", .string, "Where.")]
    let deadLetterKeys: [Key] = []

    func check(_ options: Options) -> [ConfigIssue] {
        guard options.string("brokers") == "odd" else { return [] }
        return [ConfigIssue("odd brokers", at: options.place(of: "brokers"), severity: .warning)]
    }
    func probe(_ options: Options, timeout: Int64) -> Readiness { found }
    func probeDeadLetters(_ options: Options, source: Options, timeout: Int64) -> Readiness { letters }
    func make(_ options: Options, _ context: SourceContext) throws(MillraceError) -> any Source { throw nothing }
    func makeDeadLetterWriter(
        _ options: Options, source: Options, _ context: SourceContext
    ) throws(MillraceError) -> any DeadLetterWriter { throw nothing }
}

private struct FakeSink: SinkKind {
    let found: Readiness
    let name = "fake"
    let meaning = "Takes nothing."
    let keys: [Key] = []

    func probe(_ options: Options, _ context: CheckContext, timeout: Int64) -> Readiness { found }
    func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink { throw nothing }
}

private struct FakeDecoder: DecodeKind {
    let name = "none"
    let meaning = "Expects nothing."

    func make() -> (any Transform)? { nil }
}

private let nothing = MillraceError(.internal, "nothing is made here")
