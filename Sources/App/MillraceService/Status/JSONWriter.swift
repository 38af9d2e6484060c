/// Writes JSON into bytes, a value at a time. Who calls it opens and closes objects and lists in pairs.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// The name of the next value of an object.
    mutating func name(_ name: String) {
        separate()
        LogQuoting.appendQuoted(name, limit: nil, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func object(_ name: String? = nil, _ body: (inout JSONWriter) -> Void) {
        if let name { self.name(name) }
        wrap("{", "}", body)
    }

    mutating func list(_ name: String? = nil, _ body: (inout JSONWriter) -> Void) {
        if let name { self.name(name) }
        wrap("[", "]", body)
    }

    mutating func text(_ name: String? = nil, _ value: String?) {
        guard let value else { return raw(name, "null") }
        if let name { self.name(name) }
        separate()
        LogQuoting.appendQuoted(value, limit: nil, to: &bytes)
        needsComma = true
    }

    mutating func number(_ name: String? = nil, _ value: (some BinaryInteger)?) {
        raw(name, value.map { "\($0)" } ?? "null")
    }

    mutating func truth(_ name: String? = nil, _ value: Bool) { raw(name, value ? "true" : "false") }

    /// `value` as it stands: a number, or null.
    mutating func raw(_ name: String? = nil, _ value: String) {
        if let name { self.name(name) }
        separate()
        bytes += value.utf8
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func wrap(_ open: String, _ close: String, _ body: (inout JSONWriter) -> Void) {
        separate()
        bytes += open.utf8
        body(&self)
        bytes += close.utf8
        needsComma = true
    }
}
