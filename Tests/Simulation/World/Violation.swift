/// A rule that was broken, in which step.
package struct Violation: Error, Sendable, CustomStringConvertible {
    /// Which of the invariants of the design, or 0: the world did not come to rest.
    package var invariant: Int
    package var text: String
    package var step: Int

    package var description: String { "invariant \(invariant), step \(step): \(text)" }
}
