import FoundationEssentials
import FuzzTargets
import Testing

/// The stored inputs, and changes of them by a seed. `make fuzz MINUTES=n` looks for more, led by what they reach.
@Suite struct FuzzTests {
    /// The first seed, and inputs a target: `MILLRACE_SEED` starts elsewhere, `MILLRACE_FUZZ_INPUTS` makes more.
    static let environment = ProcessInfo.processInfo.environment
    static let seed = UInt64(environment["MILLRACE_SEED"] ?? "") ?? 1
    static let count = Int(environment["MILLRACE_FUZZ_INPUTS"] ?? "") ?? 2000

    @Test(arguments: FuzzTarget.allCases) func theStoredInputsAreWell(target: FuzzTarget) throws {
        let corpus = try Corpus.inputs(of: target)
        #expect(corpus.count >= 5)
        for (name, bytes) in corpus {
            if let fault = target.fault(bytes) { Issue.record("\(target)/\(name): \(fault)") }
        }
    }

    @Test(arguments: FuzzTarget.allCases) func changedInputsAreWell(target: FuzzTarget) throws {
        var mutator = Mutator(seed: Self.seed, corpus: try Corpus.inputs(of: target).map(\.1), words: target.words)
        for index in 0..<Self.count {
            let bytes = mutator.next()
            guard let fault = target.fault(bytes) else { continue }
            Issue.record("\(target), seed \(Self.seed), input \(index) \(Array(bytes.prefix(400))): \(fault)")
            return
        }
    }
}

/// The stored inputs: a file each, below `Tests/Fuzz/Corpus`.
enum Corpus {
    static func inputs(of target: FuzzTarget) throws -> [(String, [UInt8])] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/\(target.rawValue)")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, [UInt8](try Data(contentsOf: folder.appending(path: name))))
        }
    }
}
