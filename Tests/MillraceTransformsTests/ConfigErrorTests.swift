import Millrace
import MillraceTransforms
import Testing

/// What is said of patterns, projections and lists of paths that are wrong, and where.
@Suite struct ConfigErrorTests {
    private static let words =
        "anything-but, cidr, equals-ignore-case, exactly, exists, numeric, prefix, suffix, wildcard"
    private static let example = "(for example { type: [order.created] })"

    @Test(arguments: [
        ("x", ["1 filter: a pattern must be a mapping of fields to lists of what they may be \(example)"]),
        ("{}", ["1 filter: a pattern must be a mapping of fields to lists of what they may be \(example)"]),
        ("{ a: {} }", ["6 filter: a must be a mapping of fields to lists of what they may be \(example)"]),
        ("{ type: order.created }", ["9-13 filter: type must be a list of what it may be ([order.created])"]),
        ("{ a: !secret x }", ["6 filter: a must be a list of what it may be ([***])"]),
        ("{ a: [] }", ["6 filter: a may be nothing at all: its list is empty"]),
        ("{ a: [[1]] }", ["7 filter: a list inside a list (an event's arrays are looked into anyway)"]),
        (
            "{ a: [01], b: [+1], c: [.5], d: [0x1f], e: [1.], f: [.inf] }",
            [
                "7-2 filter: 01 is no number of JSON (write it as JSON does, or in quotes where text is meant)",
                "16-2 filter: +1 is no number of JSON (write it as JSON does, or in quotes where text is meant)",
                "25-2 filter: .5 is no number of JSON (write it as JSON does, or in quotes where text is meant)",
                "34-4 filter: 0x1f is no number of JSON (write it as JSON does, or in quotes where text is meant)",
                "45-2 filter: 1. is no number of JSON (write it as JSON does, or in quotes where text is meant)",
                "54-4 filter: .inf is no number of JSON (write it as JSON does, or in quotes where text is meant)",
            ]
        ),
        ("{ a: [1_000, 1.2.3, 12-05, e5, -, 0xg] }", []),
        ("{ a: [{ prefix: b, suffix: c }] }", ["7 filter: a match has one key, not 2 (write [{ … }, { … }])"]),
        (
            "{ a: [{ like: b }] }",
            [
                "9-4 filter: there is no match called \"like\" (one of \(words))"
            ]
        ),
        (
            "{ a: [{ cidr: c }, { cidr: 10.0.0.0/8/ }, { cidr: \"10.0.0.0/+8\" }, { cidr: 5 }, { cidr: c/8 }] }",
            [
                "15 filter: cidr takes an address, a slash and a number of bits (for example 10.0.0.0/8)",
                "28-11 filter: cidr takes an address, a slash and a number of bits (for example 10.0.0.0/8)",
                "51-13 filter: cidr takes an address, a slash and a number of bits (for example 10.0.0.0/8)",
                "76 filter: cidr takes text (write \"5\" with quotes)",
                "89-3 filter: cidr takes an address of IPv4 or IPv6 (for example 10.0.0.0/8 or \"2001:db8::/32\")",
            ]
        ),
        (
            "{ a: [{ cidr: 10.0.0.300/8 }, { cidr: 10.0.0.0/32 }, { cidr: \"::1/128\" }, { cidr: \"::ffff:a00:0/96\" }] }",
            [
                "15-12 filter: cidr takes an address of IPv4 or IPv6 (for example 10.0.0.0/8 or \"2001:db8::/32\")",
                "39-11 filter: cidr of IPv4 has 0 to 31 bits, not 32 (one address alone is written as a text, without cidr)",
                "62-9 filter: cidr of IPv6 has 0 to 127 bits, not 128 (one address alone is written as a text, without cidr)",
                "83-17 filter: cidr of IPv4 has 0 to 31 bits, not 96 (one address alone is written as a text, without cidr)",
            ]
        ),
        (
            "{ a: { cidr: 10.0.0.0/8 }, b: [{ anything-but: { cidr: 10.0.0.0/8 } }] }",
            [
                "8-4 filter: cidr must stand in a list (a: [{ cidr: … }])",
                "50-4 filter: anything-but knows no \"cidr\" (one of prefix, suffix, equals-ignore-case, wildcard)",
            ]
        ),
        (
            "{ $or: [], a: { $or: { b: [1] } }, b: { $or: [{ b: [1] }] }, c: { $or: x } }",
            [8, 22, 46, 72].map {
                "\($0) filter: $or takes a list of two patterns or more "
                    + "(for example $or: [{ type: [a] }, { size: [b] }])"
            }
        ),
        (
            "{ $or: [x, { a: [1] }], b: { $or: [{}, { c: 5 }] } }",
            [
                "9 filter: a pattern in $or must be a mapping of fields to lists of what they may be \(example)",
                "36 filter: a pattern in $or must be a mapping of fields to lists of what they may be \(example)",
                "45 filter: b.c must be a list of what it may be ([5])",
            ]
        ),
        (
            "{ $or: [{ prefix: [x] }, { a: { regex: [x], b: [1] } }], prefix: [x] }",
            [
                "11-6 filter: inside $or no field can be called prefix (it goes into a field's list: [{ prefix: … }])",
                "33-5 filter: inside $or no field can be called regex",
            ]
        ),
        (
            "{ a: [1], $or: [{ a: [2] }, { a.b: [3] }, { c: [4] }], c.d: [5], e: { f: [6] }, e.f: [7] }",
            [
                "19 filter: a is asked for twice (write it either beside $or or in its branches)",
                "31-3 filter: a.b is asked for twice (write it either beside $or or in its branches)",
                "56-3 filter: c.d is asked for twice (write it either beside $or or in its branches)",
                "81-3 filter: e.f is asked for twice",
            ]
        ),
        ("{ $or: [{ a: [1] }, { a: [2], b: [3] }, { $or: [{ a: [3] }, { b: [3] }] }] }", []),
        (
            "{ a: [{ wildcard: a**b }, { wildcard: [b] }, { wildcard: 12 }] }",
            [
                "19-4 filter: wildcard has ** in it (one * stands for any characters)",
                "39 filter: wildcard takes text",
                "58-2 filter: wildcard takes text (write \"12\" with quotes)",
            ]
        ),
        (
            #"{ a: [{ wildcard: a\b }, { wildcard: \ }, { wildcard: \*\\* }] }"#,
            [
                #"19-3 filter: in wildcard a backslash stands before * or another backslash (\* is a star, \\ a backslash)"#,
                #"38 filter: in wildcard a backslash stands before * or another backslash (\* is a star, \\ a backslash)"#,
            ]
        ),
        (
            "{ a: [{ anything-but: { wildcard: [x, \"**\"] } }, { wildcard: \(String(repeating: "*a", count: 33)) }] }",
            [
                "39-4 filter: wildcard has ** in it (one * stands for any characters)",
                "62-66 filter: wildcard has 33 stars, at most 32 are allowed",
            ]
        ),
        ("{ a: [{ wildcard: \(String(repeating: "*a", count: 32)) }] }", []),
        (
            "{ a: [{ prefix: { wildcard: b } }, { suffix: {} }, { exactly: { equals-ignore-case: x } }] }",
            [
                "17 filter: prefix takes text, or equals-ignore-case of a text "
                    + "(for example { prefix: { equals-ignore-case: abc } })",
                "46 filter: suffix takes text, or equals-ignore-case of a text "
                    + "(for example { suffix: { equals-ignore-case: abc } })",
                "63 filter: exactly takes text",
            ]
        ),
        (
            "{ a: [{ equals-ignore-case: [b] }, { prefix: { equals-ignore-case: 5 } }] }",
            [
                "29 filter: equals-ignore-case takes text",
                "68 filter: equals-ignore-case takes text (write \"5\" with quotes)",
            ]
        ),
        (
            "{ a: { equals-ignore-case: b }, c: { prefix: { equals-ignore-case: b } }, d: { wildcard: e } }",
            [
                "8-18 filter: equals-ignore-case must stand in a list (a: [{ equals-ignore-case: … }])",
                "38-6 filter: prefix must stand in a list (c: [{ prefix: … }])",
                "80-8 filter: wildcard must stand in a list (d: [{ wildcard: … }])",
            ]
        ),
        (
            "{ a: [{ anything-but: { equals-ignore-case: [] } }, { anything-but: { equals-ignore-case: 5 } }] }",
            [
                "45 filter: equals-ignore-case has an empty list",
                "91 filter: equals-ignore-case takes text (write \"5\" with quotes)",
            ]
        ),
        (
            "{ a: [{ prefix: 12 }, { suffix: [x] }, { exactly: null }] }",
            [
                "17-2 filter: prefix takes text (write \"12\" with quotes)", "33 filter: suffix takes text",
                "51-4 filter: exactly takes text (write \"null\" with quotes)",
            ]
        ),
        ("{ a: [{ exists: yes }] }", ["17-3 filter: exists is true or false"]),
        (#"{ a: [{ exists: "true" }] }"#, ["17-6 filter: exists is true or false"]),
        ("{ a: { exists: true } }", ["8-6 filter: exists must stand in a list (a: [{ exists: … }])"]),
        (
            "{ a: { b: { numeric: [\">\", 1] } } }",
            ["13-7 filter: numeric must stand in a list (a.b: [{ numeric: … }])"]
        ),
        ("{ a: { prefix: [x], b: [1] } }", []),
        (
            "{ a: [{ numeric: [] }] }",
            [
                "18 filter: numeric takes a comparison and a number, or a lower and an upper bound (for example [\">=\", 0, \"<\", 100])"
            ]
        ),
        (
            "{ a: [{ numeric: [\"<\", x] }, { numeric: [1, 2] }, { numeric: [\"<\", \"1\"] }] }",
            [
                "24 filter: x is no number of JSON", "42 filter: a comparison is one of =, <, <=, >, >=",
                "68-3 filter: 1 is no number of JSON",
            ]
        ),
        (
            "{ a: [{ numeric: [\"<\", 5, \">\", 1] }] }",
            [
                "18 filter: of two bounds the first is the lower one, > or >=, the second the upper (for example [\">=\", 0, \"<\", 100])"
            ]
        ),
        (
            "{ a: [{ numeric: [\">\", 5, \"<\", 5.0] }] }",
            [
                "18 filter: the lower bound is not below the upper one, so nothing matches"
            ]
        ),
        (
            "{ a: [{ anything-but: [] }, { anything-but: [1, x] }, { anything-but: null }] }",
            [
                "23 filter: anything-but has an empty list",
                "46 filter: anything-but takes texts or numbers, not both and nothing else",
                "71-4 filter: anything-but takes texts or numbers, not both and nothing else",
            ]
        ),
        (
            "{ a: [{ anything-but: { prefix: [] } }, { anything-but: { suffix: \"\" } }] }",
            [
                "33 filter: prefix has an empty list", "67-2 filter: suffix is empty, so nothing matches",
            ]
        ),
        (
            "{ a: [{ anything-but: { exists: true } }, { anything-but: [[1]] }] }",
            [
                "25-6 filter: anything-but knows no \"exists\" (one of prefix, suffix, equals-ignore-case, wildcard)",
                "60 filter: anything-but lists texts or numbers",
            ]
        ),
        (
            "{ a.: [1], .b: [1], c..d: [1] }",
            [
                "3-2 filter: path \"a.\" ends in a dot (write a)",
                "12-2 filter: path \".b\" begins with a dot (write b)",
                "21-4 filter: path \"c..d\" has two dots in a row (write c.d)",
            ]
        ),
        ("{ a: { b: [1] }, a.b: [2] }", ["18-3 filter: a.b is asked for twice"]),
        ("{ a: [1], a.b: [2] }", ["11-3 filter: a.b is asked for twice"]),
        ("{ a.b: [2], a: [1] }", ["13 filter: a is asked for twice"]),
    ])
    func patterns(_ pattern: String, _ expected: [String]) {
        #expect(issues(FilterKind(), pattern) == expected)
        let others = expected.map { $0.replacing(" filter: ", with: " drop: ", maxReplacements: 1) }
        if pattern.hasPrefix("{") { #expect(issues(DropKind(), pattern) == others) }
    }

    @Test func tooMuch() {
        let deep = (0..<33).map { "n\($0)" }.joined(separator: ".")
        #expect(issues(FilterKind(), "{ \(deep): [1] }").first?.contains("goes deeper than 32 names") == true)
        #expect(issues(FilterKind(), "{ a: { \(deep.dropFirst(3)): [1] } }").first?.contains("deeper than 32") == true)
        let wide = (0..<65).map { "n\($0): [{ exists: false }]" }.joined(separator: ", ")
        #expect(issues(FilterKind(), "{ \(wide) }") == ["1 filter: more than 64 fields with exists: false"])
    }

    /// Only branches are multiplied out that speak of an object which is spoken of beside them as well.
    @Test func tooManyBranches() {
        let branches = { (count: Int, name: String) in
            "$or: [\((0..<count).map { "{ \(name)\($0): [1] }" }.joined(separator: ", "))]"
        }
        let three = { (count: Int) in
            "{ \(branches(count, "o.p.a")), o: { \(branches(count, "p.b")), p: { \(branches(count, "c")), z: [1] } } }"
        }
        #expect(issues(FilterKind(), three(4)) == [])
        #expect(
            issues(FilterKind(), three(16)) == [
                "1 filter: $or beside fields of the same objects makes more than 256 branches "
                    + "(nest $or in the object that it is about)"
            ])
        #expect(issues(FilterKind(), "{ z: [1], \(branches(300, "a")), o: { z: [1], \(branches(300, "a")) } }") == [])
    }

    @Test func whenNamesItself() {
        #expect(throws: ConfigIssues.self) { try WhenPattern().make(Flow.parse("{ a: b }")) }
        do throws(ConfigIssues) { _ = try WhenPattern().make(Flow.parse("{ a: b }")) } catch {
            #expect(error.issues.map(\.message) == ["when: a must be a list of what it may be"])
        }
    }

    @Test(arguments: [
        (
            "[id]",
            ["1 project must be a mapping of new names to paths (for example { id: id, country: address.country })"]
        ),
        (
            "{}",
            ["1 project must be a mapping of new names to paths (for example { id: id, country: address.country })"]
        ),
        ("{ country: address. }", ["12-8 project: path \"address.\" ends in a dot (write address)"]),
        (
            #"{ a: .x, b: "", c: $.d.e, f: "g[0].h", i: "j[*]" }"#,
            [
                "6-2 project: path \".x\" begins with a dot (write x)",
                "13-2 project: path \"\" is empty (for example address.country)",
                "20-5 project: path \"$.d.e\" begins with $ (write d.e)",
                "30-8 project: path \"g[0].h\" names elements of an array (write the array alone, without [0])",
                "43-6 project: path \"j[*]\" names elements of an array (write the array alone, without [*])",
            ]
        ),
        (
            "{ a: [b], c.d: e }",
            [
                "6 project: a must be a path (for example address.country)",
                "11-3 project: name \"c.d\" has a dot; objects inside the new one are not in this version",
            ]
        ),
    ])
    func projections(_ members: String, _ expected: [String]) {
        #expect(issues(ProjectKind(), members) == expected)
    }

    @Test(arguments: [
        ("email", ["1-5 drop must be a list of paths or a pattern ([email])"]),
        ("[]", ["1 drop must be a list of paths or a pattern (for example [email])"]),
        (
            "[a., [b], c]",
            ["2-2 drop: path \"a.\" ends in a dot (write a)", "6 drop: a path is text (for example address.street)"]
        ),
    ])
    func drops(_ value: String, _ expected: [String]) {
        #expect(issues(DropKind(), value) == expected)
    }

    @Test func encodings() {
        #expect(issues(EncodeKind(), "hex") == ["1-3 encode must be base64 or base64url (base64)"])
    }
}
