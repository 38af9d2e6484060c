import CPlatform
import Glibc

/// Files and folders by their paths.
public enum FileSystem {
    /// What lies at a path.
    public enum Kind: Sendable, Hashable {
        /// Nothing.
        case missing
        /// A regular file.
        case file
        /// A folder.
        case folder
        /// A device, a socket or another thing.
        case other
    }

    /// What lies at `path`, links followed.
    public static func kind(_ path: String) throws(SystemError) -> Kind {
        switch try SystemError.check(unsafe cp_kind(path), "look at", path) {
        case 0: .missing
        case 2: .file
        case 3: .folder
        default: .other
        }
    }

    /// Whether something lies at `path`; `false` also where one may not look.
    public static func exists(_ path: String) -> Bool { unsafe cp_kind(path) > 0 }

    /// Whether this user may not find out what lies at `path`: a folder on the way there is closed to it.
    public static func isHidden(_ path: String) -> Bool {
        let kind = unsafe cp_kind(path)
        return kind < 0 && SystemError(-kind, "look at", path).isDenied
    }

    /// Gives a file another name, in one step: who looks sees the one or the other.
    /// - Parameter replacing: Whether a file that has the new name is replaced; else it is an error (`isExisting`).
    public static func rename(_ path: String, to target: String, replacing: Bool = true) throws(SystemError) {
        try SystemError.check(unsafe cp_rename(path, target, replacing), "rename", "\(path) to \(target)")
    }

    /// Removes the file at `path`.
    public static func remove(_ path: String) throws(SystemError) {
        try SystemError.check(unsafe cp_unlink(path), "remove", path)
    }

    /// Removes the empty folder at `path`.
    public static func removeFolder(_ path: String) throws(SystemError) {
        try SystemError.check(unsafe cp_rmdir(path), "remove", path)
    }

    /// Makes the folder at `path` and those above it that are missing. One that exists is fine.
    public static func makeFolders(_ path: String, permissions: UInt32 = 0o755) throws(SystemError) {
        let answer = unsafe cp_mkdir(path, permissions)
        if answer == 0 { return }
        if answer == -EEXIST, try kind(path) == .folder { return }
        guard answer == -ENOENT, let parent = parent(of: path), parent != path else {
            throw SystemError(-answer, "make the folder", path)
        }
        try makeFolders(parent, permissions: permissions)
        let second = unsafe cp_mkdir(path, permissions)
        if second != -EEXIST { try SystemError.check(second, "make the folder", path) }
    }

    /// The names in the folder at `path`, sorted by their bytes, without `.` and `..`.
    public static func list(_ path: String) throws(SystemError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw SystemError(errno, "list", path) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(folder) else { break }
            // The entry is valid until the next call on this folder, and its name ends with a zero byte.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw SystemError(errno, "list", path) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Waits until the folder's own content, the names of its files, is on the disk. Needed after a file was made, renamed
    /// or removed.
    public static func sync(folder path: String) throws(SystemError) {
        let folder = try File(path, .reading)
        try folder.sync(dataOnly: false)
    }

    /// How many bytes the process may still write on the disk that holds `path`.
    public static func freeBytes(at path: String) throws(SystemError) -> Int64 {
        try SystemError.check(unsafe cp_free_bytes(path), "ask for the free space at", path)
    }

    /// All bytes of the file at `path`.
    /// - Throws: Also when the file is larger than `limit` (`EFBIG`).
    public static func contents(of path: String, limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
        let file = try File(path, .reading)
        var bytes: [UInt8] = []
        // Read until the end rather than as many as the size says: pipes and files of /proc have none.
        while bytes.count <= limit {
            let chunk = try Descriptor.read(upTo: 64 << 10, from: file.descriptor, path)
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
        throw SystemError(EFBIG, "read", path)
    }

    /// The folder that holds `path`: `.` for a bare name, `/` for the root itself.
    public static func folder(of path: String) -> String { parent(of: path) ?? "." }

    private static func parent(of path: String) -> String? {
        var parts = path[...]
        while parts.count > 1, parts.hasSuffix("/") { parts.removeLast() }
        guard let slash = parts.lastIndex(of: "/") else { return nil }
        return slash == parts.startIndex ? "/" : String(parts[..<slash])
    }
}

extension Descriptor {
    /// The next bytes, at most `count`; none at the end.
    static func read(upTo count: Int, from descriptor: Int32, _ subject: String) throws(SystemError) -> [UInt8] {
        var got: Int64 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // The call writes at most `count` bytes, and says how many.
            got = unsafe cp_read(descriptor, buffer.baseAddress, count)
            filled = Int(max(got, 0))
        }
        try SystemError.check(got, "read", subject)
        return bytes
    }
}
