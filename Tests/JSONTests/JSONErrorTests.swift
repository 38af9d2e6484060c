import JSON
import Testing

/// What is said of texts that are no JSON object, and of values that are not well formed.
@Suite struct JSONErrorTests {
    @Test(arguments: [
        ("", "JSON is empty"),
        (" \n", "JSON is empty"),
        ("[1]", "byte 0: not a JSON object"),
        (" 7", "byte 1: not a JSON object"),
        ("hello", "byte 0: not a JSON object"),
        ("\u{feff}{}", "byte 0: not a JSON object"),
        ("{", "JSON ends early at byte 1"),
        (#"{"a":"b","c":[1,"#, "JSON ends early at byte 16"),
        (#"{"amount":12,"t"#, "JSON ends early at byte 15"),
        (#"{"amount":12,"t":"x"#, "JSON ends early at byte 19"),
        (#"{"a":1}}"#, "byte 7: text behind the JSON object"),
        (#"{"a":1}{"b":2}"#, "byte 7: text behind the JSON object"),
        (#"{"a":1} x"#, "byte 8: text behind the JSON object"),
        (#"{a:1}"#, "byte 1: a JSON member name is expected"),
        (#"{"a":1,}"#, "byte 7: a JSON member name is expected"),
        (#"{,"a":1}"#, "byte 1: a JSON member name is expected"),
        (#"{"a" 1}"#, "byte 5: ':' is expected in JSON"),
        (#"{"a"}"#, "byte 4: ':' is expected in JSON"),
        (#"{"a":}"#, "byte 5: not a JSON value"),
        (#"{"a":,"b":1}"#, "byte 5: not a JSON value"),
        (#"{"a":1 "b":2}"#, "byte 7: ',' or a closing bracket is expected in JSON"),
        (#"{"a":"x"y}"#, "byte 8: ',' or a closing bracket is expected in JSON"),
        (#"{"a":[1}"#, "byte 7: ',' or a closing bracket is expected in JSON"),
        (#"{"a":[{"b":1]}}"#, "byte 12: ',' or a closing bracket is expected in JSON"),
        (#"{"a":1]"#, "byte 6: ',' or a closing bracket is expected in JSON"),
        ("{\"a\":\"x\ny\"}", "byte 7: control character in a JSON string"),
        ("{\"a\\\\\":\"\\\"\u{1}\"}", "byte 10: control character in a JSON string"),
        (#"{"\x":1}"#, "byte 2: bad escape in a JSON string"),
    ])
    func wholeText(_ text: String, _ message: String) {
        #expect(fault(text)?.description == message)
        #expect(fault(text, ["a", "a.b", "t"])?.description == message)
    }

    @Test(arguments: [
        ("01", 0), ("+1", 0), ("1.", 0), (".5", 0), ("1e", 0), ("1e+", 0), ("-", 0), ("--1", 0), ("0x1", 0), ("1_0", 0),
        ("NaN", 0), ("tru", 0), ("True", 0), ("trueish", 0), ("nul", 0), ("falsey", 0), ("'a'", 0), ("1\"a\"", 0),
        ("\u{c}", 0), ("\u{1a}", 0), ("\u{0}", 0),
    ])
    func wantedValue(_ value: String, _ offset: Int) {
        let text = "{\"a\":\(value),\"b\":1}"
        #expect(fault(text, ["a"]) == JSONError(.badValue, at: 5))
        #expect(fault(text, ["b"]) == nil, "only who wants a value hears of its fault")
    }

    @Test(arguments: [#"\x"#, #"\u12"#, #"\u12g4"#, #"\U0041"#, #"ab\'c"#])
    func escapes(_ inside: String) {
        let place = 6 + (inside.hasPrefix("ab") ? 2 : 0)
        #expect(fault("{\"a\":\"\(inside)\",\"b\":1}", ["a"]) == JSONError(.badEscape, at: place))
        #expect(fault("{\"a\":\"\(inside)\",\"b\":1}", ["b"]) == nil)
    }

    /// A fault inside an object concerns those alone who look inside.
    @Test func faultBelow() throws {
        let text = #"{"a":{"b":1 "c":2},"d":3}"#
        #expect(fault(text, ["a.b"]) == JSONError(.separatorExpected, at: 12))
        #expect(fault(text, ["a.x"]) == JSONError(.separatorExpected, at: 12))
        #expect(try values(text, ["a", "d"]) == [#"{"b":1 "c":2}"#, "3"])
        let (fields, slots) = fieldsFor(["a.b", "a", "d"])
        try read(Array(text.utf8), fields) { (document) throws(JSONError) in
            #expect(fault(document, slots[0]) == JSONError(.separatorExpected, at: 12))
            #expect(try document.value(slots[1]).range == 5..<18)
            #expect(try document.value(slots[2]).kind == .number)
        }
    }

    @Test func everyCutIsAnError() {
        let text = Array(#"{"id":"k\"é1","n":[1,{"x":[]},"a,b"],"o":{"p":{"q":-1.5e3}},"t":true} "#.utf8)
        for paths in [[], ["id"], ["t", "o.p.q"], ["n", "o.p", "id"]] {
            for length in 0..<text.count - 1 {
                let error = fault(Array(text[..<length]), paths)
                #expect(error != nil, "cut at \(length)")
                if length > 0 { #expect(error == JSONError(.endsEarly, at: length)) }
            }
            #expect(fault(text, paths) == nil)
        }
    }

    @Test func onlyWhiteSpaceMayFollow() {
        let text = Array(#"{"a":1}"#.utf8)
        for byte in UInt8.min...UInt8.max {
            let isSpace = [9, 10, 13, 32].contains(byte)
            #expect((fault(text + [byte]) == nil) == isSpace, "byte \(byte)")
            #expect((fault([byte] + text) == nil) == isSpace, "byte \(byte) in front")
        }
    }

    @Test func deepNesting() {
        let million = 1_000_000
        #expect(fault(Array(repeating: UInt8(ascii: "["), count: million)) == JSONError(.notAnObject, at: 0))
        let opened = Array(#"{"a":"#.utf8) + Array(repeating: UInt8(ascii: "["), count: million)
        #expect(fault(opened) == JSONError(.tooDeep, at: 5 + 1023))
        let closed = opened + Array(repeating: UInt8(ascii: "]"), count: million) + [UInt8(ascii: "}")]
        #expect(fault(closed, ["a"]) == JSONError(.tooDeep, at: 5 + 1023))
        let objects = String(repeating: #"{"a":"#, count: million)
        #expect(fault(objects, ["a.a.a"]) == JSONError(.tooDeep, at: 1024 * 5))
        #expect(fault(objects + "1" + String(repeating: "}", count: million)) == JSONError(.tooDeep, at: 1024 * 5))
    }

    @Test(arguments: [0, 1, 2, 3])
    func nestingLimit(_ wanted: Int) {
        let paths = wanted == 0 ? [] : [Array(repeating: "a", count: wanted).joined(separator: ".")]
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        }
        #expect(fault(nested(1024), paths) == nil)
        #expect(fault(nested(1025), paths) == JSONError(.tooDeep, at: 1024 * 5))
    }
}
