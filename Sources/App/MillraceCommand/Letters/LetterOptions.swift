import Millrace
import MillraceConfig
import MillraceJobs

/// What the commands about dead letters share.
enum LetterOptions {
    /// The options that say which letters are meant.
    static let filter: [CommandOption] = [
        .repeated(
            "reason", .choice("REASON", DeadLetter.Reason.allCases.map(\.rawValue)), "only letters of this reason"),
        .repeated(
            "stage", .text("STAGE"),
            "only letters of this stage: decode, transform, transform:2, sink, sink:clean"),
        .repeated("fingerprint", .text("HEX"), "only letters with this fingerprint"),
        .value("since", .moment, "only letters written since: an RFC 3339 time or an age, -2h"),
        .repeated(
            "origin", .origin,
            "only letters of this topic, shard or record; or what lies there in the dead letter topic"),
    ]

    /// The options that say where things are.
    static let places: [CommandOption] = [
        .value("state", .folder, "where it is kept what was redriven"),
        .value("credentials", .folder, "where ${credential:NAME} looks, instead of $CREDENTIALS_DIRECTORY"),
        .value("timeout", .duration(100...3_600_000), default: "10s", "how long a broker may stay away"),
    ]

    /// The filter of `invocation`.
    static func filter(_ invocation: Invocation) -> LetterFilter {
        var filter = LetterFilter()
        filter.reasons = invocation.texts("reason")
        filter.stages = invocation.texts("stage")
        filter.fingerprints = invocation.texts("fingerprint")
        filter.origins = invocation.texts("origin").compactMap { LetterFilter.Origin($0) }
        filter.since = invocation.text("since")
        return filter
    }

    /// The letters of `config` that `invocation` means, for those who only look.
    static func letters(_ invocation: Invocation, _ config: PipelineConfig) throws(MillraceError) -> Letters {
        try Letters(
            config, filter: filter(invocation), folder: try? StateFolder(invocation.text("state")),
            timeout: invocation.duration("timeout") ?? 10_000)
    }

    /// `filter` as options of a command line, for commands that are printed.
    static func words(_ invocation: Invocation) -> String {
        ["reason", "stage", "fingerprint", "since", "origin"]
            .flatMap { name in invocation.texts(name).map { " --\(name) \($0)" } }.joined()
    }
}

extension ValueForm {
    /// A moment. What is a place and no moment is told where it is looked up, with what to write instead.
    static let moment = ValueForm.checked("TIME", example: "2026-01-31T12:00:00Z or -2h") { Place($0) != nil }

    /// A topic, a shard or a record.
    static let origin = ValueForm.checked("ORIGIN", example: "orders, orders:3 or orders:3:18911") {
        LetterFilter.Origin($0) != nil
    }
}
