import JSON
import Testing

/// All methods of reading agree: on what is good, what is wrong, and where.
@Suite struct MethodTests {
    private static let methods = JSONReader.Method.allCases.filter(\.isSupported)

    /// What was found at each path, or what is wrong.
    private enum Found: Equatable {
        case values([String?])
        case wrong(JSONError)
    }

    @Test func randomAndDamagedTexts() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        var accepted = 0
        for round in 0..<20_000 {
            var text = Array(RandomJSON.object(&random, depth: 0, isPlain: Bool.random(using: &random)).utf8)
            if Bool.random(using: &random) { text.removeAll { $0 == UInt8(ascii: " ") || $0 == 10 } }
            for _ in 0..<Int.random(in: 0...2, using: &random) { DifferentialTests.damage(&text, &random) }
            let paths = [RandomJSON.path(&random), RandomJSON.path(&random), RandomJSON.path(&random)]
            let expected = Self.found(text, paths, .index)
            if case .values = expected { accepted += 1 }
            for method in Self.methods where method != .index {
                let found = Self.found(text, paths, method)
                if found == expected || Self.isCrossing(text, expected, found) { continue }
                Issue.record(
                    """
                    \(method) found \(found), the index \(expected): \(paths) in \
                    \(String(decoding: text, as: UTF8.self)), round \(round), seed \(seed)
                    """)
            }
        }
        #expect(accepted > 2000, "seed \(seed)")
    }

    /// Lengths around the size of a block, and strings and escapes across their borders.
    @Test func bordersOfBlocks() {
        for length in 0..<200 {
            let filling = String(repeating: "x", count: length)
            for inside in ["", "\\\\", "\\\"", "{[,:", "\u{e9}"] {
                for text in [
                    "{\"f\":\"\(filling)\(inside)\",\"a\":[1,{\"b\":2}],\"c\":3}",
                    "{\"\(filling)\(inside)\" : 1 , \"c\": 3 }",
                ] {
                    let expected = Self.found(Array(text.utf8), [["f"], ["c"], ["a"]], .index)
                    for method in Self.methods {
                        #expect(
                            Self.found(Array(text.utf8), [["f"], ["c"], ["a"]], method) == expected,
                            "\(method): \(text)")
                    }
                }
            }
        }
    }

    /// A glance counts the brackets of what nobody wants, the index pairs them: two faults that cancel out can tell them
    /// apart, one cannot.
    private static func isCrossing(_ text: [UInt8], _ expected: Found, _ found: Found) -> Bool {
        guard case .wrong(let error) = expected, case .values = found else { return false }
        return error.kind == .separatorExpected && text.contains(UInt8(ascii: "[")) && text.contains(UInt8(ascii: "}"))
    }

    private static func found(_ text: [UInt8], _ paths: [[String]], _ method: JSONReader.Method) -> Found {
        let fields = JSONFields(paths)
        do throws(JSONError) {
            return try JSONReader.withThreadReader { (reader: inout JSONReader) throws(JSONError) in
                try reader.read(unsafe text.span.bytes, fields, by: method) { (document) throws(JSONError) in
                    var values: [String?] = []
                    for path in paths {
                        guard let slot = fields.slot(of: path) else { continue }
                        values.append(try shown(document, slot))
                    }
                    return Found.values(values)
                }
            }
        } catch { return .wrong(error) }
    }

    private static func shown(_ document: borrowing JSONDocument, _ slot: JSONSlot) throws(JSONError) -> String? {
        let value = try document.value(slot)
        guard value.kind != .absent else { return nil }
        var text = "\(value.kind) \(string(document.raw(value)))"
        if value.kind == .array {
            var elements = document.elements(of: value)
            while let element = try document.next(&elements) { text += " \(element.kind)" }
        }
        return text
    }
}
