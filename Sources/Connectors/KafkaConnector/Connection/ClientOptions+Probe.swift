import Kafka
import Millrace
import Platform

extension ClientOptions {
    /// Looks for `topics` as a client with these options would.
    func probe(
        _ topics: [String], _ use: TopicProbe.Use, _ setup: ConnectionSetup, at place: ConfigPlace?, timeout: Int64
    ) -> Readiness {
        if let error = unreadable(setup) { return .refused(error) }
        do {
            var configuration = TopicProbe.configuration(try bootstrap(topics: topics), setup)
                .merging(KafkaConfiguration(security))
                .merging(KafkaConfiguration(properties.filter { ClientOptions.isConnection($0.key) }))
            // A group that the user may not use is to be told from topics: the question is asked in its name.
            if case .read(let group, _, _) = use { configuration["group.id"] = group }
            return TopicProbe(
                BrokerLook(setup: setup, configuration: configuration), topics: topics, use: use, at: place
            ).run(timeout: timeout)
        } catch { return .refused(error) }
    }

    /// Whether a property is about the connection rather than about what is done with it.
    private static func isConnection(_ property: String) -> Bool {
        isSecurity(property) || property.hasPrefix("broker.address.") || property.hasPrefix("client.dns.")
            || (property.hasPrefix("socket.") && !property.hasSuffix("buffer.bytes"))
    }

    /// The first file of `tls` that cannot be read: librdkafka's own words for it do not say why.
    private func unreadable(_ setup: ConnectionSetup) -> MillraceError? {
        for (key, property) in [
            ("tls.ca", "ssl.ca.location"), ("tls.cert", "ssl.certificate.location"), ("tls.key", "ssl.key.location"),
        ] {
            guard let path = (security + properties).last(where: { $0.key == property })?.value else { continue }
            do throws(SystemError) {
                _ = try File(path, [.reading])
            } catch {
                return MillraceError(
                    .config, "\(key): cannot read \(path): \(error.reason)",
                    remedy: "correct the path (relative ones count from the working directory), or its permissions",
                    at: setup.place(key))
            }
        }
        return nil
    }
}
