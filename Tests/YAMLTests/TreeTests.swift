import Testing
import YAML

@Suite struct TreeTests {
    @Test(arguments: [
        ("a: 1\nb: [x, 'y', \"z\"]\n", #"{a: 1, b: [x, "y", "z"]}"#),
        ("- 1\n- {k: v}\n- \n", "[1, {k: v}, ]"),
        ("a: |\n  two\n  lines\nb: >-\n  folded\n  text\n", "{a: |two\nlines\n|, b: |folded text|}"),
        ("plain", "plain"), ("''", "\"\""), ("---\na: 1\n...\n", "{a: 1}"), ("# only\na: 1 # comment", "{a: 1}"),
        ("{}", "{}"), ("[]", "[]"), ("a:", "{a: }"), ("? a\n: 1", "{a: 1}"), ("%YAML 1.1\n---\na: 1", "{a: 1}"),
        (#"a: "x\ty\u00e9\0z""#, "{a: \"x\tyé\0z\"}"), ("ключ: значение", "{ключ: значение}"),
        ("\u{FEFF}a: 1", "{a: 1}"), ("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"), ("<<: 1", "{<<: 1}"),
    ])
    func `documents and their trees`(text: String, shape: String) {
        let document = YAMLDocument(text)
        #expect(document.complaints == [])
        #expect(document.root?.shape == shape)
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "\u{FEFF}"])
    func `an empty text has no tree and no problem`(text: String) {
        let document = YAMLDocument(text)
        #expect(document.root == nil)
        #expect(document.problems.isEmpty)
    }

    @Test func `keys keep the order of the file`() {
        let keys = (0..<200).map { "k\($0 * 7919 % 1000)" }
        let document = YAMLDocument(keys.map { "\($0): 1\n" }.joined())
        guard case .mapping(let entries)? = document.root?.content else {
            Issue.record("no mapping")
            return
        }
        #expect(entries.map(\.key) == keys)
    }

    @Test func `every node has its place, in characters from 1`() throws {
        let document = YAMLDocument("name: orders\nsource:\n  kafka: { topics: [añb, \"c\"], group: g }\n")
        let root = try #require(document.root)
        func place(_ node: YAMLNode?) -> String { node.map { "\($0.range.start)-\($0.range.end)" } ?? "none" }
        #expect(place(root) == "1:1-4:1")
        #expect(place(root["name"]) == "1:7-1:13")
        let kafka = root["source"]?["kafka"]
        #expect(place(kafka) == "3:10-3:42")
        #expect(place(kafka?["topics"]) == "3:20-3:30")
        #expect(place(kafka?["topics"]?[0]) == "3:21-3:24")
        #expect(place(kafka?["topics"]?[1]) == "3:26-3:29")
        #expect(place(kafka?["group"]) == "3:39-3:40")
        guard case .mapping(let entries)? = kafka?.content else { return }
        #expect(entries.map { "\($0.keyRange.start)+\($0.keyRange.width)" } == ["3:12+6", "3:32+5"])
    }

    @Test func `an alias is what its anchor was, with the place where that was written`() throws {
        let document = YAMLDocument("a: &x {k: [1, 2]}\nb: *x\nc: [*x, *x]\n&n name: *n\n")
        #expect(document.complaints == [])
        #expect(document.root?.shape == "{a: {k: [1, 2]}, b: {k: [1, 2]}, c: [{k: [1, 2]}, {k: [1, 2]}], name: name}")
        #expect(document.root?["b"]?["k"]?.range.start == YAMLPlace(line: 1, column: 11))
    }

    @Test func `a mebibyte in one value is read whole`() {
        let long = String(repeating: "0123456789abcdef", count: 65_536)
        for text in ["a: \(long)\n", "a: \"\(long)\"\n", "a: |\n  \(long)\n"] {
            let value = YAMLDocument(text).root?["a"]?.text
            #expect(value?.hasPrefix(long) == true)
            #expect((value?.utf8.count ?? 0) <= long.utf8.count + 1)
        }
    }

    @Test func `lines come back as they are, for messages`() {
        let document = YAMLDocument("a: 1\r\nb: 2\n\nc: 3\u{2028}d: 4\n")
        #expect((0...7).map { document.text.line($0) } == [nil, "a: 1", "b: 2", "", "c: 3", "d: 4", "", nil])
        #expect(document.text.count == 6)
    }
}
