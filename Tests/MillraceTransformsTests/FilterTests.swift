import Millrace
import MillraceTransforms
import Testing

@Suite struct FilterTests {
    @Test(arguments: [
        ("{ type: [order.created] }", #"{"type":"order.created"}"#, true),
        ("{ type: [order.created] }", #"{"type":"order\u002ecreated"}"#, true),
        ("{ type: [order.created] }", #"{"type":"order.create"}"#, false),
        ("{ type: [order.created] }", #"{"kind":"order.created"}"#, false),
        ("{ type: [a, b], n: [1] }", #"{"n":1,"type":"b"}"#, true),
        ("{ type: [a, b], n: [1] }", #"{"n":2,"type":"b"}"#, false),
        ("{ n: [300] }", #"{"n":300.0}"#, true),
        ("{ n: [3.00e2] }", #"{"n":300}"#, true),
        ("{ n: [300] }", #"{"n":"300"}"#, false),
        (#"{ n: ["300"] }"#, #"{"n":"300"}"#, true),
        (#"{ n: ["300"] }"#, #"{"n":300}"#, false),
        ("{ n: [12345678901234567890123] }", #"{"n":12345678901234567890123}"#, true),
        ("{ n: [12345678901234567890123] }", #"{"n":12345678901234567890124}"#, false),
        ("{ b: [true], z: [null] }", #"{"b":true,"z":null}"#, true),
        ("{ b: [true] }", #"{"b":"true"}"#, false),
        (#"{ b: ["true", "null"] }"#, #"{"b":true}"#, false),
        ("{ z: [null] }", "{}", false),
        (#"{ s: [""] }"#, #"{"s":""}"#, true),
        ("{ s: [{ prefix: ab }] }", #"{"s":"abc"}"#, true),
        ("{ s: [{ prefix: ab }] }", #"{"s":"a"}"#, false),
        (#"{ s: [{ prefix: "1" }] }"#, #"{"s":12}"#, false),
        ("{ s: [{ suffix: bc }] }", #"{"s":"abc"}"#, true),
        ("{ s: [{ suffix: bc }] }", #"{"s":"bcd"}"#, false),
        ("{ s: [{ prefix: é }] }", #"{"s":"\u00e9x"}"#, true),
        ("{ s: [{ exactly: x }] }", #"{"s":"x"}"#, true),
        ("{ n: [{ numeric: [\">=\", 100] }] }", #"{"n":1e2}"#, true),
        ("{ n: [{ numeric: [\">=\", 100] }] }", #"{"n":99.999}"#, false),
        ("{ n: [{ numeric: [\">\", 0, \"<=\", 5] }] }", #"{"n":5}"#, true),
        ("{ n: [{ numeric: [\">\", 0, \"<=\", 5] }] }", #"{"n":0}"#, false),
        ("{ n: [{ numeric: [\"=\", 0.1] }] }", #"{"n":1e-1}"#, true),
        ("{ n: [{ numeric: [\"<\", 0] }] }", #"{"n":"-1"}"#, false),
        ("{ s: [{ anything-but: x }] }", #"{"s":"y"}"#, true),
        ("{ s: [{ anything-but: x }] }", #"{"s":"x"}"#, false),
        ("{ s: [{ anything-but: x }] }", #"{"s":null}"#, true),
        ("{ s: [{ anything-but: x }] }", "{}", false),
        ("{ s: [{ anything-but: [1, 2] }] }", #"{"s":2.0}"#, false),
        ("{ s: [{ anything-but: [1, 2] }] }", #"{"s":"2"}"#, true),
        ("{ s: [{ anything-but: { prefix: [a, b] } }] }", #"{"s":"bx"}"#, false),
        ("{ s: [{ anything-but: { suffix: x } }] }", #"{"s":"bx"}"#, false),
        ("{ s: [{ anything-but: { suffix: x } }] }", #"{"s":"xb"}"#, true),
        ("{ s: [{ exists: true }] }", #"{"s":null}"#, true),
        ("{ s: [{ exists: true }] }", #"{"s":{"t":1}}"#, false),
        ("{ s: [{ exists: false }] }", #"{"s":{"t":1}}"#, true),
        ("{ s: [{ exists: false }] }", "{}", true),
        ("{ s: [{ exists: false }, 1] }", #"{"s":1}"#, true),
        ("{ s: [{ exists: false }, 1] }", #"{"s":2}"#, false),
        ("{ a: { b: { c: [1] } } }", #"{"a":{"b":{"c":1}}}"#, true),
        ("{ a.b: { c: [1] } }", #"{"a":{"b":{"c":1}}}"#, true),
        ("{ a.b.c: [1], a: { d: [2] } }", #"{"a":{"d":2,"b":{"c":1}}}"#, true),
        ("{ a.b: [1] }", #"{"a.b":1}"#, false),
        ("{ a: { b: [1] } }", #"{"a":1}"#, false),
    ])
    func matches(_ pattern: String, _ event: String, _ expected: Bool) throws {
        #expect(run(try filter(pattern), event) == (expected ? .passed(event) : .filtered))
        #expect(run(try drop(pattern), event) == (expected ? .filtered : .passed(event)))
    }

    @Test(arguments: [
        ("{ a: [2] }", #"{"a":[1,2]}"#, true),
        ("{ a: [2] }", #"{"a":[[1],[[2]]]}"#, true),
        ("{ a: [2] }", #"{"a":[1,{"a":2}]}"#, false),
        ("{ a: [{ anything-but: 1 }] }", #"{"a":[1,2]}"#, true),
        ("{ a: [{ anything-but: 1 }] }", #"{"a":[1]}"#, false),
        ("{ a: [{ exists: true }] }", #"{"a":[]}"#, false),
        ("{ a: [{ exists: false }] }", #"{"a":[{"b":1}]}"#, true),
        ("{ a: { b: [1], c: [2] } }", #"{"a":[{"b":1,"c":2}]}"#, true),
        ("{ a: { b: [1], c: [2] } }", #"{"a":[{"b":1,"c":3},{"b":2,"c":2}]}"#, false),
        ("{ a: { b: [1], c: [2] } }", #"{"a":[0,[{"b":1,"c":3},[{"c":2,"b":1}]]]}"#, true),
        ("{ a: { b: { c: [1] }, d: [2] } }", #"{"a":[{"b":[{"c":0},{"c":1}],"d":2}]}"#, true),
        ("{ a: { b: { c: [1] }, d: [2] } }", #"{"a":[{"b":[{"c":0},{"c":1}]},{"d":2}]}"#, false),
        ("{ a: { b: [{ exists: false }], c: [1] } }", #"{"a":[{"b":1},{"c":1}]}"#, false),
        ("{ a: { b: [1], c: [{ exists: false }] } }", #"{"a":[{"b":1},{"c":1}]}"#, false),
        ("{ a: { b: [{ exists: false }], c: [1] } }", #"{"a":[{"d":1},{"c":1}]}"#, true),
        ("{ a: { b: [{ exists: false }] }, c: [1] }", #"{"a":[{"b":{}}],"c":1}"#, true),
        ("{ a: { b: [{ exists: false }] } }", #"{"a":[1,[]]}"#, true),
    ])
    func arrays(_ pattern: String, _ event: String, _ expected: Bool) throws {
        #expect(run(try filter(pattern), event) == (expected ? .passed(event) : .filtered))
    }

    @Test(arguments: [
        ("{ s: [{ equals-ignore-case: Order.Created }] }", #"{"s":"oRDER.cREATED"}"#, true),
        ("{ s: [{ equals-ignore-case: Order.Created }] }", #"{"s":"order.create"}"#, false),
        ("{ s: [{ equals-ignore-case: abc }] }", #"{"s":"ab\u0043"}"#, true),
        ("{ s: [{ equals-ignore-case: \"@[\" }] }", #"{"s":"`{"}"#, false),
        ("{ s: [{ equals-ignore-case: \"12\" }] }", #"{"s":12}"#, false),
        ("{ s: [{ equals-ignore-case: Zürich }] }", #"{"s":"ZÜRICH"}"#, true),
        ("{ s: [{ equals-ignore-case: Zürich }] }", #"{"s":"ZURICH"}"#, false),
        ("{ s: [{ equals-ignore-case: Straße }] }", #"{"s":"STRASSE"}"#, true),
        ("{ s: [{ equals-ignore-case: Strasse }] }", #"{"s":"Straße"}"#, false),
        ("{ s: [{ equals-ignore-case: ǅ }] }", #"{"s":"ǅ"}"#, true),
        ("{ s: [{ equals-ignore-case: 𐐀😀 }] }", #"{"s":"𐐨😀"}"#, true),
        ("{ s: [{ prefix: { equals-ignore-case: ab } }] }", #"{"s":"ABx"}"#, true),
        ("{ s: [{ prefix: { equals-ignore-case: ab } }] }", #"{"s":"a"}"#, false),
        ("{ s: [{ prefix: { equals-ignore-case: ßé } }] }", #"{"s":"SSÉx"}"#, true),
        ("{ s: [{ suffix: { equals-ignore-case: bc } }] }", #"{"s":"abC"}"#, true),
        ("{ s: [{ suffix: { equals-ignore-case: bc } }] }", #"{"s":"c"}"#, false),
        ("{ s: [{ suffix: { equals-ignore-case: éß } }] }", #"{"s":"xÉSS"}"#, true),
        ("{ s: [{ suffix: { equals-ignore-case: éß } }] }", #"{"s":"xÉS"}"#, false),
        ("{ s: [{ anything-but: { equals-ignore-case: [a, b] } }] }", #"{"s":"B"}"#, false),
        ("{ s: [{ anything-but: { equals-ignore-case: [a, b] } }] }", #"{"s":5}"#, true),
        ("{ s: [{ wildcard: \"*.png\" }] }", #"{"s":"a.png"}"#, true),
        ("{ s: [{ wildcard: \"*.png\" }] }", #"{"s":"a.png "}"#, false),
        ("{ s: [{ wildcard: \"a*b*c\" }] }", #"{"s":"abbcbc"}"#, true),
        ("{ s: [{ wildcard: \"a*b*c\" }] }", #"{"s":"acb"}"#, false),
        ("{ s: [{ wildcard: \"ab*ba\" }] }", #"{"s":"aba"}"#, false),
        ("{ s: [{ wildcard: \"*ab*ab*\" }] }", #"{"s":"xaab"}"#, false),
        ("{ s: [{ wildcard: \"*aab*\" }] }", #"{"s":"aaaab"}"#, true),
        ("{ s: [{ wildcard: \"*\" }] }", #"{"s":""}"#, true),
        ("{ s: [{ wildcard: \"\" }] }", #"{"s":"a"}"#, false),
        ("{ s: [{ wildcard: \"*\" }] }", #"{"s":null}"#, false),
        (#"{ s: [{ wildcard: "a\\*b" }] }"#, #"{"s":"a*b"}"#, true),
        (#"{ s: [{ wildcard: "a\\*b" }] }"#, #"{"s":"axb"}"#, false),
        (#"{ s: [{ wildcard: "*\\\\*" }] }"#, #"{"s":"a\\b"}"#, true),
        ("{ s: [{ wildcard: \"*\u{301}x\" }] }", "{\"s\":\"e\u{301}x\"}", true),
        ("{ s: [{ anything-but: { wildcard: [\"a*\", \"*b\"] } }] }", #"{"s":"cb"}"#, false),
        ("{ s: [{ anything-but: { wildcard: [\"a*\", \"*b\"] } }] }", #"{"s":"bc"}"#, true),
        ("{ s: [{ wildcard: \"x*\" }, y, { equals-ignore-case: z }] }", #"{"s":["a","Z"]}"#, true),
    ])
    func texts(_ pattern: String, _ event: String, _ expected: Bool) throws {
        #expect(run(try filter(pattern), event) == (expected ? .passed(event) : .filtered))
    }

    @Test(arguments: [
        ("{ ip: [{ cidr: 10.1.2.3/8 }] }", #"{"ip":"10.255.0.1"}"#, true),
        ("{ ip: [{ cidr: 10.1.2.3/8 }] }", #"{"ip":"11.0.0.1"}"#, false),
        ("{ ip: [{ cidr: 10.0.0.0/8 }] }", #"{"ip":"10.0.0"}"#, false),
        ("{ ip: [{ cidr: 10.0.0.0/8 }] }", #"{"ip":10}"#, false),
        ("{ ip: [{ cidr: 10.0.0.0/8 }] }", #"{"ip":["x","1\u0030.0.0.1"]}"#, true),
        ("{ ip: [{ cidr: 10.0.0.0/8 }] }", #"{"ip":"::ffff:a00:1"}"#, true),
        ("{ ip: [{ cidr: 10.0.0.0/8 }] }", #"{"ip":"a00::1"}"#, false),
        ("{ ip: [{ cidr: 10.1.2.2/31 }] }", #"{"ip":"10.1.2.3"}"#, true),
        ("{ ip: [{ cidr: 10.1.2.2/31 }] }", #"{"ip":"10.1.2.4"}"#, false),
        ("{ ip: [{ cidr: 0.0.0.0/0 }] }", #"{"ip":"255.255.255.255"}"#, true),
        ("{ ip: [{ cidr: 0.0.0.0/0 }] }", #"{"ip":"::1"}"#, false),
        ("{ ip: [{ cidr: \"2001:db8::/32\" }] }", #"{"ip":"2001:DB8:0:0:ffff::1"}"#, true),
        ("{ ip: [{ cidr: \"2001:db8::/32\" }] }", #"{"ip":"2001:db9::1"}"#, false),
        ("{ ip: [{ cidr: \"::/0\" }] }", #"{"ip":"1.2.3.4"}"#, false),
        ("{ ip: [10.0.0.1] }", #"{"ip":"010.0.0.1"}"#, true),
        ("{ ip: [\"::1\"] }", #"{"ip":"0:0:0:0:0:0:0:1"}"#, true),
        ("{ ip: [{ exactly: \"::1\" }] }", #"{"ip":"0:0:0:0:0:0:0:1"}"#, false),
        ("{ ip: [{ anything-but: \"::1\" }] }", #"{"ip":"0:0:0:0:0:0:0:1"}"#, true),
        ("{ ip: [10.0.0.300, \"12:30\"] }", #"{"ip":"12:30"}"#, true),
    ])
    func addresses(_ pattern: String, _ event: String, _ expected: Bool) throws {
        #expect(run(try filter(pattern), event) == (expected ? .passed(event) : .filtered))
    }

    @Test(arguments: [
        ("{ $or: [{ a: [1] }, { b: [2] }] }", #"{"b":2}"#, true),
        ("{ $or: [{ a: [1] }, { b: [2] }] }", #"{"a":2,"b":1}"#, false),
        ("{ t: [x], $or: [{ a: [1] }, { b: [2], c: [3] }] }", #"{"t":"x","b":2,"c":3}"#, true),
        ("{ t: [x], $or: [{ a: [1] }, { b: [2], c: [3] }] }", #"{"t":"x","b":2}"#, false),
        ("{ t: [x], $or: [{ a: [1] }, { b: [2], c: [3] }] }", #"{"t":"y","a":1}"#, false),
        ("{ o: { t: [x], $or: [{ a: [1] }, { b: [2] }] } }", #"{"o":{"t":"x","b":2}}"#, true),
        ("{ o: { t: [x], $or: [{ a: [1] }, { b: [2] }] } }", #"{"o":[{"t":"x"},{"b":2}]}"#, false),
        ("{ o: { t: [x], $or: [{ a: [1] }, { b: [2] }] } }", #"{"o":[{"a":1},{"t":"x","b":2}]}"#, true),
        ("{ o: { t: [x] }, $or: [{ o: { a: [1] } }, { b: [2] }] }", #"{"o":[{"t":"x"},{"a":1}]}"#, false),
        ("{ o: { t: [x] }, $or: [{ o: { a: [1] } }, { b: [2] }] }", #"{"o":[{},{"a":1,"t":"x"}]}"#, true),
        ("{ o: { t: [x] }, $or: [{ o: { a: [1] } }, { b: [2] }] }", #"{"o":[{"t":"x"}],"b":2}"#, true),
        ("{ o.t: [x], $or: [{ o.a: [1] }, { o.b: [2] }] }", #"{"o":[{"t":"x","b":2}]}"#, true),
        ("{ o.t: [x], $or: [{ o.a: [1] }, { o.b: [2] }] }", #"{"o":[{"t":"x"},{"b":2}]}"#, false),
        ("{ $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }], d: [4] }] }", #"{"c":3,"d":4}"#, true),
        ("{ $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }], d: [4] }] }", #"{"c":3}"#, false),
        ("{ $or: [{ a: [{ exists: false }] }, { b: [2] }] }", "{}", true),
        ("{ $or: [{ a: [{ exists: false }] }, { b: [2] }] }", #"{"a":1}"#, false),
        ("{ $or: [{ a: [{ exists: false }] }, { b: [2] }] }", #"{"a":1,"b":[1,2]}"#, true),
        ("{ $or: [{ a: [1] }, { a: [{ prefix: x }] }] }", #"{"a":"xy"}"#, true),
        ("{ $or: [{ a.prefix: [1] }, { b: [1] }], prefix: { x: [1] } }", #"{"b":1,"prefix":{"x":1}}"#, true),
    ])
    func choices(_ pattern: String, _ event: String, _ expected: Bool) throws {
        #expect(run(try filter(pattern), event) == (expected ? .passed(event) : .filtered))
        #expect(run(try drop(pattern), event) == (expected ? .filtered : .passed(event)))
    }

    /// A pattern with `$or` matches what one of the patterns matches that it stands for.
    @Test(arguments: [false, true])
    func choicesAreAllWaysThroughTheirBranches(_ isAboutArrays: Bool) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        var counts = [true: 0, false: 0]
        for index in 0..<(isAboutArrays ? 1_000 : 4_000) {
            let tree =
                isAboutArrays
                ? RandomPattern.treeForArrays(&random) : RandomPattern.tree(&random, isEasy: index % 2 == 0)
            guard tree.alternatives.count > 1, let whole = try? filter(tree.text) else { continue }
            let parts = try tree.alternatives.map { try filter($0) }
            for _ in 0..<10 {
                let event = isAboutArrays ? RandomPattern.arrays(&random) : RandomPattern.event(&random)
                let passes = run(whole, event) != .filtered
                #expect(
                    passes == parts.contains { run($0, event) != .filtered },
                    "\(tree.text) over \(event), seed \(seed)")
                counts[passes, default: 0] += 1
            }
        }
        for count in counts.values { #expect(count > 100, "\(counts), seed \(seed)") }
    }

    /// Looking for the pieces of a wildcard from each place anew would take ages here.
    @Test func manyStarsOverOneLetter() throws {
        let pattern = String(repeating: "*a", count: 31) + "*b"
        let event = #"{"s":"\#(String(repeating: "a", count: 1_000_000))"}"#
        #expect(run(try filter("{ s: [{ wildcard: \"\(pattern)\" }] }"), event) == .filtered)
    }

    @Test func ofMembersWithOneNameTheFirstCounts() throws {
        #expect(run(try filter("{ a: [1] }"), #"{"a":1,"a":2}"#) == .passed(#"{"a":1,"a":2}"#))
        #expect(run(try filter("{ a: [2] }"), #"{"a":1,"a":2}"#) == .filtered)
    }

    @Test(arguments: [
        ("", "JSON is empty"), ("[]", "byte 0: not a JSON object"),
        (#"{"amount":12,"ty"#, "JSON ends early at byte 16"),
        (#"{"a":1}x"#, "byte 7: text behind the JSON object"), (#"{"a":tru}"#, "byte 5: not a JSON value"),
        (#"{"a":[1,x]}"#, "byte 8: not a JSON value"), (#"{"a":{"b" 1}}"#, nil),
    ])
    func faults(_ payload: String, _ message: String?) throws {
        let expected: Outcome = message.map { .failed(step: 0, $0) } ?? .filtered
        #expect(run(try filter("{ a: [5] }"), payload) == expected)
    }

    @Test func notUTF8() throws {
        let payload = Array(#"{"b":""#.utf8) + [0xff] + Array(#""}"#.utf8)
        #expect(run([try filter("{ a: [5] }")], [payload]) == [.failed(step: 0, "byte 6: not UTF-8")])
    }

    @Test func tombstonesPass() throws {
        let all = [try filter("{ a: [5] }"), try drop("{ a: [5] }"), try drop("[a]"), try project("{ a: a }")]
        for transform in all + [try make(EncodeKind(), "base64")] {
            #expect(run([transform], [nil, nil]) == [.tombstone, .tombstone])
        }
    }

    @Test func recordsStayInOrder() throws {
        let events = (0..<2000).map { #"{"n":\#($0)}"# }
        let outcomes = run([try filter("{ n: [{ numeric: [\"<\", 1500] }] }")], events)
        for (index, outcome) in outcomes.enumerated() {
            #expect(outcome == (index < 1500 ? .passed(events[index]) : .filtered))
        }
    }

    @Test func when() throws {
        let transform = try WhenPattern().make(Flow.parse("{ country: [DE, FR] }"))
        #expect(
            run([transform], [#"{"country":"FR"}"#, #"{"country":"ES"}"#]) == [
                .passed(#"{"country":"FR"}"#), .filtered,
            ])
    }

    /// As many absent fields as one matcher can tell apart, over an array.
    @Test func manyAbsences() throws {
        let fields = (0..<64).map { "f\($0): [{ exists: false }]" }.joined(separator: ", ")
        let pattern = try filter("{ a: { \(fields) } }")
        #expect(run(pattern, #"{"a":[{"g":1},{"h":1}]}"#) == .passed(#"{"a":[{"g":1},{"h":1}]}"#))
        for name in ["f0", "f31", "f63"] { #expect(run(pattern, #"{"a":[{"\#(name)":1},{"h":1}]}"#) == .filtered) }
    }
}
