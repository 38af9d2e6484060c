import Testing
import YAML

@Suite struct ProblemTests {
    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", "3:1-1 \"a\" is there twice, first at 1:1 (leave one out)"),
        ("a: {long: 1, long: 2}\n", "1:14-4 \"long\" is there twice, first at 1:5 (leave one out)"),
        ("a: !!str 1\n", "1:4-7 tags are not supported: tag:yaml.org,2002:str (leave the tag out)"),
        ("a: !own {b: 1}\n", "1:4-6 tags are not supported: !own (leave the tag out)"),
        ("[a]: 1\n", "1:1-1 a key must be a text"),
    ])
    func `problems that leave a tree`(text: String, complaint: String) {
        let document = YAMLDocument(text)
        #expect(document.complaints == [complaint])
        #expect(document.root != nil)
    }

    @Test(arguments: [
        ("a: 1\n---\nb: 2\n", "2:1-3 a second document (one file holds one document)"),
        (
            "a: *none\n",
            "1:4-5 *none stands for nothing: no &none is complete before it (quote the value if it begins with *)"
        ),
        (
            "a: &a [*a]\n",
            "1:8-2 *a stands for nothing: no &a is complete before it (quote the value if it begins with *)"
        ),
        ("a:\n\tb: 1\n", "2:1-1 a tab cannot indent (indent with spaces)"),
        ("a: @x\n", "1:4-1 a value cannot start with \"@\" (quote the value)"),
        (
            "a: b: c\n",
            "1:5-1 a value with \": \" in it, or a key that is indented wrongly (quote the value, or line the key up)"
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            "3:2-1 no key where one is expected, in the mapping that begins at 1:1 (line it up with the keys before it)"
        ),
        (
            "a:\n  - 1\n  b: 2\n",
            "3:3-1 no \"- \" where one is expected, in the list that begins at 2:3 (line it up with the entries before it)"
        ),
        ("a: [1, 2\nb: 3\n", "2:2-1 no \",\" or \"]\" where one is expected, in the list that begins at 1:4"),
        ("a: {b: 1\n", "2:1-1 no \",\" or \"}\" where one is expected, in the mapping that begins at 1:4"),
        ("a: {b: ${env:X}}\n", "1:9-1 inside [ ] and { } a value with { in it must be quoted (write \"${…}\")"),
        ("a: \"open\nb: 1\n", "3:1-1 a quote that begins at 1:4 is never closed (close the quote)"),
        ("a: 1\nplain\nb: 2\n", "3:1-1 a key without \":\" that begins at 2:1 (write key: value)"),
        ("a: *.x\n", "1:5-1 a value cannot start with * or & (quote the value)"),
        (
            "a: \"\\d\"\n",
            "1:5-1 an escape that does not exist in double quotes (write \\\\ for a backslash, or use single quotes)"
        ),
        (
            "a: 1\nb: x\u{1}y\n",
            "2:5-1 control characters are not allowed (write it in double quotes with an escape, as in \"\\t\")"
        ),
        ("%YAML 3.0\n---\na: 1\n", "1:1-1 found incompatible YAML document"),
    ])
    func `problems that leave no tree`(text: String, complaint: String) {
        let document = YAMLDocument(text)
        #expect(document.complaints == [complaint])
        #expect(document.root == nil)
    }

    @Test(
        arguments: [
            ([0x61, 0x3A, 0x20, 0xFF], "1:4-1 not UTF-8: byte 0xFF (save the file as UTF-8)"),
            ([0xC3, 0xA9, 0x0A, 0xC3, 0xA9, 0xC3], "2:2-1 not UTF-8: byte 0xC3 (save the file as UTF-8)"),
            ([0x0A, 0x61, 0xED, 0xA0, 0x80], "2:2-1 not UTF-8: byte 0xED (save the file as UTF-8)"),
            ([0xFF, 0xFE, 0x61, 0x00], "1:1-1 not UTF-8: byte 0xFF (save the file as UTF-8)"),
        ] as [([UInt8], String)])
    func `bytes that are no UTF-8 are named with their place`(bytes: [UInt8], complaint: String) {
        #expect(YAMLDocument(bytes).complaints == [complaint])
    }

    @Test func `several problems are all told, by place`() {
        let document = YAMLDocument("a: !t 1\na: 2\nb: {c: 1, c: 2}\n[x]: 1\n\"open\n")
        #expect(document.problems.map { $0.range.start.line } == [1, 2, 3, 4, 6])
    }

    @Test func `deep nesting is refused, not followed`() {
        let depths = [(64, true), (65, false), (10_000, false), (1_000_000, false)]
        for (depth, isFine) in depths {
            let flow = YAMLDocument(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
            #expect((flow.root != nil) == isFine, "\(depth)")
            let open = YAMLDocument(String(repeating: "{a: ", count: depth))
            #expect(open.root == nil)
            let block = YAMLDocument(String(repeating: "- ", count: depth) + "x")
            #expect((block.root != nil) == isFine, "\(depth)")
        }
        let deep = YAMLDocument(String(repeating: "[", count: 1000))
        #expect(deep.complaints == ["1:65-1 nested more than 64 levels deep"])
    }

    @Test func `aliases of aliases are counted out and stopped`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let document = YAMLDocument(text)
        // A failing expectation would print the tree, which has 9²⁰ nodes.
        let hasTree = document.root != nil
        #expect(!hasTree)
        #expect(document.problems.map(\.message) == ["more than 100000 values, aliases counted out"])
    }

    @Test func `aliases cannot nest deeper than values`() {
        var text = "a0: &a0 [x]\n"
        for level in 1...200 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        let document = YAMLDocument(text)
        #expect(document.root == nil)
        #expect(document.problems.map(\.message) == ["nested more than 64 levels deep"])
    }

    @Test func `a text beyond the limit is not read`() {
        let document = YAMLDocument("abc: 1", limits: YAMLLimits(bytes: 5))
        #expect(document.complaints == ["1:1-1 the text is longer than 5 bytes"])
    }
}
