import CFloor

/// The records of the benchmarks: clickstream events of the C floor's generator, as base64.
///
/// They lie in memory that never moves and is never freed.
@safe struct Records: @unchecked Sendable {
    /// Distinct records; a log repeats them.
    static let count = 2048

    // Invariant: `texts[i]` and `plain[i]` are each allocated once and only read afterwards.
    private let texts: [UnsafeRawBufferPointer]
    private let plain: [UnsafeRawBufferPointer]

    /// Records whose payloads are about `size` bytes of base64.
    init(size: Int) {
        var random = rng_t(s: 42)
        var texts: [UnsafeRawBufferPointer] = unsafe []
        var plain: [UnsafeRawBufferPointer] = unsafe []
        let room = size / 4 * 3 + 1024
        for index in 0..<Records.count {
            let event = UnsafeMutableRawBufferPointer.allocate(byteCount: room + 64, alignment: 64)
            let text = UnsafeMutableRawBufferPointer.allocate(byteCount: room * 2, alignment: 64)
            guard let start = event.baseAddress, let encoded = text.baseAddress else { continue }
            let length = unsafe gen_click(
                &random, start.assumingMemoryBound(to: CChar.self), size / 4 * 3, UInt64(index))
            let count = unsafe b64enc(
                start.assumingMemoryBound(to: UInt8.self), length, encoded.assumingMemoryBound(to: CChar.self))
            unsafe plain.append(UnsafeRawBufferPointer(start: start, count: length))
            unsafe texts.append(UnsafeRawBufferPointer(start: encoded, count: count))
        }
        unsafe self.texts = texts
        unsafe self.plain = plain
    }

    /// The payload of record `index`, any number.
    func text(_ index: Int) -> UnsafeRawBufferPointer { unsafe texts[index & (Records.count - 1)] }
    /// What it decodes to.
    func event(_ index: Int) -> UnsafeRawBufferPointer { unsafe plain[index & (Records.count - 1)] }

    /// The mean size of a payload.
    var meanSize: Double {
        unsafe Double(texts.indices.reduce(0) { unsafe $0 + texts[$1].count }) / Double(Records.count)
    }
}
