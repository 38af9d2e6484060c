import CPlatform

/// A small random number generator: the same seed gives the same numbers everywhere. For jitter, simulation and tests; not
/// for secrets.
///
/// After Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014). Its period is 2⁶⁴.
@frozen
public struct SplitMix64: RandomNumberGenerator, Sendable {
    @usableFromInline var state: UInt64

    /// The sequence of `seed`.
    @inlinable
    public init(seed: UInt64) {
        state = seed
    }

    /// A sequence that nobody can foretell, seeded by the system.
    public static func seededBySystem() -> SplitMix64 {
        var seed: UInt64 = 0
        // The call writes eight bytes and keeps no pointer. Where it fails, the clock is as good for jitter.
        let answer = unsafe withUnsafeMutableBytes(of: &seed) { unsafe cp_random($0.baseAddress, $0.count) }
        return SplitMix64(seed: answer == 0 ? seed : UInt64(bitPattern: MonotonicClock.now()))
    }

    /// The next 64 random bits.
    @inlinable
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    /// The next number of 0 ..< 1, all multiples of 2⁻⁵³ equally likely.
    @inlinable
    public mutating func nextDouble() -> Double { Double(next() >> 11) * 0x1p-53 }
}
