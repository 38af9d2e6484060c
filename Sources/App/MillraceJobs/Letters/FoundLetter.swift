import Millrace

/// A record of a dead letter topic, as it was found there.
public struct FoundLetter: Sendable {
    /// What it is.
    public enum Content: Sendable {
        /// A letter.
        case letter(DeadLetter)
        /// Something that is no letter of Millrace, and why it is none.
        case foreign(why: String, key: [UInt8]?, payload: [UInt8]?, headers: [DeadLetter.Header])
    }

    /// The shard of the dead letter topic.
    public let shard: ShardID
    /// The offset there.
    public let offset: Int64
    /// When it was written there, milliseconds since 1970; -1 where nobody knows.
    public let timestamp: Int64
    /// The bytes of key and payload.
    public let size: Int
    /// What it is.
    public let content: Content
    /// Whether it was sent wherever it was missing, as far as the state folder knows.
    public internal(set) var isRedriven = false

    /// The letter; nil for what is none.
    public var letter: DeadLetter? { if case .letter(let letter) = content { letter } else { nil } }

    /// Reads a record's headers. Never fails: what is no letter is foreign.
    public init(
        _ shard: ShardID, offset: Int64, timestamp: Int64, key: [UInt8]?, payload: [UInt8]?, size: Int,
        headers: [DeadLetter.Header]
    ) {
        self.shard = shard
        self.offset = offset
        self.timestamp = timestamp
        self.size = size
        do throws(DeadLetter.Unreadable) {
            content = .letter(try DeadLetter(key: key, payload: payload, recordHeaders: headers))
        } catch {
            content = .foreign(why: error.message, key: key, payload: payload, headers: headers)
        }
    }

    /// How the letter is named: by its origin; what is no letter by where it lies.
    public var name: String {
        switch content {
        case .letter(let letter): "\(letter.origin):\(letter.offset)"
        case .foreign: place
        }
    }

    /// Where it lies: `topic:partition:offset`.
    public var place: String { "\(shard):\(offset)" }
}
