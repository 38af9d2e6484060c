import Millrace

extension KafkaSinkKind {
    /// Whether a broker answers and the topic is there.
    public func probe(_ options: Options, _ context: CheckContext, timeout: Int64) -> Readiness {
        guard let topic = options.string("topic") else { return .ready("") }
        return KafkaSourceKind.probe(
            ClientOptions(options, inheriting: context.source), topics: [topic], timeout: timeout)
    }
}
