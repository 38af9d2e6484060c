import JSON
import Testing

@Suite struct JSONFieldsTests {
    @Test func valuesAtPaths() throws {
        let text = #" {"a":1, "b" : "x" ,"c":{"d":[1, 2],"e":{}, "f":{"g":null}},"h":true,"i":false,"":-0.5e+3 } "#
        #expect(
            try values(text, ["a", "b", "c", "c.d", "c.e", "c.f.g", "h", "i", "", "j", "c.j", "a.b", "c.d.x"]) == [
                "1", #""x""#, #"{"d":[1, 2],"e":{}, "f":{"g":null}}"#, "[1, 2]", "{}", "null", "true", "false",
                "-0.5e+3", nil, nil, nil, nil,
            ])
    }

    @Test func kinds() throws {
        let (fields, slots) = fieldsFor(["s", "e", "n", "t", "f", "z", "o", "a", "absent"])
        let text = #"{"s":"","e":"\n","n":0,"t":true,"f":false,"z":null,"o":{},"a":[]}"#
        try read(Array(text.utf8), fields) { (document) throws(JSONError) in
            var kinds: [JSONKind] = []
            for slot in slots { kinds.append(try document.value(slot).kind) }
            #expect(kinds == [.string, .string, .number, .true, .false, .null, .object, .array, .absent])
        }
    }

    @Test func ofMembersWithOneNameTheFirstCounts() throws {
        #expect(try values(#"{"a":1,"a":2,"b":{"c":3},"b":{"c":4,"d":5}}"#, ["a", "b.c", "b.d"]) == ["1", "3", nil])
        #expect(try values(#"{"\u0061":1,"a":2}"#, ["a"]) == ["1"])
        #expect(try values(#"{"a":5,"a":{"b":1}}"#, ["a.b", "a"]) == [nil, "5"])
    }

    @Test func namesAreComparedWithoutEscapes() throws {
        let text = #"{"\u0061\/b":1,"\\n":2,"\n":3,"é":4,"\ud83d\ude00":5,"\"":6}"#
        let paths = [["a/b"], ["\\n"], ["\n"], ["é"], ["😀"], ["\""]]
        let fields = JSONFields(paths)
        try read(Array(text.utf8), fields) { (document) throws(JSONError) in
            for (index, path) in paths.enumerated() {
                guard let slot = fields.slot(of: path) else { continue }
                #expect(string(document.raw(try document.value(slot))) == "\(index + 1)")
            }
        }
    }

    /// Names of every length up to twice the longest that is told apart by length.
    @Test func namesOfEveryLength() throws {
        let names = (0...130).flatMap { length in
            ["x", "y"].map { String(repeating: "n", count: length) + $0 }
        }
        let text = "{" + names.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",") + "}"
        let wanted = names.enumerated().filter { $0.offset % 3 != 1 }
        let found = try values(text, wanted.map(\.element))
        #expect(found == wanted.map { "\($0.offset)" })
    }

    /// Names that differ from the wanted one in a single byte, wherever it stands.
    @Test func nearlyTheName() throws {
        for length in 1...40 {
            let name = String(repeating: "n", count: length)
            let others = (0..<length).map { name.prefix($0) + "m" + name.dropFirst($0 + 1) }
            let text = "{" + others.map { "\"\($0)\":0," }.joined() + "\"\(name)\":1}"
            #expect(try values(text, [name]) == ["1"])
        }
    }

    @Test func slotsOfPaths() {
        let fields = JSONFields([["a", "b"], ["a"], ["c", "d", "e"], ["a", "b"]])
        #expect(fields.slot(of: ["a"]) != fields.slot(of: ["a", "b"]))
        #expect(fields.slot(of: ["c", "d"]) != nil)
        #expect(fields.slot(of: ["b"]) == nil)
        #expect(fields.slot(of: []) == nil)
    }

    @Test func noPaths() throws {
        #expect(fault(#"{"a":[1,{"b":2}]}"#) == nil)
        #expect(fault(#"{"a":[1,{"b":2}}"#) != nil)
    }

    @Test func oneReadingAtATime() async {
        await #expect(processExitsWith: .failure) {
            JSONReader.withThreadReader { (_: inout JSONReader) in
                JSONReader.withThreadReader { (_: inout JSONReader) in }
            }
        }
    }
}
