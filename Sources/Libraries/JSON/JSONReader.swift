import CSimdjson

/// Reads JSON objects, one after the other, without allocating for each.
///
/// A reader belongs to its thread and keeps its memory from text to text: about 5 bytes for each byte of the largest,
/// of which no more than 1 MiB of text is remembered.
@safe public struct JSONReader: ~Copyable {
    // Invariant: borrowed from its thread for as long as this value lives; see `withThreadReader`.
    @usableFromInline let reader: OpaquePointer?

    @usableFromInline init(_ reader: OpaquePointer?) { unsafe self.reader = unsafe reader }

    /// Lends the calling thread's reader to `body`. Meant for a batch of texts. Traps when it is nested.
    @inlinable
    public static func withThreadReader<R: ~Copyable, E: Error>(
        _ body: (inout JSONReader) throws(E) -> R
    ) throws(E) -> R {
        let borrowed = unsafe cj_borrow_thread_reader()
        unsafe precondition(borrowed != nil, "the thread's JSON reader is in use, or there is no memory for one")
        defer { unsafe cj_return_thread_reader(borrowed) }
        var reader = unsafe JSONReader(borrowed)
        return try body(&reader)
    }

    /// Reads `text` to its end, looking for `fields`, and shows `body` what was found.
    ///
    /// Nothing outside of `text` is read. Complexity: linear in the text; no allocation once the reader has grown to
    /// the size of its texts.
    ///
    /// - Throws: what is wrong with the text as a whole, or what `body` throws. A fault that concerns one of the fields
    ///   alone is thrown when somebody asks for that field.
    @inlinable
    public mutating func read<R: ~Copyable>(
        _ text: RawSpan, _ fields: JSONFields, _ body: (borrowing JSONDocument) throws(JSONError) -> R
    ) throws(JSONError) -> R {
        // Invariant: the text is borrowed for the whole call, and the document is only lent to `body`.
        try unsafe text.withUnsafeBytes { (bytes) throws(JSONError) in
            var fault = cj_fault()
            guard
                unsafe cj_read(
                    reader, fields.program, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
                    &fault) != 0
            else { throw JSONError(fault) }
            let document = unsafe JSONDocument(reader: reader, fields: fields, text: bytes)
            return try body(document)
        }
    }

    /// How a text is read: by the parser's index alone, which runs everywhere and says what is wrong, or by a glance first.
    public enum Method: Int32, Sendable, CaseIterable {
        /// The index.
        case index = 0
        /// A glance, 32 bytes at a time.
        case avx2 = 1
        /// A glance, 64 bytes at a time.
        case avx512 = 2

        /// Whether this machine has what it needs.
        public var isSupported: Bool { cj_has_method(rawValue) != 0 }
    }

    /// ``read(_:_:_:)`` by a method of the caller's choice, which the machine must have.
    public mutating func read<R: ~Copyable>(
        _ text: RawSpan, _ fields: JSONFields, by method: Method,
        _ body: (borrowing JSONDocument) throws(JSONError) -> R
    ) throws(JSONError) -> R {
        precondition(method.isSupported, "this machine cannot read by \(method)")
        // Invariant: as above.
        return try unsafe text.withUnsafeBytes { (bytes) throws(JSONError) in
            var fault = cj_fault()
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard unsafe cj_read_with(method.rawValue, reader, fields.program, start, bytes.count, &fault) != 0 else {
                throw JSONError(fault)
            }
            let document = unsafe JSONDocument(reader: reader, fields: fields, text: bytes)
            return try body(document)
        }
    }

    /// The instruction set that the parser chose on this machine.
    public static var implementation: String { unsafe String(cString: cj_implementation()) }
}

extension JSONError {
    /// A fault as C tells it.
    @usableFromInline init(_ fault: cj_fault) {
        self.init(Kind(rawValue: fault.kind) ?? .noMemory, at: Int(fault.at))
    }

    /// The fault that a malformed value carries.
    @usableFromInline init(malformed value: cj_value) {
        self.init(Kind(rawValue: value.end) ?? .badValue, at: Int(value.start))
    }
}
