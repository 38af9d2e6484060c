import Millrace
import Platform

/// `stdout`: lines on standard output. It has no keys: `stdout: {}`.
public struct StdoutSinkKind: SinkKind {
    /// The kind itself has no state.
    public init() {}

    /// `stdout`.
    public let name = "stdout"
    /// One sentence for the reference.
    public let meaning = "Writes each record's payload as a line to standard output."
    /// None.
    public var keys: [Key] { [] }

    /// Nothing can be wrong.
    public func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue] { [] }

    /// Starts the thread that writes.
    public func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink {
        do throws(SystemError) {
            return try StdoutSink(output: .standard, memory: context.memory)
        } catch {
            throw MillraceError(.internal, "sink \(context.name): \(error)")
        }
    }
}
