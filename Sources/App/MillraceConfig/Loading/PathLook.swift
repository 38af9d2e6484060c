/// How a config's check sees what lies at a path on this machine: it opens nothing.
public struct PathLook: Sendable {
    /// What lies somewhere.
    public enum Kind: Sendable {
        /// Nothing.
        case missing
        /// An ordinary file.
        case file
        /// A folder.
        case folder
        /// Something else, as a socket, or what cannot be told.
        case other
    }

    private let look: @Sendable (String) -> Kind

    /// Asks `look`, which is given paths as the config has them.
    public init(_ look: @escaping @Sendable (String) -> Kind) { self.look = look }

    /// Takes every path for fine: another machine than the worker's may check.
    public static let nowhere = PathLook { _ in .other }

    func kind(_ path: String) -> Kind { look(path) }

    /// The folder of a path; `.` for a bare name.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
