/// What went wrong, what to do about it, and where.
public struct MillraceError: Error, Sendable {
    /// The kind of error, which decides the exit code.
    public struct Code: Hashable, Sendable {
        /// Process exit code (sysexits where there is one).
        public let exitCode: Int32
        /// A short description without dynamic parts, fit for a metric label.
        public let shortDescription: String

        private init(_ exitCode: Int32, _ shortDescription: String) {
            self.exitCode = exitCode
            self.shortDescription = shortDescription
        }

        /// The command line is wrong.
        public static let usage = Code(64, "usage")
        /// Data is not what it should be.
        public static let data = Code(65, "data")
        /// A file cannot be opened.
        public static let noInput = Code(66, "no input")
        /// A broker or another service does not answer.
        public static let unavailable = Code(69, "unavailable")
        /// A fault of Millrace itself.
        public static let `internal` = Code(70, "internal")
        /// Output cannot be created.
        public static let cannotCreate = Code(73, "cannot create output")
        /// A permission or credential is missing.
        public static let notPermitted = Code(77, "not permitted")
        /// The configuration is wrong.
        public static let config = Code(78, "configuration")
        /// Another instance has taken this one's place.
        public static let fenced = Code(79, "fenced")
    }

    /// The kind of error.
    public let code: Code
    /// What went wrong, with names and numbers.
    public let message: String
    /// What to do about it, if there is something to say.
    public let remedy: String?
    /// The key of the config at fault, where there is one.
    public let place: ConfigPlace?

    /// An error of kind `code`.
    public init(_ code: Code, _ message: String, remedy: String? = nil, at place: ConfigPlace? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.place = place
    }
}

extension MillraceError: CustomStringConvertible {
    /// The message, and the remedy on a line of its own.
    public var description: String { remedy.map { "\(message)\n  fix: \($0)" } ?? message }
}
