import Millrace
import Platform

@testable import MillraceCommand

/// A folder of its own for a test, removed with the files in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var random = SplitMix64.seededBySystem()
        let base = Environment.value("TMPDIR") ?? "/tmp"
        path = "\(base)/millrace-command-tests-\(Process.identifier)-\(random.next())"
        try FileSystem.makeFolders(path)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        for name in (try? FileSystem.list(path)) ?? [] {
            let inner = path + "/" + name
            if (try? FileSystem.kind(inner)) == .folder { remove(inner) } else { try? FileSystem.remove(inner) }
        }
        try? FileSystem.removeFolder(path)
    }

    /// The path of a file in it.
    func callAsFunction(_ name: String) -> String { path + "/" + name }
}

/// A stream into a file, whose text can be read back.
final class Capture: Sendable {
    private let folder: TemporaryFolder
    private let file: File
    let stream: StandardStream

    init() throws {
        folder = try TemporaryFolder()
        file = try File(folder("out"), [.appending, .creating])
        stream = StandardStream(descriptor: file.descriptor)
    }

    var text: String {
        get throws { String(decoding: try FileSystem.contents(of: file.path), as: UTF8.self) }
    }

    var lines: [String] {
        get throws { try text.split(separator: "\n").map(String.init) }
    }
}

/// A command that ran inside the test.
struct Ran {
    let code: Int32
    let output: String
    let error: String

    /// Runs `words` as if they had been typed behind `millrace`.
    init(_ words: [String], registry: Registry = .standard, input: String = "") throws {
        let (out, err) = (try Capture(), try Capture())
        let folder = try TemporaryFolder()
        try File(folder("in"), [.writing, .creating]).write(input)
        let file = try File(folder("in"), .reading)
        let surroundings = Surroundings(
            registry: registry, input: StandardStream(descriptor: file.descriptor), output: out.stream,
            error: err.stream)
        code = MillraceCommand.run(words, surroundings)
        output = try out.text
        error = try err.text
    }
}

/// A deadline far enough away that only a broken program reaches it.
func patience() -> Int64 { MonotonicClock.now() + 60_000_000_000 }

/// The folder that holds Package.swift.
let repositoryFolder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
