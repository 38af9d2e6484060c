import Kafka
import Millrace
import Platform

/// Connects to brokers before the start, and finds out why where that fails. Blocks.
struct BrokerLook {
    let setup: ConnectionSetup
    let configuration: KafkaConfiguration

    /// Who is there, or why nobody is.
    enum Outcome {
        /// A broker answered this client, which the caller closes.
        case connected(KafkaConsumer)
        /// None did, and none may.
        case failed(Readiness)
    }

    /// A fault that was met counts after this time, though another broker may still be tried: milliseconds.
    private static let patience: Int64 = 1_000

    /// Tries for at most about `timeout` milliseconds; shorter where it is plain that waiting will not help.
    func connect(timeout: Int64) -> Outcome {
        let consumer: KafkaConsumer
        do throws(KafkaError) {
            consumer = try KafkaConsumer(configuration, numbersFaults: setup.usesTLS)
        } catch {
            return .failed(.refused(unusable(error)))
        }
        var clues = ConnectionClues(mechanism: setup.mechanism)
        if ask(consumer, &clues, for: timeout) { return .connected(consumer) }
        _ = consumer.close(timeout: .milliseconds(500))
        return .failed(verdict(clues))
    }

    /// Why no client could be made: by what the keys say together, or by what is in the files that they name.
    private func unusable(_ error: KafkaError) -> MillraceError {
        let files = [
            ("tls.ca", "ssl.ca.location", "no certificates in PEM"),
            ("tls.cert", "ssl.certificate.location", "no certificate in PEM"),
            ("tls.key", "ssl.key.location", "no key in PEM, or one with a passphrase"),
        ]
        if error.message.contains("key values mismatch") {
            return MillraceError(
                .config, "tls.key is not the key of tls.cert", remedy: "name the two files that were made together",
                at: setup.place("tls.key", "tls"))
        }
        for (key, property, what) in files where error.message.hasPrefix(property) {
            let path = configuration[property] ?? ""
            return MillraceError(
                .config, "\(key): there is \(what) in \(path)", remedy: "name a PEM file", at: setup.place(key, "tls"))
        }
        return MillraceError(.config, error.message, at: setup.place("tls", "sasl", "brokers"))
    }

    /// True once a broker answers; false when none has in time, or none will.
    private func ask(_ consumer: KafkaConsumer, _ clues: inout ConnectionClues, for timeout: Int64) -> Bool {
        let start = MonotonicClock.milliseconds()
        // A broker far away needs longer to answer than it takes to see that one nearby does not.
        var slice: Int64 = 250
        while true {
            let left = start + timeout - MonotonicClock.milliseconds()
            guard left > 0 else { return false }
            if (try? consumer.client.metadata(topics: [], timeout: .milliseconds(min(slice, left)))) != nil {
                return true
            }
            slice = min(slice * 2, 4_000)
            while let event = consumer.poll(timeout: .zero) { clues.take(event) }
            let isPatient = MonotonicClock.milliseconds() < start + BrokerLook.patience
            if clues.fault != nil && (clues.allDown || !isPatient) { return false }
            if clues.hangUps > 1 && clues.allDown && clues.fault == nil { return false }
        }
    }

    private func verdict(_ clues: ConnectionClues) -> Readiness {
        if let fault = clues.fault { return .refused(fault.error(setup)) }
        if let suspicion = clues.suspicion, isConfirmed(suspicion) { return .refused(suspicion.error(setup)) }
        let reason = clues.suspicion == nil ? clues.other ?? "no answer in time" : "it hung up on the first request"
        return .unreachable("no broker answers at \(setup.brokers): \(reason)", at: setup.place("brokers"))
    }

    // MARK: - The second look

    /// Whether the other way of speaking is the right one: a broker that is going down hangs up on everybody.
    private func isConfirmed(_ suspicion: ConnectionFault) -> Bool {
        switch suspicion {
        case .wantsTLS: hears(by: "ssl") { $0.passedTLS }
        case .speaksNoTLS: hears(by: "plaintext") { $0.wasHeard }
        default: true
        }
    }

    /// Whether a client without a name gets as far as `isHeard` wants when it speaks by `transport`. It shows no password,
    /// and trusts whoever answers, as it tells nothing.
    private func hears(by transport: String, _ isHeard: (ConnectionClues) -> Bool) -> Bool {
        var plain = KafkaConfiguration.client(
            brokers: configuration["bootstrap.servers"] ?? "", clientID: "millrace-probe")
        plain["group.id"] = "millrace-probe"
        plain["security.protocol"] = transport
        plain["enable.ssl.certificate.verification"] = "false"
        plain["log.connection.close"] = "true"
        guard let consumer = try? KafkaConsumer(plain) else { return false }
        defer { _ = consumer.close(timeout: .milliseconds(500)) }
        var clues = ConnectionClues(mechanism: nil)
        return ask(consumer, &clues, for: 1_500) || isHeard(clues)
    }
}
