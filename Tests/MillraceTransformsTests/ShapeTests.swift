import Millrace
import MillraceTransforms
import Testing

/// Transforms that make a new payload.
@Suite struct ShapeTests {
    @Test(arguments: [
        (
            "{ id: id, total: amount, country: address.country }",
            #"{"id":"k1","address":{"country":"DE","city":"B"},"amount": 1.50 }"#,
            #"{"id":"k1","total":1.50,"country":"DE"}"#
        ),
        ("{ b: b, a: a }", #"{"a":[1, {"x":2}],"b":null}"#, #"{"b":null,"a":[1, {"x":2}]}"#),
        ("{ a: a, b: a.b, c: c }", #"{"a":{"b":"x\ny"}}"#, #"{"a":{"b":"x\ny"},"b":"x\ny"}"#),
        ("{ a: a.b.c, x: x }", #"{"a":{"b":[{"c":1}]}}"#, "{}"),
        (#"{ "näme \" x": a }"#, #"{"a":1}"#, #"{"näme \" x":1}"#),
        ("{ a: a }", #"{"a":1,"a":2}"#, #"{"a":1}"#),
    ])
    func projecting(_ members: String, _ payload: String, _ expected: String) throws {
        #expect(run(try project(members), payload) == .passed(expected))
    }

    @Test func projectingWhatIsMalformed() throws {
        #expect(run(try project("{ a: a, b: b }"), #"{"a":1,"b":+2}"#) == .failed(step: 0, "byte 11: not a JSON value"))
        #expect(run(try project("{ a: a }"), #"{"a":1,"b":+2}"#) == .passed(#"{"a":1}"#))
        #expect(
            run(try project("{ a: a.x }"), #"{"a":{"x":1,}}"#)
                == .failed(step: 0, "byte 12: a JSON member name is expected"))
    }

    @Test(arguments: [
        ("[a]", #"{ "a": 1, "b" : {"a": 2} }"#, #"{ "b" : {"a": 2} }"#),
        ("[b.a, c]", #"{"a":1,"b":{"a":2},"c":3}"#, #"{"a":1,"b":{}}"#),
        ("[b, b.a, b]", #"{"a":1,"b":{"a":2}}"#, #"{"a":1}"#),
        ("[b.a]", #"{"b":[{"a":1},{"c":2}]}"#, #"{"b":[{},{"c":2}]}"#),
        ("[x]", #" {"a":1} "#, #" {"a":1} "#),
        ("[a]", #"{"a":1,"b":2,"a":3}"#, #"{"b":2}"#),
    ])
    func dropping(_ paths: String, _ payload: String, _ expected: String) throws {
        #expect(run(try drop(paths), payload) == .passed(expected))
    }

    @Test func droppingFromWhatIsNoJSON() throws {
        #expect(run(try drop("[a]"), #"{"a":1"#) == .failed(step: 0, "JSON ends early at byte 6"))
        #expect(
            run(try drop("[a.b]"), #"{"a":{"b":1 2}}"#)
                == .failed(step: 0, "byte 12: ',' or a closing bracket is expected in JSON"))
    }

    @Test func encodingAndDecoding() throws {
        let events = (0...200).map { String(repeating: "é", count: $0) }
        for (decoder, word) in [(Base64DecodeKind.standard, "base64"), (.url, "base64url")] {
            let encode = try make(EncodeKind(), word)
            let decode = try #require(decoder.make())
            #expect(run([encode, decode], events) == events.map { .passed($0) })
        }
        #expect(run(try make(EncodeKind(), "base64"), "f") == .passed("Zg=="))
        #expect(run(try make(EncodeKind(), "base64url"), "f") == .passed("Zg"))
        #expect(
            run([try #require(Base64DecodeKind.standard.make())], ["aGVs bG8="])
                == [.failed(step: 0, "byte 4: ' ' is not base64")])
        #expect(NoDecodeKind().make() == nil)
    }
}
