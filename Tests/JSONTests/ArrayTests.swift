import JSON
import Testing

@Suite struct ArrayTests {
    private func elements(_ raw: String) throws(JSONError) -> [String] {
        let (fields, slots) = fieldsFor(["a"])
        return try read(Array("{\"a\":\(raw),\"b\":[7]}".utf8), fields) { (document) throws(JSONError) in
            var cursor = document.elements(of: try document.value(slots[0]))
            var found: [String] = []
            while let element = try document.next(&cursor) { found.append(string(document.raw(element))) }
            #expect(try document.next(&cursor) == nil, "it stays at its end")
            return found
        }
    }

    @Test(arguments: [
        ("[]", []), ("[[],[[]]]", []), ("[1]", ["1"]), ("[ 1 , \"x\" , null ]", ["1", "\"x\"", "null"]),
        ("[1,[2,[3]],{\"a\":[4,5]},[]]", ["1", "2", "3", "{\"a\":[4,5]}"]),
    ])
    func flattened(_ raw: String, _ expected: [String]) throws {
        #expect(try elements(raw) == expected)
    }

    @Test(arguments: [
        ("[1,]", JSONError.Kind.badValue, 3), ("[,1]", .badValue, 1), ("[1 2]", .separatorExpected, 3),
        ("[1:2]", .separatorExpected, 2), ("[[1]2]", .separatorExpected, 4), ("[x]", .badValue, 1),
        ("[{}{}]", .separatorExpected, 3), ("[\"\\x\"]", .badEscape, 2), ("[[],]", .badValue, 4),
    ])
    func faults(_ raw: String, _ kind: JSONError.Kind, _ offset: Int) {
        #expect(throws: JSONError(kind, at: 5 + offset)) { try elements(raw) }
    }

    @Test func objectsInside() throws {
        let text = #"{"a":[{"b":1,"c":{"d":2}},3,[{"b":4}],{"c":{"d":5},"b":6}],"e":7}"#
        let (fields, slots) = fieldsFor(["a", "a.b", "a.c.d", "e"])
        try read(Array(text.utf8), fields) { (document) throws(JSONError) in
            #expect(try document.value(slots[1]).kind == .absent, "a path does not go through an array")
            var cursor = document.elements(of: try document.value(slots[0]))
            var found: [String] = []
            while let element = try document.next(&cursor) {
                guard element.kind == .object else { continue }
                document.enter(slots[0], element)
                for slot in slots[1...] {
                    let value = try document.value(slot)
                    found.append(value.kind == .absent ? "-" : string(document.raw(value)))
                }
            }
            document.leave(slots[0])
            #expect(found == ["1", "2", "7", "4", "-", "7", "6", "5", "7"])
            #expect(try document.value(slots[1]).kind == .absent)
            #expect(try document.value(slots[3]).kind == .number)
        }
    }

    @Test func faultInsideAnElement() throws {
        let text = #"{"a":[{"b":1,"c"},{"b":2}]}"#
        let (fields, slots) = fieldsFor(["a", "a.b"])
        try read(Array(text.utf8), fields) { (document) throws(JSONError) in
            var cursor = document.elements(of: try document.value(slots[0]))
            guard let first = try document.next(&cursor) else { return }
            document.enter(slots[0], first)
            #expect(fault(document, slots[1]) == JSONError(.colonExpected, at: 16))
            guard let second = try document.next(&cursor) else { return }
            document.enter(slots[0], second)
            #expect(string(document.raw(try document.value(slots[1]))) == "2")
        }
    }
}
