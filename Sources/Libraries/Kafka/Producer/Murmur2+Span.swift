extension Murmur2 {
    /// The partition, of `count` (at least 1), that Java's clients send a record with this key to.
    @inlinable public static func partition(of key: RawSpan, count: Int32) -> Int32 {
        unsafe key.withUnsafeBytes { unsafe partition($0, of: count) }
    }
}
