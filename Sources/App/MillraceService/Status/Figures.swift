import Millrace

/// Numbers as people read them.
public enum Figures {
    /// `84,210`
    public static func count(_ value: some BinaryInteger) -> String {
        var digits = Array(String(value.magnitude))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return (value < 0 ? "-" : "") + String(digits)
    }

    /// `1 shard`, `84,210 records`
    static func counted(_ value: some BinaryInteger, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// A time in milliseconds: `0.4s`, `38s`, `2m00s`, `3h05m`, `3d04h`.
    static func time(_ milliseconds: Int64) -> String {
        let tenths = max(0, milliseconds) / 100
        let seconds = tenths / 10
        switch seconds {
        case ..<10: return tenths % 10 == 0 ? "\(seconds)s" : "\(seconds).\(tenths % 10)s"
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m\(two(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3_600)h\(two(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d\(two(seconds / 3_600 % 24))h"
        }
    }

    /// Milliseconds as seconds with one digit: `0.1`, `1,204.0`.
    static func seconds(_ milliseconds: Int64) -> String {
        "\(count(milliseconds / 1000)).\(milliseconds % 1000 / 100)"
    }

    /// `3.1MiB`
    static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1024: "\(bytes)B"
        case ..<(1 << 20): "\(bytes >> 10)KiB"
        default: "\(bytes >> 20).\((bytes & 0xFFFFF) * 10 >> 20)MiB"
        }
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

/// Shards as ranges.
public enum ShardRanges {
    /// `orders:0-3,7 payments:1`
    public static func text(_ shards: some Sequence<ShardID>) -> String {
        var topics: [(name: String, parts: [String], last: ClosedRange<Int32>)] = []
        for shard in shards.sorted() {
            if let last = topics.last, last.name == shard.topic {
                if shard.partition == last.last.upperBound + 1 {
                    topics[topics.count - 1].last = last.last.lowerBound...shard.partition
                } else {
                    topics[topics.count - 1].parts.append(part(last.last))
                    topics[topics.count - 1].last = shard.partition...shard.partition
                }
            } else {
                topics.append((shard.topic, [], shard.partition...shard.partition))
            }
        }
        return topics.map { "\($0.name):\(($0.parts + [part($0.last)]).joined(separator: ","))" }
            .joined(separator: " ")
    }

    private static func part(_ range: ClosedRange<Int32>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
}
