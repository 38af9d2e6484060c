/// A key of the config, declared beside the type that uses it: checking, reference and completions come from it.
public struct Key: Sendable {
    /// The key as written.
    public let name: String
    /// What its value is.
    public let type: KeyType
    /// Whether a config without it is wrong.
    public let isRequired: Bool
    /// The default as it would be written; nil where there is none.
    public let defaultText: String?
    /// A value as it would be written, for the reference; nil where the default is one.
    public let example: String?
    /// What it means, one sentence.
    public let meaning: String

    /// A key that may be left out.
    public init(
        _ name: String, _ type: KeyType, default defaultText: String? = nil, example: String? = nil, _ meaning: String
    ) {
        self.name = name
        self.type = type
        isRequired = false
        self.defaultText = defaultText
        self.example = example
        self.meaning = meaning
    }

    private init(required name: String, _ type: KeyType, _ example: String?, _ meaning: String) {
        self.name = name
        self.type = type
        isRequired = true
        defaultText = nil
        self.example = example
        self.meaning = meaning
    }

    /// A key that must be there.
    public static func required(
        _ name: String, _ type: KeyType, example: String? = nil, _ meaning: String
    ) -> Key {
        Key(required: name, type, example, meaning)
    }
}

/// What the value of a key is.
public indirect enum KeyType: Sendable {
    /// Any text.
    case string
    /// A whole number in this range.
    case integer(ClosedRange<Int>)
    /// `true` or `false`.
    case boolean
    /// A duration with its unit (`10ms`, `5s`, `1h`), in this range of milliseconds; `infinite` where allowed.
    case duration(ClosedRange<Int64>, allowsInfinite: Bool)
    /// A duration with its unit, in this range of milliseconds, or `never`.
    case durationOrNever(ClosedRange<Int64>)
    /// A size with its unit (`64KiB`, `1MiB`), in this range of bytes.
    case size(ClosedRange<Int>)
    /// One of these words.
    case choice([String])
    /// One text or a list of texts.
    case strings
    /// Names and scalar values, passed on as text.
    case map
    /// A mapping with these keys.
    case object([Key])
    /// A form of the kind's own, which the kind checks.
    case node
    /// A key of a later version: refused by name.
    case notYet
}

/// The checked values of a mapping, by key; defaults are filled in.
public struct Options: Sendable {
    /// A checked value.
    public indirect enum Value: Sendable {
        /// Of `string` and `choice`.
        case string(String)
        /// Of `integer`.
        case integer(Int)
        /// Of `boolean`.
        case boolean(Bool)
        /// Of `duration` and `durationOrNever`, milliseconds; nil is `infinite` and `never`.
        case duration(Int64?)
        /// Of `size`, bytes.
        case size(Int)
        /// Of `strings`.
        case strings([String])
        /// Of `map`, in the order of the file.
        case map([Pair])
        /// Of `object`.
        case object(Options)
        /// Of `node`.
        case node(ConfigNode)
    }

    /// A name and its value, of a `map`.
    public struct Pair: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The value.
        public let value: String
        /// Where the name stands.
        public let place: ConfigPlace

        /// `name: value`
        public init(_ name: String, _ value: String, at place: ConfigPlace) {
            self.name = name
            self.value = value
            self.place = place
        }
    }

    private var values: [String: Value] = [:]
    private var places: [String: ConfigPlace] = [:]
    /// Where the mapping begins.
    public let place: ConfigPlace

    /// No values yet, for a mapping at `place`.
    public init(at place: ConfigPlace) { self.place = place }

    /// Sets the value of `key`; `place` is nil for a default.
    public mutating func set(_ key: String, _ value: Value, at place: ConfigPlace?) {
        values[key] = value
        places[key] = place
    }

    /// Where the value of `key` stands; the mapping's place for a default.
    public func place(of key: String) -> ConfigPlace { places[key] ?? place }
    /// Whether the file itself gives a value for `key`.
    public func isGiven(_ key: String) -> Bool { places[key] != nil }
    /// The value of `key`, whatever its type.
    public subscript(_ key: String) -> Value? { values[key] }

    /// The text of `key`.
    public func string(_ key: String) -> String? { if case .string(let value)? = values[key] { value } else { nil } }
    /// The number of `key`.
    public func integer(_ key: String) -> Int? { if case .integer(let value)? = values[key] { value } else { nil } }
    /// The switch of `key`; false where there is none.
    public func boolean(_ key: String) -> Bool { if case .boolean(let value)? = values[key] { value } else { false } }
    /// The milliseconds of `key`; nil for `infinite`, for `never` and where there is none.
    public func duration(_ key: String) -> Int64? { if case .duration(let value)? = values[key] { value } else { nil } }
    /// The bytes of `key`.
    public func size(_ key: String) -> Int? { if case .size(let value)? = values[key] { value } else { nil } }
    /// The texts of `key`.
    public func strings(_ key: String) -> [String] { if case .strings(let value)? = values[key] { value } else { [] } }
    /// The pairs of `key`.
    public func map(_ key: String) -> [Pair] { if case .map(let value)? = values[key] { value } else { [] } }
    /// The mapping of `key`.
    public func object(_ key: String) -> Options? { if case .object(let value)? = values[key] { value } else { nil } }
    /// The node of `key`.
    public func node(_ key: String) -> ConfigNode? { if case .node(let value)? = values[key] { value } else { nil } }
}
