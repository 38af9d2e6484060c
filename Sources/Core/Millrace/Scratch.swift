/// Memory for one payload that a transform reads and throws away: the same bytes again and again, so they stay in the
/// cache.
///
/// For the length of one ``Transform/apply(_:to:)``, on its thread. It grows to the largest payload and is freed with its
/// last reference.
@safe public final class Scratch {
    @safe @usableFromInline struct State {
        @usableFromInline var room: UnsafeMutableRawBufferPointer
        @usableFromInline var count = 0
    }

    // In memory of its own, because a class's stored variables are checked for exclusive access at every use.
    @usableFromInline let state: UnsafeMutablePointer<State>

    /// Scratch memory with room for `capacity` bytes.
    public init(capacity: Int = 16 << 10) {
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: State(room: .allocate(byteCount: max(1, capacity), alignment: 64)))
    }

    deinit {
        unsafe state.pointee.room.deallocate()
        unsafe state.deallocate()
    }

    /// Replaces the bytes by what `body` writes, at most `capacity`. After an error there are none.
    @inlinable public func fill<E: Error>(capacity: Int, _ body: (inout OutputRawSpan) throws(E) -> Void) throws(E) {
        if unsafe capacity > state.pointee.room.count { grow(to: capacity) }
        unsafe state.pointee.count = 0
        // Invariant: the room is at least `capacity` long, and nobody else writes to it during the call.
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: state.pointee.room[..<capacity])
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        try body(&output)
        unsafe state.pointee.count = unsafe output.finalize(for: room)
    }

    /// What was written last. Not to be held over the next ``fill(capacity:_:)``.
    @inlinable public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // Invariant: the first `count` bytes were written, and the room lives as long as self or until it grows.
            let span = unsafe RawSpan(
                _unsafeBytes: UnsafeRawBufferPointer(rebasing: state.pointee.room[..<state.pointee.count]))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    @usableFromInline func grow(to capacity: Int) {
        unsafe state.pointee.room.deallocate()
        unsafe state.pointee.room = .allocate(byteCount: capacity * 2, alignment: 64)
    }
}
