import FoundationEssentials
import Testing

/// Every trace of the specification, step by step.
@Suite struct VectorTests {
    /// The vectors of each file.
    static let counts = [
        "cursor": 18, "order": 34, "retry": 24, "bisection": 81, "verdict": 43, "breaker": 15, "late": 16, "dlq": 10,
        "ownership": 28, "operator": 10, "optional": 7, "credit": 5,
    ]

    @Test func allTracesAreThere() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Vectors.folder.path + "/vectors")
        #expect(Set(files.filter { $0.hasSuffix(".jsonl") }) == Set(Self.counts.keys.map { $0 + ".jsonl" }))
        #expect(Self.counts.values.reduce(0, +) == 291)
    }

    @Test(arguments: counts.keys.sorted()) func replays(file: String) throws {
        let vectors = try Vectors.lines(of: Vectors.folder.appendingPathComponent("vectors/\(file).jsonl"))
        for vector in vectors {
            if let difference = firstDifference(in: vector) { Issue.record("\(difference)") }
        }
        #expect(vectors.count == Self.counts[file])
    }

    /// The first step of a vector that was decided otherwise, or the books where they differ.
    private func firstDifference(in vector: JSONValue) -> String? {
        let name = vector["name"]?.string ?? "?"
        guard let config = vector["config"], let steps = vector["steps"]?.array, !steps.isEmpty else {
            return "\(name): not a vector"
        }
        var machine = TracedMachine(config: config)
        for (index, step) in steps.enumerated() {
            guard let event = step["event"], let expected = step["expect"] else {
                return "\(name): step \(index) is none"
            }
            let decided = machine.step(event)
            if decided != expected {
                return "\(name) step \(index) \(event)\n  expected \(expected)\n  decided  \(decided)"
            }
        }
        guard let expected = vector["books"] else { return "\(name): no books" }
        let books = machine.books()
        return books == expected ? nil : "\(name) books\n  expected \(expected)\n  kept     \(books)"
    }
}
