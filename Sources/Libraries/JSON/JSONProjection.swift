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
        let texts = members.map { [UInt8(ascii: ",")] + JSONText.quoted($0.name) + [UInt8(ascii: ":")] }
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

    /// The projection, lent for a batch of documents, so that none of them costs a reference count.
    @safe public struct View: ~Escapable {
        // Invariant: the projection that lent it outlives it.
        @usableFromInline let outputs: UnsafeBufferPointer<cj_output>

        @_lifetime(borrow projection)
        init(_ projection: borrowing JSONProjection) {
            unsafe outputs = UnsafeBufferPointer(projection.outputs)
        }
    }

    /// The projection as a view, for as long as it is borrowed.
    public var view: View {
        @_lifetime(borrow self)
        get { View(self) }
    }

    deinit {
        unsafe outputs.deallocate()
        unsafe prefixes.deallocate()
    }
}
