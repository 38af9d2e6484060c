/// The hash that Java's clients choose a partition by.
///
/// Austin Appleby's MurmurHash2, 32 bits, with the seed and the byte order of Kafka's `Utils.murmur2`.
public enum Murmur2 {
    /// The hash of `bytes`, as a signed number like Java's.
    @inlinable public static func hash(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        let m: UInt32 = 0x5bd1_e995
        let count = bytes.count
        var h: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: count)
        var index = 0
        while count - index >= 4 {
            // Four bytes from `index` are inside the buffer.
            var k = unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
            k = k &* m
            k ^= k >> 24
            h = (h &* m) ^ (k &* m)
            index += 4
        }
        if index < count {
            for offset in stride(from: count - index - 1, through: 0, by: -1) {
                h ^= unsafe UInt32(bytes[index + offset]) << UInt32(8 * offset)
            }
            h = h &* m
        }
        h ^= h >> 13
        h = h &* m
        h ^= h >> 15
        return Int32(bitPattern: h)
    }

    /// The partition, of `count` (at least 1), that Java's clients send a record with the key `bytes` to.
    @inlinable public static func partition(_ bytes: UnsafeRawBufferPointer, of count: Int32) -> Int32 {
        (unsafe hash(bytes) & 0x7fff_ffff) % count
    }
}
