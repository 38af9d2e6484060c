import CSimdjson

/// A place among the elements of an array, see ``JSONDocument/elements(of:)``. Plain data.
@frozen public struct JSONElements {
    @usableFromInline var cursor: cj_cursor

    @inlinable init(_ cursor: cj_cursor) { self.cursor = cursor }
}

extension JSONDocument {
    /// The elements of the array `value`, in order. An array among them is replaced by its own elements.
    @inlinable public func elements(of value: JSONValue) -> JSONElements {
        precondition(value.kind == .array, "not an array")
        return JSONElements(unsafe cj_elements(reader, value.value))
    }

    /// The next element, or nil behind the last.
    ///
    /// - Throws: a fault in the array, or an element that is not well formed. No further element follows then.
    @inlinable public func next(_ elements: inout JSONElements) throws(JSONError) -> JSONValue? {
        let value = try Self.checked(unsafe cj_next(reader, &elements.cursor))
        return value.kind == .absent ? nil : value
    }

    /// Fills the slots below `slot` from `object`, an element of the array there, in place of what they held.
    ///
    /// End with ``leave(_:)``: below an array all slots are absent to other readers.
    @inlinable public func enter(_ slot: JSONSlot, _ object: JSONValue) {
        precondition(object.kind == .object, "not an object")
        unsafe cj_enter(reader, program, edge(slot), object.value)
    }

    /// Makes the slots below `slot` absent again.
    @inlinable public func leave(_ slot: JSONSlot) { unsafe cj_leave(reader, edge(slot)) }

    @inlinable func edge(_ slot: JSONSlot) -> UnsafePointer<cj_edge>? {
        // Invariant: `edgeOfSlot` has a place for each slot (checked by the array) and only places of edges in it.
        let place = unsafe fields._withUnsafeGuaranteedRef { $0.edgeOfSlot[Int(slot.index)] }
        return unsafe program.pointee.edges.map { unsafe $0 + place }
    }
}
