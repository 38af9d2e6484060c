import CRdkafka

extension KafkaMessage {
    /// Whether the record came with headers. Nearly free where it did not; where it did they are parsed here.
    @inlinable public var hasHeaders: Bool { unsafe crk_has_headers(raw) != 0 }
}

extension MessageBatch {
    /// Copies of the headers of the message at `index`, in order; a name may occur more than once, a value may be null.
    ///
    /// For whoever keeps them: it allocates. Headers that do not parse are none.
    public func copiedHeaders(of index: Int) -> [(name: String, value: [UInt8]?)] {
        var found: [(name: String, value: [UInt8]?)] = []
        let message = self[index]
        do throws(KafkaError) {
            try unsafe message.forEachHeader { header in
                unsafe found.append(
                    (String(decoding: header.name, as: UTF8.self), header.value.map { unsafe Array($0) }))
            }
        } catch { found.removeAll() }
        return found
    }
}
