/// Which keys hold secrets by their name, whoever declares them.
enum Secrecy {
    /// What is shown in the place of a secret.
    static let mask = "***"

    private static let words = ["password", "passwd", "passphrase", "secret", "token", "jaas", "credential", ".pem"]

    /// Whether the value of `key` must never be shown.
    static func isSecret(_ key: String) -> Bool {
        let name = key.lowercased()
        return words.contains { name.contains($0) }
    }
}
