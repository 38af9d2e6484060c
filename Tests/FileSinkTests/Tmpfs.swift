import Glibc
import Platform
import Testing

/// A small disk in memory, mounted for a test; only the superuser may.
final class Tmpfs {
    let folder: TemporaryFolder
    var path: String { folder.path }

    /// A disk of `size` bytes.
    init(size: Int) throws {
        folder = try TemporaryFolder()
        let answer = unsafe mount("tmpfs", folder.path, "tmpfs", 0, "size=\(size)")
        try #require(answer == 0, "cannot mount")
    }

    deinit { unsafe umount2(folder.path, Int32(MNT_DETACH)) }

    /// Whether this process may mount.
    static let isPossible: Bool = (try? Tmpfs(size: 65_536)) != nil
}
