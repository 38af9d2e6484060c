import JSON

/// Reads `text` with a reader of this thread and shows `body` the document.
func read<R>(
    _ text: [UInt8], _ fields: JSONFields, _ body: (borrowing JSONDocument) throws(JSONError) -> R
) throws(JSONError) -> R {
    try JSONReader.withThreadReader { (reader: inout JSONReader) throws(JSONError) in
        try reader.read(unsafe text.span.bytes, fields, body)
    }
}

/// The fault of `text`, or of the values at `paths`; nil where there is none.
func fault(_ text: [UInt8], _ paths: [String] = []) -> JSONError? {
    let (fields, slots) = fieldsFor(paths)
    do throws(JSONError) {
        try read(text, fields) { (document) throws(JSONError) in
            for slot in slots { _ = try document.value(slot) }
        }
        return nil
    } catch {
        return error
    }
}

func fault(_ text: String, _ paths: [String] = []) -> JSONError? { fault(Array(text.utf8), paths) }

/// Fields for dotted paths, and their slots in the same order.
func fieldsFor(_ paths: [String]) -> (JSONFields, [JSONSlot]) {
    let split = paths.map { $0.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }
    let fields = JSONFields(split)
    return (fields, split.compactMap { fields.slot(of: $0) })
}

/// The raw texts at dotted paths; nil for what is absent.
func values(_ text: String, _ paths: [String]) throws(JSONError) -> [String?] {
    let (fields, slots) = fieldsFor(paths)
    return try read(Array(text.utf8), fields) { (document) throws(JSONError) in
        var found: [String?] = []
        for slot in slots {
            let value = try document.value(slot)
            found.append(value.kind == .absent ? nil : string(document.raw(value)))
        }
        return found
    }
}

/// The characters of a span.
func string(_ span: RawSpan) -> String {
    unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
}

/// The fault that `document` has at `slot`; nil where there is none.
func fault(_ document: borrowing JSONDocument, _ slot: JSONSlot) -> JSONError? {
    do throws(JSONError) {
        _ = try document.value(slot)
        return nil
    } catch {
        return error
    }
}
