/// Where `${env:NAME}`, `${file:PATH}` and `${credential:NAME}` get their values from.
public struct Variables: Sendable {
    /// Why a file could not be read, in the system's words: `No such file or directory`.
    public struct Unreadable: Error, Sendable, Hashable {
        /// The words.
        public let reason: String

        /// Unreadable for `reason`.
        public init(_ reason: String) { self.reason = reason }
    }

    /// The value of a variable of the environment; nil where it is not set.
    public var environment: @Sendable (String) -> String?
    /// The content of a file by its path.
    public var file: @Sendable (String) throws(Unreadable) -> [UInt8]
    /// The folder of the credentials, one file each; nil where there is none.
    public var credentials: String?

    /// Values from these places.
    public init(
        environment: @escaping @Sendable (String) -> String?,
        file: @escaping @Sendable (String) throws(Unreadable) -> [UInt8], credentials: String?
    ) {
        self.environment = environment
        self.file = file
        self.credentials = credentials
    }
}
