import FoundationEssentials

/// The checked-out files, as the tests read them. Paths are relative to the root of the repository.
struct Repository {
    let root: String
    let paths: [String]
    /// Every Swift source, comments and literals blanked.
    private let swift: [SourceText]

    /// Read once: every test asks for the same files.
    static let whole = Result { try Repository() }

    /// Walks the repository that this file stands in; build products, caches and version control are left out.
    private init(file: String = #filePath) throws {
        let parts = file.split(separator: "/").dropLast(3)
        root = "/" + parts.joined(separator: "/")
        var found: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            for name in try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder) {
                if Self.isLeftOut(name) { continue }
                let path = folder.isEmpty ? name : folder + "/" + name
                var isFolder = false
                guard FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder) else {
                    continue
                }
                if isFolder { folders.append(path) } else { found.append(path) }
            }
        }
        paths = found.sorted()
        swift = try found.sorted().filter { $0.hasSuffix(".swift") }
            .map { [root] in SourceText(path: $0, text: try Self.text(root + "/" + $0)) }
    }

    func text(_ path: String) throws -> String { try Self.text(root + "/" + path) }

    /// Swift sources below `folder`, comments and literals blanked.
    func sources(under folder: String) -> [SourceText] { swift.filter { $0.path.hasPrefix(folder + "/") } }

    private static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else { throw Unreadable(path: path) }
        return String(decoding: data, as: UTF8.self)
    }

    struct Unreadable: Error {
        let path: String
    }

    private static func isLeftOut(_ name: String) -> Bool {
        name.hasPrefix(".build") || [".git", ".cache", ".venv", "__pycache__", "out"].contains(name)
    }
}
