import Millrace

extension KafkaSinkKind {
    /// Whether a broker answers, and the topic is there and may be used.
    public func probe(_ options: Options, _ context: CheckContext, timeout: Int64) -> Readiness {
        guard let topic = options.string("topic") else { return .ready("") }
        let client = ClientOptions(options, inheriting: context.source)
        return client.probe(
            [topic], .write, ConnectionSetup(client, options, inheriting: context.source),
            at: options.place(of: "topic"), timeout: timeout)
    }
}
