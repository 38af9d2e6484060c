import CRdkafka

/// Messages that were read from a partition queue, and the duty to free them.
///
/// Freed together at the end of its life, which must come before the consumer is closed: a held message keeps the
/// client from ending. Each pins the fetch response it lies in. Filled, cut and read by one thread at a time; it may be
/// handed to another.
@safe public final class MessageBatch: @unchecked Sendable {
    @usableFromInline typealias Slot = UnsafeMutablePointer<rd_kafka_message_t>?

    /// How many messages it can hold.
    public let capacity: Int
    // Room for `capacity` messages, of which the first `filled.pointee` are ours and alive. The count lies in memory of
    // its own because a class's stored variables are checked for exclusive access at every use.
    @usableFromInline let slots: UnsafeMutablePointer<Slot>
    @usableFromInline let filled: UnsafeMutablePointer<Int>

    /// An empty batch with room for `capacity` messages.
    public init(capacity: Int) {
        self.capacity = capacity
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: nil, count: capacity)
        unsafe filled = .allocate(capacity: 1)
        unsafe filled.initialize(to: 0)
    }

    deinit {
        removeAll()
        unsafe slots.deallocate()
        unsafe filled.deallocate()
    }

    /// How many messages it holds.
    @inlinable public var count: Int { unsafe filled.pointee }

    /// How many more it can take.
    @inlinable public var room: Int { capacity - count }

    /// The message at `index`, from 0, in the order of reading.
    @inlinable public subscript(index: Int) -> KafkaMessage {
        @_lifetime(borrow self)
        get {
            precondition(index >= 0 && index < count, "index outside the batch")
            // Below `filled` every slot holds a live message.
            return unsafe KafkaMessage(slots[index].unsafelyUnwrapped, in: self)
        }
    }

    /// Fetches what is looked at of the messages that will be read in a moment, when that at `index` is read. A hint: O(1),
    /// never waits.
    @inlinable public func prefetch(from index: Int) {
        guard index + 16 < count else { return }
        // Below `filled` every slot holds a live message.
        unsafe crk_prefetch(slots[index + 16].unsafelyUnwrapped, slots[index + 8].unsafelyUnwrapped)
    }

    /// Frees all messages; the batch can be filled again. Nothing that pointed into them may be used any more.
    public func removeAll() {
        unsafe crk_destroy(slots, count)
        unsafe filled.pointee = 0
    }

    /// Frees the last messages until `length` are left.
    public func truncate(to length: Int) {
        precondition(length >= 0 && length <= count, "length outside the batch")
        unsafe crk_destroy(slots + length, count - length)
        unsafe filled.pointee = length
    }

    /// Frees the message at `index`; those behind it move up.
    public func remove(at index: Int) {
        precondition(index >= 0 && index < count, "index outside the batch")
        // Below `filled` every slot holds a live message; each of those behind moves to the slot before its own.
        unsafe rd_kafka_message_destroy(slots[index])
        unsafe (slots + index).update(from: slots + index + 1, count: count - index - 1)
        unsafe filled.pointee -= 1
    }

    /// Moves the messages from `index` on to the end of `other`, which needs the room; pointers into them stay valid.
    public func moveTail(from index: Int, to other: MessageBatch) {
        precondition(index >= 0 && index <= count, "index outside the batch")
        let moved = count - index
        precondition(other !== self && moved <= other.room, "no room")
        unsafe (other.slots + other.count).update(from: slots + index, count: moved)
        unsafe other.filled.pointee += moved
        unsafe filled.pointee = index
    }
}
