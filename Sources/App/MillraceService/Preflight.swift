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
    public func run(timeout: Int64) -> [Finding] {
        let source = config.source
        var findings = [
            Finding(part: "source", readiness: source.kind.probe(source.options, timeout: timeout))
        ]
        let context = CheckContext(sourceKind: source.kind.name, source: source.options)
        for sink in config.sinks {
            let readiness = sink.kind.probe(sink.options, context, timeout: timeout)
            findings.append(Finding(part: "sink:\(sink.name)", readiness: readiness))
        }
        if case .write(let options) = config.deadLetter {
            let readiness = source.kind.probeDeadLetters(options, source: source.options, timeout: timeout)
            findings.append(Finding(part: "dead_letter", readiness: readiness))
        }
        return findings
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
