import Millrace

/// Joins transforms that can share work, once, at the start.
public enum Fusion {
    /// The same transforms in the same order, with runs of those that look into JSON joined where one reading of a
    /// payload serves them all: filters, and behind them what makes a new payload. Base64 in front joins them as well.
    ///
    /// What becomes of a record, and which transform of the config it fails in, is the same (``Transform/steps`` and the
    /// `step` of a failure count on through a joined one).
    public static func fuse(_ transforms: [any Transform]) -> [any Transform] {
        var fused: [any Transform] = []
        for transform in transforms {
            if let last = fused.last, let joined = join(last, transform) {
                fused[fused.count - 1] = joined
            } else {
                fused.append(transform)
            }
        }
        return fused
    }

    private static func join(_ first: any Transform, _ second: any Transform) -> (any Transform)? {
        guard let second = second as? JSONTransform else { return nil }
        switch first {
        case let first as JSONTransform: return first.joined(with: second)
        case let first as Base64Decode: return DecodedJSONTransform(decode: first, json: second)
        case let first as DecodedJSONTransform:
            return first.json.joined(with: second).map { DecodedJSONTransform(decode: first.decode, json: $0) }
        default: return nil
        }
    }
}
