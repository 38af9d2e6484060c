/// Memory for the payloads that transforms make: filled front to back, given back as a whole with its batch.
///
/// An allocation never moves, and the 64 bytes behind it may be read and overwritten until the next allocation
/// (``slack``): base64 kernels write whole vectors and the JSON parser reads past the end. Arenas are reused, because
/// the first touch of a fresh page costs more than decoding what fits in it. Not thread safe: used on one lane at a time.
@safe public final class Arena {
    /// The bytes behind every allocation that belong to nobody.
    @inlinable public static var slack: Int { 64 }
    /// The size of a chunk; what is larger gets a chunk of its own, which is not kept.
    static let chunkSize = 256 << 10

    private var chunks: [UnsafeMutableRawBufferPointer]
    private var current = 0
    @safe @usableFromInline struct Place {
        @usableFromInline var next: UnsafeMutableRawPointer
        @usableFromInline var left: Int
    }

    // In memory of its own, because a class's stored variables are checked for exclusive access at every use. It lives as
    // long as the arena, and each access is a plain load or store.
    @usableFromInline let place: UnsafeMutablePointer<Place>
    /// The bytes of all chunks, used or not.
    public private(set) var capacity: Int

    /// An arena with one chunk.
    public init() {
        let first = UnsafeMutableRawPointer.allocate(byteCount: Arena.chunkSize, alignment: 64)
        unsafe place = .allocate(capacity: 1)
        unsafe place.initialize(to: unsafe Place(next: first, left: Arena.chunkSize))
        capacity = Arena.chunkSize
        unsafe chunks = unsafe [UnsafeMutableRawBufferPointer(start: first, count: Arena.chunkSize)]
    }

    deinit {
        for index in unsafe chunks.indices { unsafe chunks[index].deallocate() }
        unsafe place.deallocate()
    }

    /// Room for `count` bytes and the slack behind them. Complexity: O(1), but for a new chunk.
    ///
    /// The memory lives until ``reset()`` or the end of the arena; shrink the newest allocation with ``giveBack(_:)``.
    @inlinable public func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        if unsafe count + Arena.slack > place.pointee.left { grow(count + Arena.slack) }
        // Invariant: `grow` left at least `count + slack` bytes at `next`, and chunks never move.
        let start = unsafe place.pointee.next
        unsafe place.pointee.next = unsafe start + count
        unsafe place.pointee.left -= count
        return unsafe start
    }

    /// The bytes given out since the last reset, without the chunks' unused ends. Complexity: O(chunks).
    public var used: Int {
        var sum = unsafe -place.pointee.left
        for index in 0...current { sum += unsafe chunks[index].count }
        return sum
    }

    /// Takes back the last `count` bytes of the newest allocation.
    @inlinable public func giveBack(_ count: Int) {
        unsafe place.pointee.next -= count
        unsafe place.pointee.left += count
    }

    /// Forgets every allocation and keeps the ordinary chunks for the next batch.
    public func reset() {
        for index in unsafe chunks.indices.reversed() where unsafe chunks[index].count > Arena.chunkSize {
            let chunk = unsafe chunks.remove(at: index)
            capacity -= chunk.count
            unsafe chunk.deallocate()
        }
        use(0)
    }

    /// Goes on in chunk `index`, which always has a base address, as no chunk is empty.
    private func use(_ index: Int) {
        current = index
        guard let base = unsafe chunks[index].baseAddress else { return }
        unsafe place.pointee = unsafe Place(next: base, left: chunks[index].count)
    }

    @usableFromInline func grow(_ needed: Int) {
        while unsafe current + 1 < chunks.count {
            use(current + 1)
            if unsafe place.pointee.left >= needed { return }
        }
        // An oversized chunk goes last and is used once; the first chunk is always an ordinary one.
        let size = max(needed, Arena.chunkSize)
        unsafe chunks.append(UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64))
        capacity += size
        unsafe use(chunks.count - 1)
    }
}
