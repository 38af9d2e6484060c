import Millrace
import MillraceConfig

/// A look at a sink before a job sends anything to it: a topic that is not there would be waited for without end, with
/// nobody there to make it.
struct SinkLook {
    let source: PipelineConfig.Source
    /// How long a broker may take to answer, milliseconds.
    let timeout: Int64

    /// Throws where the sink of `kind` answers and will not do. One that does not answer is waited for, as ever.
    func check(_ kind: any SinkKind, _ options: Options) throws(MillraceError) {
        let context = CheckContext(sourceKind: source.kind.name, source: source.options)
        if case .refused(let error) = kind.probe(options, context, timeout: timeout) { throw error }
    }
}
