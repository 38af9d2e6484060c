import CRdkafka
import Glibc

/// One of librdkafka's configuration properties, as the linked library describes it.
public struct KafkaProperty: Sendable, Hashable {
    /// What its values look like.
    public enum Kind: String, Sendable {
        /// A whole number.
        case integer
        /// `true` or `false`.
        case boolean
        /// One of a few words.
        case enumeration = "enum value"
        /// Some of a few words, separated by commas.
        case flags = "CSV flags"
        /// Any text.
        case string
        /// A decimal number.
        case float
        /// Regular expressions, separated by commas.
        case patterns = "pattern list"
        /// Not settable by text.
        case other
    }

    /// Which clients heed it.
    public enum Scope: Sendable {
        /// Both.
        case both
        /// Only consumers.
        case consumer
        /// Only producers.
        case producer
    }

    /// Its name.
    public let key: String
    /// What its values look like.
    public let kind: Kind
    /// Which clients heed it.
    public let scope: Scope
    /// The range or the words it takes, as the library words it; may be empty.
    public let range: String

    /// Every property of the linked library by its name. Read once.
    public static let all: [String: KafkaProperty] = {
        var found: [String: KafkaProperty] = [:]
        for property in parse(propertiesText()) { found[property.key] = property }
        return found
    }()

    /// The table that the library prints for its own documentation: nothing else tells a property's type.
    private static func propertiesText() -> String {
        var buffer: UnsafeMutablePointer<CChar>?
        var size = 0
        guard let stream = unsafe open_memstream(&buffer, &size) else { return "" }
        unsafe rd_kafka_conf_properties_show(stream)
        unsafe fclose(stream)
        // After fclose the buffer is `size` bytes and a NUL, and ours to free.
        guard let buffer = unsafe buffer else { return "" }
        defer { unsafe free(buffer) }
        return unsafe String(cString: buffer)
    }

    /// Rows look like `name | P | 0 .. 900000 | 5 | high | Words. <br>*Type: float*`.
    static func parse(_ text: String) -> [KafkaProperty] {
        text.split(separator: "\n").compactMap { line -> KafkaProperty? in
            let columns = line.split(separator: "|", omittingEmptySubsequences: false).map(trimmed)
            // The type closes the row, between its last asterisk but one and its last.
            let parts = line.split(separator: "*", omittingEmptySubsequences: false)
            guard columns.count >= 6, parts.count >= 3, parts[parts.count - 2].hasPrefix("Type: ") else { return nil }
            let kind = parts[parts.count - 2].dropFirst("Type: ".count)
            let scope: Scope =
                switch columns[1] {
                case "C": .consumer
                case "P": .producer
                default: .both
                }
            return KafkaProperty(
                key: columns[0], kind: Kind(rawValue: String(kind)) ?? .other, scope: scope, range: columns[2])
        }
    }

    private static func trimmed(_ column: Substring) -> String {
        var column = column.drop { $0 == " " }
        while column.last == " " { column.removeLast() }
        return String(column)
    }
}
