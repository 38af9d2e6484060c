import Millrace
import Testing

@Suite struct DeadLetterTests {
    private func letter(error: String = "byte 4: ' ' is not base64", headers: [DeadLetter.Header] = []) -> DeadLetter {
        DeadLetter(
            origin: ShardID(topic: "orders", partition: 3), offset: 18911, timestamp: 1_700_000_000_000, group: "g",
            pipeline: "orders", stage: "decode", reason: .decode, error: error, attempts: 0, bisection: "",
            failedAt: "2026-01-01T00:00:00.000Z", form: .full, key: nil, payload: [1], headers: headers)
    }

    private func values(_ headers: [DeadLetter.Header]) -> [String: String] {
        var out: [String: String] = [:]
        for header in headers { out[header.name] = header.value.map { String(decoding: $0, as: UTF8.self) } }
        return out
    }

    @Test func saysWhatHappened() {
        let headers = values(letter(headers: [.init("trace", [65])]).encodedHeaders())
        #expect(headers["trace"] == "A")
        #expect(headers["millrace.origin-topic"] == "orders")
        #expect(headers["millrace.origin-partition"] == "3")
        #expect(headers["millrace.origin-offset"] == "18911")
        #expect(headers["millrace.reason"] == "decode")
        #expect(headers["millrace.attempts"] == "0")
        #expect(headers["millrace.redrives"] == "0")
        #expect(headers["millrace.payload"] == nil)
    }

    @Test func replacesTheHeadersOfALetterThatFailsAgain() {
        let once = letter(headers: [.init("trace", [65])]).encodedHeaders()
        let twice = letter(error: "something else", headers: once).encodedHeaders()
        #expect(twice.count == once.count)
        #expect(values(twice)["millrace.error"] == "something else")
    }

    @Test func keepsForeignHeadersWithOurPrefix() {
        let headers = values(letter(headers: [.init("millrace.reason", Array("forged".utf8))]).encodedHeaders())
        #expect(headers["millrace.inbound.reason"] == "forged")
        #expect(headers["millrace.reason"] == "decode")
    }

    /// With an accent behind it the point of the prefix is another character; its bytes are the same.
    @Test func theForeignPrefixIsTakenByItsBytes() {
        let headers = letter(headers: [.init("millrace.\u{301}reason", [65])]).encodedHeaders()
        let name = "millrace.inbound.\u{301}reason"
        #expect(headers.first.map { Array($0.name.utf8) } == Array(name.utf8))
        #expect(headers.first?.value == [65])
    }

    @Test func cutsAndCleansTheError() {
        let cut = letter(error: "a\u{0}b\n" + String(repeating: "é", count: 600)).error
        #expect(cut.utf8.count <= 512 && cut.utf8.count > 508)
        #expect(cut.hasPrefix("a b "))
    }

    @Test func fingerprintsIgnoreNumbersAndQuotes() {
        let one = letter(error: "byte 4: ' ' is not base64").fingerprint
        #expect(one == letter(error: "byte 117: '!' is not base64").fingerprint)
        #expect(one != letter(error: "length 5 is not a multiple of 4").fingerprint)
        #expect(one.count == 4)
    }
}
