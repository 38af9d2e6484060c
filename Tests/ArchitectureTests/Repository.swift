import FoundationEssentials

/// The checked-out files, as the tests read them. Paths are relative to the root of the repository.
struct Repository {
    let root: String
    let paths: [String]

    /// Walks the repository that this file stands in; build products, caches and version control are left out.
    init(file: String = #filePath) throws {
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
    }

    func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: root + "/" + path) else { throw Unreadable(path: path) }
        return String(decoding: data, as: UTF8.self)
    }

    /// Swift sources below `folder`, comments and literals blanked.
    func sources(under folder: String) throws -> [SourceText] {
        try paths.filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".swift") }
            .map { SourceText(path: $0, text: try text($0)) }
    }

    struct Unreadable: Error {
        let path: String
    }

    private static func isLeftOut(_ name: String) -> Bool {
        name.hasPrefix(".build") || [".git", ".cache", ".venv", "__pycache__", "out"].contains(name)
    }
}
