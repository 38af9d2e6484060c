import FoundationEssentials

/// The files of `Tests/Vectors`.
enum Vectors {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Vectors")

    /// The lines of a file of JSON lines.
    static func lines(of url: URL) throws -> [JSONValue] {
        let decoder = JSONDecoder()
        return try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).map {
            try decoder.decode(JSONValue.self, from: Data($0))
        }
    }
}
