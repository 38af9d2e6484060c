/// Chance by name: the same question gets the same answer under a seed, whatever was asked before. So a plan from which
/// something was dropped rolls the rest as before.
struct Dice: Sendable {
    let seed: UInt64

    /// A number for a question; `salt` says which one.
    func roll(_ salt: UInt64, _ first: Int = 0, _ second: Int = 0, _ third: Int = 0, _ fourth: Int = 0) -> UInt64 {
        var word = Dice.mix(seed &+ salt &* 0x9e37_79b9_7f4a_7c15)
        word = Dice.mix(word ^ UInt64(truncatingIfNeeded: first) &* 0xd6e8_feb8_6659_fd93)
        word = Dice.mix(word ^ UInt64(truncatingIfNeeded: second) &* 0xa076_1d64_78bd_642f)
        let rest = UInt64(truncatingIfNeeded: third) &* 0xe703_7ed1_a0b4_28db ^ UInt64(truncatingIfNeeded: fourth) << 40
        return Dice.mix(word ^ rest)
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var word = value &+ 0x9e37_79b9_7f4a_7c15
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

extension UInt64 {
    /// A number below `bound`.
    func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(self % UInt64(bound)) }

    /// True in `share` of thousand cases.
    func isWithin(_ share: Int) -> Bool { below(1000) < share }

    /// What the number leaves for a second question.
    var rest: UInt64 { Dice.mix(self) }
}
