import Kafka
import Millrace

extension ConnectionFault {
    /// What a person is told: whose side is at fault, by which key, and what to do.
    func error(_ setup: ConnectionSetup) -> MillraceError {
        let (message, remedy, place) = words(setup)
        return MillraceError(.notPermitted, message, remedy: remedy, at: place ?? setup.place("brokers"))
    }

    private func words(_ setup: ConnectionSetup) -> (message: String, remedy: String, place: ConfigPlace?) {
        let brokers = setup.brokers
        switch self {
        case .credentials:
            return (
                "\(brokers) does not take this user with this password (\(setup.mechanism ?? "SASL"))",
                "correct sasl.username or sasl.password; has the broker got this user for \(setup.mechanism ?? "SASL")?",
                setup.place("sasl.password", "sasl")
            )
        case .oldSCRAM:
            return (
                "\(brokers) is Kafka 4.0 or newer, whose SCRAM the librdkafka of this system "
                    + "(\(KafkaConfiguration.libraryVersion)) does not speak: no password would do",
                "use sasl.mechanism: PLAIN by TLS, or a client certificate (tls.cert, tls.key), or librdkafka 2.6.1",
                setup.place("sasl.mechanism", "sasl")
            )
        case .mechanism(let offered):
            return (
                "\(brokers) does not take SASL \(setup.mechanism ?? ""); it takes \(offered)",
                "set sasl.mechanism to one of those", setup.place("sasl.mechanism", "sasl")
            )
        case .takesNoSASL:
            return (
                "\(brokers) takes no SASL on this port", "take sasl out, or use the broker's port for SASL",
                setup.place("sasl")
            )
        case .wantsTLS:
            return (
                "\(brokers) hung up on a plain request: this port wants TLS",
                "add tls (`tls: {}`, or with the ca of the broker), or use the broker's plain port", nil
            )
        case .speaksNoTLS:
            return (
                "\(brokers) speaks no TLS on this port", "take tls out, or use the broker's port for TLS",
                setup.place("tls")
            )
        case .wantsSASL:
            return (
                "\(brokers) hung up on a client without a user: this port wants SASL",
                "add sasl (mechanism, username, password), or use the broker's port without it", nil
            )
        case .clientCertificate(let alert): return clientCertificate(alert, setup)
        case .certificate(let number): return certificate(number, setup)
        case .handshake(let text):
            return ("no TLS with \(brokers): \(text)", "check tls, and the broker's log", setup.place("tls"))
        }
    }

    /// The broker looked at ours.
    private func clientCertificate(
        _ alert: String, _ setup: ConnectionSetup
    ) -> (message: String, remedy: String, place: ConfigPlace?) {
        guard setup.hasCertificate else {
            return (
                "\(setup.brokers) wants a client certificate (it says: \(alert))", "set tls.cert and tls.key",
                setup.place("tls")
            )
        }
        return (
            "\(setup.brokers) does not take our certificate (it says: \(alert))",
            "use one that is signed by a CA the broker trusts, and has not expired", setup.place("tls.cert", "tls")
        )
    }

    /// We looked at the broker's.
    private func certificate(
        _ number: Int, _ setup: ConnectionSetup
    ) -> (message: String, remedy: String, place: ConfigPlace?) {
        let brokers = setup.brokers
        switch number {
        case 9, 10:
            let what = number == 10 ? "has expired" : "does not hold yet"
            return (
                "the certificate of \(brokers) \(what), by this machine's clock",
                "renew it on the broker, or set the clock",
                nil
            )
        case 62, 64:
            return (
                "the certificate of \(brokers) is for another host name",
                "write the name in `brokers` that the certificate has, or have the broker's made for this one", nil
            )
        case 23: return ("the certificate of \(brokers) was revoked", "renew it on the broker", nil)
        default:
            let trusted = setup.places["tls.ca"] == nil ? "the system's certificates" : "tls.ca"
            return (
                "the certificate of \(brokers) is signed by nobody in \(trusted)",
                "set tls.ca to the certificate of the CA that signed the broker's", setup.place("tls.ca", "tls")
            )
        }
    }
}
