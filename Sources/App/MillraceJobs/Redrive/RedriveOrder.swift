import Millrace

/// What a redrive is asked to do.
public struct RedriveOrder: Sendable {
    /// Which letters.
    public var filter = LetterFilter()
    /// A topic that is given the records as they had been read, in place of the pipeline.
    public var topic: String?
    /// Letters a second at most.
    public var rate: Int?
    /// A letter that was sent through so often is left where it is.
    public var maxRedrives = 3
    /// Whether it only counts.
    public var isDry = false
    /// Whether it was agreed to already.
    public var isAgreed = false
    /// How long a broker may stay away before the start, milliseconds.
    public var timeout: Int64 = 10_000

    /// All letters, through the pipeline.
    public init() {}

    /// Throws for what does not go together.
    func check(dead: String, source: [String]) throws(MillraceError) {
        guard let topic else { return }
        if source.contains(topic) {
            throw MillraceError(
                .usage,
                "--topic \(topic) is a topic of the source: the worker would read all of it again, for every sink",
                remedy: "leave --topic out: the letters then go through the pipeline, each to the sink that lacks it")
        }
        if topic == dead {
            throw MillraceError(.usage, "--topic \(topic) is the dead letter topic itself", remedy: "name another one")
        }
    }
}
