/// An address of the Internet Protocol, version 4 or 6. Plain data.
struct IPAddress: Equatable {
    let isVersion4: Bool
    /// 32 bits or 128.
    let bits: UInt128

    /// The longest text of four numbers that is an address.
    private static let longestVersion4 = 15

    /// How many bits an address of its version has.
    var width: Int { isVersion4 ? 32 : 128 }

    /// The address that `text` is, in the forms that EventBridge knows: four decimal numbers, zeros in front allowed; or
    /// eight groups of hexadecimal digits, once with `::` for groups of zeros. An address of version 4 inside one of
    /// version 6 (`::ffff:a00:1`) is that of version 4; there are no dots behind colons and no zones.
    ///
    /// Complexity: linear, ends at the first byte that no address has; no allocation.
    init?(_ text: Span<UInt8>) {
        if let bits = Self.version4(text) {
            (isVersion4, self.bits) = (true, bits)
        } else if let bits = Self.version6(text) {
            isVersion4 = bits >> 32 == 0xFFFF
            self.bits = isVersion4 ? bits & 0xFFFF_FFFF : bits
        } else {
            return nil
        }
    }

    private static func version4(_ text: Span<UInt8>) -> UInt128? {
        if text.count > longestVersion4 { return nil }
        var (bits, number, digits, dots): (UInt128, UInt128, Int, Int) = (0, 0, 0, 0)
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                if digits == 0 || dots == 3 { return nil }
                bits = bits << 8 | number
                (number, digits, dots) = (0, 0, dots + 1)
            } else {
                guard let digit = digit(byte), digit < 10 else { return nil }
                number = number * 10 + digit
                digits += 1
                if number > 255 { return nil }
            }
        }
        return digits > 0 && dots == 3 ? bits << 8 | number : nil
    }

    private static func version6(_ text: Span<UInt8>) -> UInt128? {
        let colon = UInt8(ascii: ":")
        if text.count < 2 || text[0] == colon && text[1] != colon { return nil }
        var (bits, groups, gap): (UInt128, Int, Int?) = (0, 0, nil)
        var (group, digits): (UInt128, Int) = (0, 0)
        for index in (text[0] == colon ? 1 : 0)..<text.count {
            if text[index] != colon {
                guard let digit = digit(text[index]) else { return nil }
                group = group << 4 | digit
                digits += 1
                if group > 0xFFFF { return nil }
            } else if digits > 0 {
                if groups == 8 || index == text.count - 1 { return nil }
                bits = bits << 16 | group
                (group, digits, groups) = (0, 0, groups + 1)
            } else {
                if gap != nil { return nil }
                gap = groups
            }
        }
        if digits > 0 {
            if groups == 8 { return nil }
            bits = bits << 16 | group
            groups += 1
        }
        guard let gap else { return groups == 8 ? bits : nil }
        if groups == 8 { return nil }
        let behind = 16 * (groups - gap)
        return (bits >> behind) << (128 - 16 * gap) | bits & ((1 << behind) - 1)
    }

    private static func digit(_ byte: UInt8) -> UInt128? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt128(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt128(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt128(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

/// The addresses of one version whose first bits are these. Plain data.
struct IPNetwork: Equatable {
    private let first: IPAddress
    /// The bits that must be the same.
    private let mask: UInt128

    /// The network of `address` whose first `bits` are fixed; `address` may lie anywhere in it.
    init(_ address: IPAddress, bits: Int) {
        first = address
        mask = UInt128.max << (address.width - bits)
    }

    /// Whether `address` lies in it. An address of the other version never does.
    func contains(_ address: IPAddress) -> Bool {
        address.isVersion4 == first.isVersion4 && (address.bits ^ first.bits) & mask == 0
    }
}
