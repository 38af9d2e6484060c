import JSON
import Testing

/// New texts made of a document.
@Suite struct OutputTests {
    private func project(_ text: String, _ members: [(String, String)]) throws(JSONError) -> String {
        let (fields, slots) = fieldsFor(members.map(\.1))
        let projection = JSONProjection(zip(members, slots).map { ($0.0, $1) })
        return try read(Array(text.utf8), fields) { (document) throws(JSONError) in
            let size = try document.size(projection.view)
            return try written(size) { (output) throws(JSONError) in
                document.write(projection.view, size: size, to: &output)
            }
        }
    }

    private func prune(_ text: String, _ paths: [String]) throws(JSONError) -> String {
        let (none, _) = fieldsFor([])
        let (fields, _) = fieldsFor(paths)
        return try read(Array(text.utf8), none) { (document) throws(JSONError) in
            try written(document.count) { (output) throws(JSONError) in
                try document.write(without: fields.view, to: &output)
            }
        }
    }

    /// What `body` writes, into exactly `size` bytes of room with untouched bytes behind.
    private func written(
        _ size: Int, _ body: (inout OutputRawSpan) throws(JSONError) -> Void
    ) throws(JSONError) -> String {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size + 16, alignment: 1)
        defer { unsafe memory.deallocate() }
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xa5)
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<size])
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        try body(&output)
        let count = unsafe output.finalize(for: room)
        unsafe #expect(memory[size...].allSatisfy { $0 == 0xa5 }, "written past the room")
        return unsafe String(decoding: room[..<count], as: UTF8.self)
    }

    @Test func projection() throws {
        let text = #"{"id":"k1","amount": 12.50 ,"address":{"country":"DE","zip":[1, 2]},"x":null}"#
        #expect(
            try project(text, [("total", "amount"), ("id", "id"), ("country", "address.country"), ("no", "nothing")])
                == #"{"total":12.50,"id":"k1","country":"DE"}"#)
        #expect(
            try project(text, [("z", "address.zip"), ("z2", "address"), ("x", "x")])
                == #"{"z":[1, 2],"z2":{"country":"DE","zip":[1, 2]},"x":null}"#)
        #expect(try project(text, [("no", "nothing"), ("more", "id.x")]) == "{}")
        #expect(try project("{}", []) == "{}")
    }

    @Test func namesAreQuoted() throws {
        #expect(try project(#"{"a":1}"#, [("q\"\\\n\u{1f}é/", "a")]) == #"{"q\"\\\u000a\u001fé/":1}"#)
    }

    @Test func projectionOfAMalformedValue() {
        #expect(throws: JSONError(.badValue, at: 11)) { try project(#"{"a":1,"b":x}"#, [("a", "a"), ("b", "b")]) }
    }

    @Test(arguments: [
        (#"{"a":1,"b":2,"c":3}"#, ["a"], #"{"b":2,"c":3}"#),
        (#"{"a":1,"b":2,"c":3}"#, ["b"], #"{"a":1,"c":3}"#),
        (#"{"a":1,"b":2,"c":3}"#, ["c"], #"{"a":1,"b":2}"#),
        (#"{"a":1,"b":2,"c":3}"#, ["b", "c"], #"{"a":1}"#),
        (#"{"a":1,"b":2,"c":3}"#, ["a", "c"], #"{"b":2}"#),
        (#"{"a":1,"b":2,"c":3}"#, ["a", "b", "c"], "{}"),
        (#" { "a" : 1 , "b" : [2, 3] , "c" : {"d":4} } "#, ["b"], #" { "a" : 1 , "c" : {"d":4} } "#),
        (#" { "a" : 1 , "b" : [2, 3] , "c" : {"d":4} } "#, ["c"], #" { "a" : 1 , "b" : [2, 3] } "#),
        (#"{ "a" : 1 }"#, ["a"], "{  }"),
        (#"{"a":1,"b":2,"a":3}"#, ["a"], #"{"b":2}"#),
        (#"{"a":1,"\u0061":3}"#, ["a"], "{}"),
        (#"{"a":{"b":1,"c":2},"b":3}"#, ["a.b"], #"{"a":{"c":2},"b":3}"#),
        (#"{"a":{"b":1},"b":3}"#, ["a.b", "x.y", "b"], #"{"a":{}}"#),
        (#"{"a":[{"b":1,"c":2},[{"b":3}],5],"d":1}"#, ["a.b"], #"{"a":[{"c":2},[{}],5],"d":1}"#),
        (#"{"a":"b","d":1}"#, ["a.b", "z"], #"{"a":"b","d":1}"#),
        ("{}", ["a"], "{}"),
    ])
    func pruning(_ text: String, _ paths: [String], _ expected: String) throws {
        #expect(try prune(text, paths) == expected)
    }

    @Test func pruningOfAMalformedObject() {
        #expect(throws: JSONError(.colonExpected, at: 10)) { try prune(#"{"a":{"b" 1}}"#, ["a.c"]) }
        #expect(throws: Never.self) { try prune(#"{"a":{"b" 1}}"#, ["c"]) }
    }

    /// Random objects: pruning is parsing, removing and leaving every other member's text alone.
    @Test func pruningAgainstTheReference() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for round in 0..<2000 {
            let text = RandomJSON.object(&random, depth: 0)
            let path = RandomJSON.path(&random)
            let pruned = try prune(text, [path.joined(separator: ".")])
            guard let before = Reference.object(Array(text.utf8)), let after = Reference.object(Array(pruned.utf8))
            else {
                Issue.record("\(text) became \(pruned), round \(round), seed \(seed)")
                continue
            }
            let expected = Self.without(path[...], .object(before))
            #expect(Self.bare(.object(after)) == Self.bare(expected), "\(text) became \(pruned), seed \(seed)")
        }
    }

    private static func without(_ path: ArraySlice<String>, _ value: Reference) -> Reference {
        switch value {
        case .array(let elements): .array(elements.map { without(path, $0) })
        case .object(let members):
            .object(
                members.filter { $0.name != path.first || path.count > 1 }.map { member in
                    member.name != path.first
                        ? member
                        : .init(name: member.name, value: without(path.dropFirst(), member.value), raw: "")
                })
        default: value
        }
    }

    /// The value without the raw texts, which differ where something went.
    private static func bare(_ value: Reference) -> Reference {
        switch value {
        case .array(let elements): .array(elements.map(bare))
        case .object(let members): .object(members.map { .init(name: $0.name, value: bare($0.value), raw: "") })
        default: value
        }
    }
}
