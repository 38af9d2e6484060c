import CSimdjson

/// A JSON object that was read, as long as its reader shows it: the values of the wanted members.
@safe public struct JSONDocument: ~Copyable {
    // Invariant: reader, fields and text outlive the document, which is only ever lent by `JSONReader.read`.
    @usableFromInline let reader: OpaquePointer?
    @usableFromInline let program: UnsafePointer<cj_program>
    @usableFromInline let fields: Unmanaged<JSONFields>
    @usableFromInline let slots: UnsafePointer<cj_value>?
    @usableFromInline let text: UnsafeRawBufferPointer

    @inlinable init(reader: OpaquePointer?, fields: JSONFields, text: UnsafeRawBufferPointer) {
        unsafe self.reader = unsafe reader
        unsafe program = unsafe fields.program
        unsafe self.fields = Unmanaged.passUnretained(fields)
        unsafe slots = unsafe cj_slots(reader)
        unsafe self.text = unsafe text
    }

    /// The size of the whole text.
    @inlinable public var count: Int { unsafe text.count }

    /// The value at the path of `slot`; of kind ``JSONKind/absent`` where the path leads nowhere, or through an array.
    ///
    /// - Throws: the fault of a value that is not well formed, or of the object on the way to it.
    @inlinable public func value(_ slot: JSONSlot) throws(JSONError) -> JSONValue {
        guard let slots = unsafe slots, unsafe slot.index < program.pointee.slot_count else {
            return JSONValue(cj_value())
        }
        // The index was just checked.
        return try Self.checked(unsafe slots[Int(slot.index)])
    }

    /// The raw text of `value`, quotes and brackets included.
    @inlinable @_lifetime(borrow self) public func raw(_ value: JSONValue) -> RawSpan {
        let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: text[value.range]))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Shows `body` the characters of the string `value` as UTF-8, escapes resolved. No copy unless there are some.
    @inlinable
    public func withText<R: ~Copyable, E: Error>(
        of value: JSONValue, _ body: (RawSpan) throws(E) -> R
    ) throws(E) -> R {
        precondition(value.kind == .string && value.range.upperBound <= count, "not a string of this document")
        var length = 0
        guard let start = unsafe cj_text(reader, value.value, &length) else { return try body(RawSpan()) }
        // Invariant: `length` bytes from `start`, unchanged until the next call on this document.
        return try body(unsafe RawSpan(_unsafeStart: start, byteCount: length))
    }

    @inlinable static func checked(_ value: cj_value) throws(JSONError) -> JSONValue {
        if value.kind == UInt32(CJ_MALFORMED) { throw JSONError(malformed: value) }
        return JSONValue(value)
    }
}
