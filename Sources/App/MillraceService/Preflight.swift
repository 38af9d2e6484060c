import Millrace
import MillraceConfig
import Platform

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

    /// How each part was found, in order; all are looked at together, each for at most `timeout` milliseconds. Blocks.
    public func run(timeout: Int64) -> [Finding] {
        let looks = self.looks(timeout)
        let found = Locked<[Readiness?]>(Array(repeating: nil, count: looks.count))
        // A thread each: a part that does not answer takes as long as it may, and should not keep the others waiting.
        let threads = looks.enumerated().map { index, item in
            try? Thread(name: "look-\(index)") {
                let readiness = item.look()
                found.withLock { $0[index] = readiness }
            }
        }
        for thread in threads { thread?.join() }
        return found.withLock { $0 }.enumerated().map { index, readiness in
            // Without a thread it is done here.
            Finding(part: looks[index].part, readiness: readiness ?? looks[index].look())
        }
    }

    /// The parts in order, and how to look at each.
    private func looks(_ timeout: Int64) -> [(part: String, look: @Sendable () -> Readiness)] {
        let source = config.source
        var looks: [(part: String, look: @Sendable () -> Readiness)] = [
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
            if case .unreachable(let message, _) = finding.readiness { return (finding.part, message) }
        }
        return nil
    }
}
