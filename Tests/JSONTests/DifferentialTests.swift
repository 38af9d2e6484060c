import JSON
import Testing

/// The reader against a parser that shares nothing with it, on random and damaged texts.
@Suite struct DifferentialTests {
    /// All paths over the plain names that go as deep as plain objects do.
    private static let paths: [[String]] = {
        let names = RandomJSON.unescaped[..<4]
        var paths = names.map { [$0] }
        for _ in 0..<3 { paths += paths.flatMap { path in names.map { path + [$0] } } }
        return Array(Set(paths))
    }()

    /// Without arrays and duplicates, and with every path wanted, nothing is skipped: the reader must agree in all.
    @Test func everythingWanted() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let fields = JSONFields(Self.paths)
        let slots = Self.paths.compactMap { fields.slot(of: $0) }
        var accepted = 0
        for round in 0..<3000 {
            var text = Array(RandomJSON.object(&random, depth: 1, isPlain: true).utf8)
            for _ in 0..<Int.random(in: 0...1, using: &random) { Self.damage(&text, &random) }
            let reference = Reference.object(text)
            let found = Self.found(text, fields, slots)
            let shown = "\(String(decoding: text, as: UTF8.self)), round \(round), seed \(seed)"
            if reference == nil && text.contains(UInt8(ascii: "[")) { continue }
            #expect((found == nil) == (reference == nil), "\(shown)")
            guard let reference, let found else { continue }
            accepted += 1
            for (path, value) in zip(Self.paths, found) {
                let expected = Reference.find(path[...], in: reference)?.raw
                if value != expected { Issue.record("\(path) is \(value ?? "-") in \(shown)") }
            }
        }
        #expect(accepted > 1000, "seed \(seed)")
    }

    /// With arrays and few paths: what is good is accepted, with the right values.
    @Test func whatIsGoodIsAccepted() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for round in 0..<3000 {
            let text = RandomJSON.object(&random, depth: 0)
            let paths = [RandomJSON.path(&random), RandomJSON.path(&random)]
            let fields = JSONFields(paths)
            let found = Self.found(Array(text.utf8), fields, paths.compactMap { fields.slot(of: $0) })
            let reference = Reference.object(Array(text.utf8)) ?? []
            let expected = paths.map { Reference.find($0[...], in: reference)?.raw }
            #expect(found == expected, "\(paths) in \(text), round \(round), seed \(seed)")
        }
    }

    private static func found(_ text: [UInt8], _ fields: JSONFields, _ slots: [JSONSlot]) -> [String?]? {
        try? read(text, fields) { (document) throws(JSONError) in
            var found: [String?] = []
            for slot in slots {
                let value = try document.value(slot)
                found.append(value.kind == .absent ? nil : string(document.raw(value)))
            }
            return found
        }
    }

    static func damage(_ text: inout [UInt8], _ random: inout SplitMix64) {
        let bytes = Array(#"{}[]:,"\ 01ex-.tn"#.utf8) + [0, 10, 0x0c, 0x1a, 0x80, 0xff]
        let byte = bytes[Int.random(in: 0..<bytes.count, using: &random)]
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[place] = byte
        case 1: text.insert(byte, at: place)
        default: text.remove(at: place)
        }
    }
}
