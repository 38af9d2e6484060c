import Millrace

/// What compares IP addresses: `cidr`, and a text that is an address.
extension PatternParser {
    /// `cidr`: an address, a slash, and how many of its first bits count.
    mutating func network(_ node: ConfigNode) -> Pattern.Test? {
        guard let text = characters(node, "cidr") else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count <= 3, let bits = Int(parts[1]), parts[1].allSatisfy(\.isNumber)
        else {
            complain("cidr takes an address, a slash and a number of bits", node, hint: "for example 10.0.0.0/8")
            return nil
        }
        guard let address = IPAddress(Array(parts[0].utf8).span) else {
            complain("cidr takes an address of IPv4 or IPv6", node, hint: "for example 10.0.0.0/8 or \"2001:db8::/32\"")
            return nil
        }
        guard bits < address.width else {
            let what = "cidr of IPv\(address.isVersion4 ? 4 : 6) has 0 to \(address.width - 1) bits, not \(bits)"
            complain(what, node, hint: "one address alone is written as a text, without cidr")
            return nil
        }
        return .network(IPNetwork(address, bits: bits))
    }

    /// A text that is an IP address stands for all ways to write that address; other tests are as they are.
    func asAddress(_ test: Pattern.Test) -> Pattern.Test {
        guard case .text(.equals, let text) = test, let address = IPAddress(Array(text.utf8).span) else { return test }
        return .network(IPNetwork(address, bits: address.width))
    }
}
