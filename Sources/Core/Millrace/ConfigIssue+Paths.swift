extension ConfigIssue {
    /// The mistake of a path that begins with `~`, which shells expand and nobody else; nil for any other path. `key` is
    /// what a kind's messages begin with.
    public static func tilde(_ path: String, of key: String, at place: ConfigPlace) -> ConfigIssue? {
        let first = path.prefix { $0 != "/" }
        guard first.hasPrefix("~"), path == "~" || first.count < path.count else { return nil }
        let rest = path.dropFirst(first.count)
        return ConfigIssue(
            "\(key): \(first) is not expanded, it would be a folder of that name", at: place, width: path.count,
            hint: "write the whole path" + (first == "~" ? ", or \"${env:HOME}\(rest)\"" : ""))
    }

    /// The mistakes of that kind in the paths of a `tls` block.
    public static func tildes(tls: Options) -> [ConfigIssue] {
        ["ca", "cert", "key"].compactMap { key in
            tls.string(key).flatMap { tilde($0, of: "tls.\(key)", at: tls.place(of: key)) }
        }
    }
}
