/// The parts of an address that Millrace looks at. The rest of it is libcurl's.
struct HTTPAddress {
    let isSecure: Bool
    let host: String
    let port: Int
    /// Whether a name or password stands before the host.
    let hasLogin: Bool

    /// Nil for anything but `http` or `https` with a host.
    init?(_ text: String) {
        let lower = text.lowercased()
        guard let scheme = ["http://", "https://"].first(where: { lower.hasPrefix($0) }) else { return nil }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        isSecure = scheme == "https://"
        var authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\\" }
        hasLogin = authority.contains("@")
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        let isBracketed = authority.hasPrefix("[")
        if isBracketed, !authority.contains("]") { return nil }
        let name = isBracketed ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        let rest = authority.dropFirst(name.count)
        guard !name.isEmpty, name != "[]", rest.isEmpty || rest.hasPrefix(":") else { return nil }
        host = String(name)
        if rest.isEmpty {
            port = isSecure ? 443 : 80
        } else {
            guard let number = Int(rest.dropFirst()), (1...65_535).contains(number) else { return nil }
            port = number
        }
    }
}
