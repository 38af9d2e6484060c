extension Base64 {
    /// The encoded form of `bytes`, with padding, in an array of its own: not for the record path.
    public static func encoded(_ bytes: [UInt8], alphabet: Alphabet = .standard) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: encodedCapacity(bytes.count)) { room, used in
            // The room is as large as encoding may need, and a new array overlaps no other.
            guard let start = room.baseAddress else { return }
            used = unsafe bytes.withUnsafeBytes { unsafe encode($0, into: start, alphabet: alphabet) }
        }
    }
}
