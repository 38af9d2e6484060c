import Foundation
import Testing

/// The machine beside the specification, on random histories.
@Suite struct DifferentialTests {
    /// The first seed; `MILLRACE_SEED` starts elsewhere, `MILLRACE_SCRIPTS` runs more.
    static let environment = ProcessInfo.processInfo.environment
    static let firstSeed = UInt64(environment["MILLRACE_SEED"] ?? "") ?? 1
    static let count = UInt64(environment["MILLRACE_SCRIPTS"] ?? "") ?? 400

    @Test func decidesAsTheSpecification() throws {
        let scripts = (Self.firstSeed..<Self.firstSeed + Self.count).map { RandomScript(seed: $0) }
        var lines = try specification(of: scripts)[...]
        var steps = 0
        for script in scripts {
            for fault in script.faults.prefix(1) { Issue.record("seed \(script.seed), \(fault)") }
            let expected = lines.prefix(script.steps.count)
            lines = lines.dropFirst(script.steps.count)
            steps += expected.count
            #expect(expected.count == script.steps.count, "seed \(script.seed): the specification stopped")
            if let difference = firstDifference(in: script, expected: Array(expected)) { Issue.record("\(difference)") }
        }
        #expect(steps > 40 * scripts.count)
    }

    private func firstDifference(in script: RandomScript, expected: [Substring]) -> String? {
        for (index, (step, expected)) in zip(script.steps, expected).enumerated() {
            let observed = step.observed.description
            if observed != expected {
                return """
                    seed \(script.seed) step \(index) \(step.event)
                      config   \(script.config)
                      expected \(expected)
                      observed \(observed)
                    """
            }
        }
        return nil
    }

    /// What the specification observes, a line for every event of all scripts.
    private func specification(of scripts: [RandomScript]) throws -> [Substring] {
        let input = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID()).jsonl")
        defer { try? FileManager.default.removeItem(at: input) }
        var text = ""
        for script in scripts {
            text += "{\"config\": \(script.config)}\n"
            for step in script.steps { text += "\(step.event)\n" }
        }
        try text.write(to: input, atomically: true, encoding: .utf8)

        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = ["python3", Vectors.folder.appendingPathComponent("drive.py").path]
        python.environment = Self.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        python.standardInput = try FileHandle(forReadingFrom: input)
        let output = Pipe()
        python.standardOutput = output
        try python.run()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        python.waitUntilExit()
        #expect(python.terminationStatus == 0)
        return String(decoding: answer, as: UTF8.self).split(separator: "\n")
    }
}
