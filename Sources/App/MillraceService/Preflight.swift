import Millrace
import MillraceConfig

/// Looks at everything a config names before anything starts.
public struct Preflight: Sendable {
    private let config: PipelineConfig

    /// A look at what `config` names.
    public init(config: PipelineConfig) { self.config = config }

    /// A part of the pipeline and how it was found.
    public struct Finding: Sendable {
        /// `source`, `sink:<name>` or `dead_letter`.
        public let part: String
        /// How it was found.
        public let readiness: Readiness
    }

    /// How each part was found; each is looked at for at most `timeout` milliseconds. Blocks.
    ///
    /// - Parameter isBrief: whether to end at the first part that does not answer: who waits for it anyway should hear of
    ///   it before the others have been asked.
    public func run(timeout: Int64, isBrief: Bool = false) -> [Finding] {
        var findings: [Finding] = []
        for (part, look) in looks(timeout) {
            let readiness = look()
            findings.append(Finding(part: part, readiness: readiness))
            if isBrief, case .unreachable = readiness { break }
        }
        return findings
    }

    /// The parts in order, and how to look at each.
    private func looks(_ timeout: Int64) -> [(part: String, look: () -> Readiness)] {
        let source = config.source
        var looks: [(part: String, look: () -> Readiness)] = [
            ("source", { source.kind.probe(source.options, timeout: timeout) })
        ]
        let context = CheckContext(sourceKind: source.kind.name, source: source.options)
        for sink in config.sinks {
            looks.append(("sink:\(sink.name)", { sink.kind.probe(sink.options, context, timeout: timeout) }))
        }
        if case .write(let options) = config.deadLetter {
            looks.append(
                (
                    "dead_letter",
                    { source.kind.probeDeadLetters(options, source: source.options, timeout: timeout) }
                ))
        }
        return looks
    }
}

extension [Preflight.Finding] {
    /// What waiting does not help against.
    var refusals: [(part: String, error: MillraceError)] {
        compactMap { finding in
            if case .refused(let error) = finding.readiness { (finding.part, error) } else { nil }
        }
    }

    /// The first part that may still come.
    var unreachable: (part: String, message: String)? {
        for finding in self {
            if case .unreachable(let message) = finding.readiness { return (finding.part, message) }
        }
        return nil
    }
}
