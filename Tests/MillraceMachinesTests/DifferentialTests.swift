import FoundationEssentials
import Glibc
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
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appendingPathComponent("events"), folder.appendingPathComponent("observed"))
        var text = ""
        for script in scripts {
            text += "{\"config\": \(script.config)}\n"
            for step in script.steps { text += "\(step.event)\n" }
        }
        try Data(text.utf8).write(to: input)

        let driver = Vectors.folder.appendingPathComponent("drive.py")
        let status = unsafe system("python3 -B '\(driver.path)' < '\(input.path)' > '\(output.path)'")
        #expect(status == 0, "the specification ended with an error")
        return String(decoding: try Data(contentsOf: output), as: UTF8.self).split(separator: "\n")
    }
}
