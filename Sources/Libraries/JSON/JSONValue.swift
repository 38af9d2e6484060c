import CSimdjson

/// What a JSON value is.
@frozen public enum JSONKind: UInt32, Sendable {
    /// There is none.
    case absent = 0
    /// A string; ``JSONDocument/withText(of:_:)`` has its characters.
    case string = 1
    /// A number, kept as text.
    case number = 3
    /// `true`
    case `true` = 4
    /// `false`
    case `false` = 5
    /// `null`
    case null = 6
    /// An object.
    case object = 7
    /// An array.
    case array = 8
}

/// A value of a document: what it is and where its raw text lies. Plain data.
///
/// It means something to the document that it came from, and only there.
@frozen public struct JSONValue: Sendable {
    @usableFromInline let value: cj_value

    @inlinable init(_ value: cj_value) { self.value = value }

    /// What it is.
    @inlinable public var kind: JSONKind {
        // A string with escapes is a string; a malformed value is never handed out.
        value.kind == UInt32(CJ_ESCAPED_STRING) ? .string : JSONKind(rawValue: value.kind) ?? .absent
    }

    /// The raw text's place in the document, quotes and brackets included.
    @inlinable public var range: Range<Int> { Int(value.start)..<Int(value.end) }
}

/// A place for the value of one path; ``JSONFields`` hands them out.
@frozen public struct JSONSlot: Hashable, Sendable {
    @usableFromInline let index: UInt32

    @inlinable init(_ index: UInt32) { self.index = index }

    /// A slot of no path, whose value is always absent.
    public static var none: JSONSlot { JSONSlot(.max) }
}
