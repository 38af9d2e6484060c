import Millrace
import Testing

@testable import HTTPSink

/// Addresses and names.
@Suite struct AddressTests {
    @Test(arguments: [
        ("http://example.org", "example.org", 80, false), ("https://example.org/a?b=c", "example.org", 443, true),
        ("HTTPS://h:8443/", "h", 8443, true), ("http://[::1]:81/x", "[::1]", 81, false),
        ("http://h?x@y:1", "h", 80, false),
    ])
    func anAddressIsTakenApart(_ text: String, _ host: String, _ port: Int, _ isSecure: Bool) throws {
        let address = try #require(HTTPAddress(text))
        #expect((address.host, address.port, address.isSecure, address.hasLogin) == (host, port, isSecure, false))
    }

    @Test(arguments: [
        "", "example.org", "ftp://h", "http://", "http:///a", "http://h:0", "http://h:99999", "http://h:x",
        "http://[::1",
        "http://[]", "http://h/ä", "http://h/a b", "file:///etc/passwd", "http://h\n",
    ])
    func whatIsNoneIsRefused(_ text: String) { #expect(HTTPAddress(text) == nil) }

    @Test func aLoginIsSeen() {
        #expect(HTTPAddress("http://user:pass@h/")?.hasLogin == true)
        #expect(HTTPAddress("http://user:pass@h/")?.host == "h")
    }

    @Test(arguments: [
        RecordID(offset: 0), RecordID(offset: 7), RecordID(offset: 1_234_567_890_123, sub: 3),
        RecordID(offset: Int64.max),
        RecordID(offset: 9, sub: 0, isLast: false), RecordID(offset: 10, sub: 12, isLast: true),
    ])
    func aNameIsFoundAgain(_ id: RecordID) throws {
        let names = RecordNames(ShardID(topic: "in.a-b_c", partition: 12))
        let text = names.text(id)
        let isWhole = id.sub == 0 && id.isLast
        #expect(text == "in.a-b_c:12:\(id.offset)" + (isWhole ? "" : ":\(id.sub)"))
        let place = try #require(names.place(of: Array(text.utf8)))
        #expect(place == (id.offset, id.sub))
    }

    @Test(arguments: [
        "", "in:0", "in:0:", "in:1:5", "other:0:5", "in:0:x", "in:0:5:", "in:0:5:6:7", "in:0:99999999999999999999",
    ])
    func aStrangersNameIsNone(_ text: String) {
        #expect(RecordNames(ShardID(topic: "in", partition: 0)).place(of: Array(text.utf8)) == nil)
    }
}
