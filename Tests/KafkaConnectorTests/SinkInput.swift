import Millrace

/// A record as a test gives it to a sink.
struct SinkInput: Sendable, Hashable {
    /// Nil is a tombstone.
    var value: String?
    var key: String? = nil
    var headers: [DeadLetter.Header] = []
    var timestamp: Int64 = 1_700_000_000_000
}

/// The memory of a batch of them. When it goes it is overwritten, so that who looks at it too late sees that.
@safe final class SinkInputOwner: BatchOwner, @unchecked Sendable {
    private let inputs: [SinkInput]
    private var buffers: [UnsafeMutableRawBufferPointer] = unsafe []

    init(_ inputs: [SinkInput]) { self.inputs = inputs }

    deinit {
        for index in unsafe buffers.indices {
            unsafe buffers[index].initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "!"))
            unsafe buffers[index].deallocate()
        }
    }

    func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {
        for header in inputs[origin].headers { body(header.name, header.value) }
    }

    /// Adds record `origin` at `offset` to `table`.
    func add(_ origin: Int, at offset: Int64, to table: RecordTable) {
        let input = inputs[origin]
        let payload = unsafe copy(input.value)
        let key = unsafe copy(input.key)
        table.append(
            Record(
                offset: offset, timestamp: input.timestamp, payload: unsafe payload?.bytes, key: unsafe key?.bytes,
                origin: origin, hasHeaders: !input.headers.isEmpty))
    }

    private func copy(_ text: String?) -> UnsafeRawBufferPointer? {
        guard let text else { return nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
        unsafe buffer.copyBytes(from: Array(text.utf8))
        unsafe buffers.append(buffer)
        return UnsafeRawBufferPointer(buffer)
    }
}

extension Delivery {
    /// A delivery of `inputs`, whose first record has the offset `first`; or of those that `indices` names.
    static func of(
        _ inputs: [SinkInput], shard: ShardID = ShardID(topic: "in", partition: 0), slot: Int = 1, epoch: Int = 1,
        number: Int, heard: Int = 0, first: Int64 = 0, indices: [Int]? = nil
    ) -> Delivery {
        let owner = SinkInputOwner(inputs)
        let memory = BatchMemory()
        for index in inputs.indices { owner.add(index, at: first + Int64(index), to: memory.source) }
        return Delivery(
            shard: shard, slot: slot, epoch: epoch, number: number, heard: heard,
            batch: Batch(shard: shard, epoch: epoch, owner: owner, memory: memory), table: memory.source, first: 0,
            count: indices?.count ?? inputs.count, indices: indices.map { $0.map(Int32.init) })
    }
}
