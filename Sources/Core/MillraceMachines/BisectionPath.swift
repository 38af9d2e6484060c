/// The way from a delivery to a piece of it: left or right, at every halving.
public struct BisectionPath: Hashable, Sendable {
    private var turns: UInt64 = 0
    private var depth: UInt8 = 0

    /// The whole delivery.
    public init() {}

    /// The left half. A batch has fewer than 2⁶⁴ records, so the path never runs out of bits.
    func left() -> BisectionPath { turned(0) }

    /// The right half.
    func right() -> BisectionPath { turned(1) }

    private func turned(_ bit: UInt64) -> BisectionPath {
        var path = self
        path.turns |= bit << UInt64(depth)
        path.depth += 1
        return path
    }
}

extension BisectionPath: CustomStringConvertible {
    /// `L` and `R`, the first halving first; empty for a delivery that was never halved.
    public var description: String {
        String((0..<depth).map { turns >> UInt64($0) & 1 == 0 ? "L" : "R" })
    }
}
