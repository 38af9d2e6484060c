import CSimdjson

/// A new object made of values of a document: names with the slots that their values come from.
///
/// Immutable, so any number of threads may share it.
@safe public final class JSONProjection: @unchecked Sendable {
    // Everything these point to is written by `init`, never changed, and freed by `deinit`.
    @usableFromInline let outputs: UnsafeMutableBufferPointer<cj_output>
    private let prefixes: UnsafeMutableBufferPointer<UInt8>

    /// An object of `members`, in this order; all slots are of the fields that its documents are read with.
    public init(_ members: [(name: String, slot: JSONSlot)]) {
        let texts = members.map { [UInt8(ascii: ",")] + JSONString.quoted($0.name) + [UInt8(ascii: ":")] }
        unsafe outputs = .allocate(capacity: members.count)
        unsafe prefixes = .allocate(capacity: max(1, texts.reduce(0) { $0 + $1.count }))
        var used = 0
        for (index, (member, text)) in zip(members, texts).enumerated() {
            // Invariant: `prefixes` has room for all texts; each goes behind the one before it.
            let room = unsafe UnsafeMutableBufferPointer(rebasing: prefixes[used...])
            _ = unsafe room.update(fromContentsOf: text)
            used += text.count
            unsafe outputs.initializeElement(
                at: index,
                to: cj_output(prefix: room.baseAddress, length: UInt32(text.count), slot: member.slot.index))
        }
    }

    deinit {
        unsafe outputs.deallocate()
        unsafe prefixes.deallocate()
    }
}

/// Strings as JSON writes them.
enum JSONString {
    /// `text` in quotes, with the escapes that JSON asks for and no others.
    static func quoted(_ text: String) -> [UInt8] {
        var bytes = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array((byte < 0x10 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
        return bytes + [UInt8(ascii: "\"")]
    }
}

extension JSONDocument {
    /// The exact size of the object that `projection` makes of this document.
    ///
    /// - Throws: the fault of a wanted value that is not well formed.
    @inlinable public func size(_ projection: JSONProjection) throws(JSONError) -> Int {
        var fault = cj_fault()
        // Invariant: the projection's slots are of this document's fields.
        let size = unsafe cj_projected_size(
            reader, projection.outputs.baseAddress, projection.outputs.count, &fault)
        guard size > 0 else { throw JSONError(fault) }
        return size
    }

    /// Writes the object that `projection` makes of this document: members in the projection's order, each value's raw
    /// text as it is, missing ones left out.
    ///
    /// Call ``size(_:)`` first; `output` must have as much room (trapped otherwise).
    @inlinable public func write(_ projection: JSONProjection, size: Int, to output: inout OutputRawSpan) {
        precondition(size >= 2 && output.freeCapacity >= size, "too little room for the new object")
        unsafe output.withUnsafeMutableBytes { room, used in
            guard let start = room.baseAddress else { return }
            unsafe cj_project(
                reader, projection.outputs.baseAddress, projection.outputs.count,
                (start + used).assumingMemoryBound(to: UInt8.self))
            used += size
        }
    }

    /// Writes the document's text without the members at the paths of `fields`, every other byte as it is. Inside of
    /// arrays they are taken from each element; of several members with one name all go.
    ///
    /// `output` must have room for the document's ``count`` (trapped otherwise). `fields` may hold no path that begins
    /// another one.
    ///
    /// - Throws: a fault on the way to one of the paths; nothing is written then.
    @inlinable
    public func write(without fields: JSONFields, to output: inout OutputRawSpan) throws(JSONError) {
        precondition(output.freeCapacity >= count, "too little room for the pruned object")
        var fault = cj_fault()
        unsafe output.withUnsafeMutableBytes { room, used in
            guard let start = room.baseAddress else { return }
            used += unsafe cj_prune(reader, fields.program, (start + used).assumingMemoryBound(to: UInt8.self), &fault)
        }
        if fault.kind != 0 { throw JSONError(fault) }
    }
}
