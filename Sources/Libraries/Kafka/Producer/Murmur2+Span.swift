import CRdkafka

extension Murmur2 {
    /// The partition, of `count` (at least 1), that Java's clients send a record with this key to.
    @inlinable public static func partition(of key: RawSpan, count: Int32) -> Int32 {
        unsafe key.withUnsafeBytes { unsafe partition($0, of: count) }
    }

    /// Fetches a key that will be hashed, and produced, a few records later. A hint: O(1), never waits.
    @inlinable public static func prefetch(_ key: RawSpan) {
        // A prefetch of whatever address, also of none, cannot fault.
        unsafe key.withUnsafeBytes { unsafe crk_prefetch_key($0.baseAddress) }
    }
}
