/// A topic and how many partitions it is to have, as `millrace broker` takes it: `orders:4`.
struct TopicRequest: Sendable, Hashable {
    /// The name.
    let name: String
    /// How many partitions.
    let partitions: Int32

    /// Reads `name:partitions`; nil for what is not that, or what Kafka would not take for a name.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let partitions = Int32(parts[1]), (1...1_000).contains(partitions),
            Self.isName(parts[0])
        else { return nil }
        name = String(parts[0])
        self.partitions = partitions
    }

    /// Whether Kafka takes `text` for the name of a topic.
    static func isName(_ text: Substring) -> Bool {
        let isGood = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isGood && (1...249).contains(text.utf8.count) && text != "." && text != ".."
    }
}

extension ValueForm {
    /// The name of a topic, called this in the help.
    static func topic(_ name: String) -> ValueForm {
        .checked(name, example: "orders (letters, digits, ., _ and -)") { TopicRequest.isName($0[...]) }
    }
}
