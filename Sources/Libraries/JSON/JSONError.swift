/// Why a text is no JSON object, or a wanted value of it is not well formed, and where.
///
/// A plain value: its text is made only when somebody asks for it.
public struct JSONError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: UInt32, Hashable, Sendable {
        /// Nothing but white space.
        case empty = 1
        /// The text is an array, a scalar or no JSON at all.
        case notAnObject
        /// An object, an array or a string is not closed; ``JSONError/position`` is the text's length.
        case endsEarly
        /// Something follows the object.
        case trailing
        /// A byte sequence that is not UTF-8.
        case notUTF8
        /// A byte below 0x20 inside a string.
        case controlCharacter
        /// A member's name should stand here.
        case nameExpected
        /// A colon should stand here.
        case colonExpected
        /// No value, or one that is not well formed.
        case badValue
        /// A comma or the closing bracket should stand here.
        case separatorExpected
        /// A backslash with something after it that is no escape.
        case badEscape
        /// More than 1,024 brackets are open.
        case tooDeep
        /// There is no memory to read it.
        case noMemory
    }

    /// What is wrong: the first fault that was met.
    public let kind: Kind
    /// Where: a byte offset, from 0.
    public let position: Int

    /// The fault `kind` at `position`.
    public init(_ kind: Kind, at position: Int) {
        self.kind = kind
        self.position = position
    }

    /// A description without dynamic parts, for metric labels.
    public var label: String {
        switch kind {
        case .empty: "empty"
        case .notAnObject: "not an object"
        case .endsEarly: "ends early"
        case .trailing: "trailing text"
        case .notUTF8: "not UTF-8"
        case .controlCharacter: "control character"
        case .nameExpected, .colonExpected, .badValue, .separatorExpected: "malformed"
        case .badEscape: "bad escape"
        case .tooDeep: "too deep"
        case .noMemory: "no memory"
        }
    }
}

extension JSONError: CustomStringConvertible {
    /// One line, such as `JSON ends early at byte 17`.
    public var description: String {
        switch kind {
        case .empty: "JSON is empty"
        case .notAnObject: "byte \(position): not a JSON object"
        case .endsEarly: "JSON ends early at byte \(position)"
        case .trailing: "byte \(position): text behind the JSON object"
        case .notUTF8: "byte \(position): not UTF-8"
        case .controlCharacter: "byte \(position): control character in a JSON string"
        case .nameExpected: "byte \(position): a JSON member name is expected"
        case .colonExpected: "byte \(position): ':' is expected in JSON"
        case .badValue: "byte \(position): not a JSON value"
        case .separatorExpected: "byte \(position): ',' or a closing bracket is expected in JSON"
        case .badEscape: "byte \(position): bad escape in a JSON string"
        case .tooDeep: "byte \(position): JSON is nested deeper than 1024"
        case .noMemory: "no memory to read JSON"
        }
    }
}
