extension Key {
    /// The keys of a `tls` block: whom to trust, and what to show of oneself. Files, as PEM.
    public static let certificates: [Key] = [
        Key(
            "ca", .string, example: "ca.pem",
            "File with the certificates to trust, PEM; the system's unless given."),
        Key("cert", .string, example: "client.pem", "File with the client's own certificate, PEM."),
        Key("key", .string, example: "client.key", "File with the key of `cert`, PEM."),
    ]
}
