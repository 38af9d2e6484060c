/// The names of what belongs to one shard's file.
struct FilePaths: Sendable, Hashable {
    /// The file that is written.
    let data: String
    private let stem: Substring
    private let suffix: Substring

    /// The names around `data`, whose last `extensionCount` characters are its extension.
    init(data: String, extensionCount: Int) {
        self.data = data
        stem = data.dropLast(extensionCount)
        suffix = data.suffix(extensionCount)
    }

    /// The file beside it that is locked by who writes, and says how far the file is safe.
    var state: String { data + ".state" }

    /// The name of the finished file that begins with offset `first`; `number` tells apart what would have one name.
    func rotated(first: Int64, number: Int) -> String {
        number < 2 ? "\(stem)-\(first)\(suffix)" : "\(stem)-\(first).\(number)\(suffix)"
    }
}
