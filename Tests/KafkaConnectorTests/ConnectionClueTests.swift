import Kafka
import Millrace
import Testing

@testable import KafkaConnector

/// What is read out of a client's own words when no broker can be talked to; the lines are librdkafka 2.0.2's.
@Suite struct ConnectionClueTests {
    private func error(_ code: KafkaErrorCode, _ text: String) -> ConsumerEvent { .error(KafkaError(code, text), nil) }

    private func clues(
        _ events: [ConsumerEvent], mechanism: String? = nil, isStrict: Bool = false
    ) -> ConnectionClues {
        var clues = ConnectionClues(mechanism: mechanism, speaksStrictSCRAM: isStrict)
        for event in events { clues.take(event) }
        return clues
    }

    private func log(_ facility: String, _ text: String) -> ConsumerEvent {
        .log(KafkaLogLine(level: 3, facility: facility, text: text))
    }

    private var refusedPassword: ConsumerEvent {
        error(
            .authentication,
            "sasl_ssl://b:1/bootstrap: SASL authentication error: Authentication failed during authentication due to "
                + "invalid credentials with SASL mechanism SCRAM-SHA-512 (after 316ms in state AUTH_REQ)")
    }

    @Test func aWrongPassword() {
        #expect(clues([refusedPassword], mechanism: "PLAIN").fault == .credentials)
        #expect(clues([refusedPassword], mechanism: "SCRAM-SHA-512").fault == .credentials)
    }

    @Test func aSCRAMThatTheBrokerDoesNotTake() {
        let new = log("APIVERSION", "b:   ApiKey Fetch (1) Versions 4..18")
        let old = log("APIVERSION", "b:   ApiKey Fetch (1) Versions 0..17")
        #expect(clues([new, refusedPassword], mechanism: "SCRAM-SHA-512").fault == .oldSCRAM)
        #expect(clues([old, refusedPassword], mechanism: "SCRAM-SHA-512").fault == .credentials)
        #expect(clues([new, refusedPassword], mechanism: "PLAIN").fault == .credentials)
        #expect(clues([new, refusedPassword], mechanism: "SCRAM-SHA-512", isStrict: true).fault == .credentials)
    }

    @Test func anotherMechanism() {
        let other = error(
            .authentication,
            "b/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported "
                + "mechanisms: SCRAM-SHA-512 (after 302ms in state AUTH_HANDSHAKE)")
        #expect(clues([other]).fault == .mechanism(offered: "SCRAM-SHA-512"))
        let none = error(
            .authentication,
            "b/bootstrap: SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Request not valid in current SASL state: "
                + "broker's supported mechanisms:  (after 1ms in state AUTH_HANDSHAKE)")
        #expect(clues([none]).fault == .takesNoSASL)
    }

    @Test(arguments: [62, 10, 19, 0])
    func aCertificateThatIsNotTrusted(_ number: Int) {
        let failed = error(
            .tls,
            "ssl://b/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker "
                + "certificate could not be verified (after 6ms in state SSL_HANDSHAKE)")
        let why = log("SSLCERTVRFY", "Certificate verification callback failed: x509=\(number)")
        #expect(clues(number == 0 ? [failed] : [why, failed]).fault == .certificate(number))
    }

    @Test func aCertificateThatTheBrokerMisses() {
        let alert = error(
            .transport,
            "ssl://b/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number "
                + "42 (after 2ms in state APIVERSION_QUERY)")
        #expect(clues([alert]).fault == .clientCertificate("bad certificate"))
    }

    @Test func hangingUpIsASuspicionOnly() {
        let plain = error(
            .transport,
            "b/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol "
                + "configuration (connecting to a SSL listener?) (after 1ms in state APIVERSION_QUERY)")
        #expect(clues([plain]).fault == nil)
        #expect(clues([plain]).suspicion == .wantsTLS)
        #expect(!clues([plain]).wasHeard)
        let tls = error(
            .tls,
            "ssl://b/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected eof while reading (after 3ms "
                + "in state SSL_HANDSHAKE)")
        #expect(clues([tls, tls]).suspicion == .speaksNoTLS)
        #expect(clues([tls, tls]).hangUps == 2)
        #expect(!clues([tls]).passedTLS)
        let nameless = error(
            .transport,
            "ssl://b/bootstrap: Disconnected: verify that security.protocol is correctly configured, broker might require "
                + "SASL authentication (after 1ms in state UP)")
        #expect(clues([nameless]).suspicion == .wantsSASL)
        #expect(clues([nameless]).wasHeard && clues([nameless]).passedTLS)
    }

    @Test func theCauseIsBare() {
        let refused = error(
            .transport,
            "b:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)")
        let found = clues([refused, error(.allBrokersDown, "1/1 brokers are down")])
        #expect(found.other == "Connection refused")
        #expect(found.allDown)
        #expect(found.fault == nil && found.suspicion == nil)
    }

    /// Every fault says what is wrong and what to do, and points at a key that the config has.
    @Test func everyFaultHasItsKey() {
        let place = ConfigPlace(line: 3, column: 7)
        var setup = ConnectionSetup(brokers: "b:1")
        setup.mechanism = "PLAIN"
        for key in ["brokers", "tls", "sasl", "sasl.password"] { setup.places[key] = place }
        let faults: [ConnectionFault] = [
            .credentials, .oldSCRAM, .mechanism(offered: "PLAIN"), .takesNoSASL, .certificate(62), .certificate(10),
            .certificate(19), .clientCertificate("bad certificate"), .handshake("x"), .wantsTLS, .speaksNoTLS,
            .wantsSASL,
        ]
        for fault in faults {
            let error = fault.error(setup)
            #expect(error.code == .notPermitted)
            #expect(error.place == place, "\(fault)")
            #expect(error.message.contains("b:1") && error.remedy?.isEmpty == false, "\(fault)")
        }
        #expect(Set(faults.map { $0.error(setup).message }).count == faults.count)
    }

    @Test(
        arguments: [
            ("a:1,b:2", "B:2", true), ("a:1", "a:1", true), ("a:1, b:2", "c:3,b:2", true), ("a:1", "a:2", false),
            ("embedded", "embedded", true),
        ])
    func oneBrokerInCommonIsOneCluster(_ left: String, _ right: String, _ isSame: Bool) {
        #expect(ClientOptions.overlap(left, right) == isSame)
    }
}
