import Millrace
import Platform

/// What a command works with: the kinds it knows, and where it reads and writes.
struct Surroundings: Sendable {
    /// The kinds of sources, sinks and transforms.
    let registry: Registry
    /// Where records come from that no file is named for.
    var input = StandardStream.input
    /// Where results go.
    var output = StandardStream.output
    /// Where errors and the log go.
    var error = StandardStream.error
}
