import CSimdjson

extension JSONDocument {
    /// The exact size of the object that `projection` makes of this document.
    ///
    /// - Throws: the fault of a wanted value that is not well formed.
    @inlinable public func size(_ projection: JSONProjection.View) throws(JSONError) -> Int {
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
    @inlinable public func write(_ projection: JSONProjection.View, size: Int, to output: inout OutputRawSpan) {
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
    public func write(without fields: JSONFields.View, to output: inout OutputRawSpan) throws(JSONError) {
        precondition(output.freeCapacity >= count, "too little room for the pruned object")
        var fault = cj_fault()
        unsafe output.withUnsafeMutableBytes { room, used in
            guard let start = room.baseAddress else { return }
            used += unsafe cj_prune(reader, fields.program, (start + used).assumingMemoryBound(to: UInt8.self), &fault)
        }
        if fault.kind != 0 { throw JSONError(fault) }
    }
}
