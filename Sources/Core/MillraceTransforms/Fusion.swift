import Millrace

/// Joins transforms that can share work, once, at the start.
public enum Fusion {
    /// The same transforms in the same order, with runs of those that look into JSON joined where one reading of a
    /// payload serves them all: filters, and behind them what makes a new payload.
    ///
    /// What becomes of a record, and which transform of the config it fails in, is the same (``Transform/steps`` and the
    /// `step` of a failure count on through a joined one).
    public static func fuse(_ transforms: [any Transform]) -> [any Transform] {
        var fused: [any Transform] = []
        for transform in transforms {
            if let last = fused.last as? JSONTransform, let next = transform as? JSONTransform,
                let joined = last.joined(with: next)
            {
                fused[fused.count - 1] = joined
            } else {
                fused.append(transform)
            }
        }
        return fused
    }
}
