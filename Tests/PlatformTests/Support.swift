import Glibc
import Platform
import Testing

/// A folder of its own for a test, removed with all that is in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var random = SplitMix64.seededBySystem()
        let base = Environment.value("TMPDIR") ?? "/tmp"
        path = "\(base)/platform-tests-\(Process.identifier)-\(random.next())"
        try FileSystem.makeFolders(path)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        for name in (try? FileSystem.list(path)) ?? [] {
            let child = path + "/" + name
            if (try? FileSystem.kind(child)) == .folder { remove(child) } else { try? FileSystem.remove(child) }
        }
        try? FileSystem.removeFolder(path)
    }
}

/// A deadline far enough away that only a broken program reaches it.
func patience() -> Int64 { MonotonicClock.now() + 60_000_000_000 }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
