import Millrace
import MillraceConfig

/// Runs the cases under `tests` of a config, through decode, the transforms and what each sink has of its own; no sink is
/// opened and no broker asked.
public struct CaseRun {
    private let config: PipelineConfig
    private let path: String

    /// The cases of `config`, whose file is at `path`.
    public init(_ config: PipelineConfig, path: String) {
        self.config = config
        self.path = path
    }

    /// Runs them in their order and shows each; whether all passed. `asJSON`: an object a line, without a summary.
    public func run(_ view: any JobView, asJSON: Bool) throws(MillraceError) -> Bool {
        guard !config.tests.isEmpty else {
            throw MillraceError(
                .config, "\(path) has no cases",
                remedy: "add some under tests: a name, an input, and what each sink is to be given")
        }
        let trial = Trial(config)
        let sinks = config.sinks.map(\.name)
        var failed = 0
        for test in config.tests {
            var record = TrialRecord(payload: test.payload)
            record.key = test.key
            record.hasHeaders = test.hasHeaders
            let verdict = CaseVerdict(test, trial.run(record), sinks: sinks)
            if !verdict.isPassed { failed += 1 }
            let text = CaseText(test: test, verdict: verdict, path: path)
            try view.result(asJSON ? text.json : text.plain)
        }
        let count = config.tests.count
        if !asJSON {
            try view.result("\(JobText.counted(count, "case")): \(count - failed) passed, \(failed) failed\n")
        }
        return failed == 0
    }
}
