/// A rule that was broken, in which step.
public struct Violation: Error, Sendable, CustomStringConvertible {
    /// Which of the invariants of the design, or 0: the world did not come to rest.
    public var invariant: Int
    public var text: String
    public var step: Int

    public var description: String { "invariant \(invariant), step \(step): \(text)" }
}
