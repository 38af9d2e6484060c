import Kafka
import Millrace
import Platform

extension MessageBatch {
    /// What a message carries, copied: it outlives the batch.
    struct Copied {
        let key: [UInt8]?
        let payload: [UInt8]?
        let headers: [DeadLetter.Header]
    }

    /// Copies the message at `index`; its payload only where it is wanted. Complexity: O(bytes).
    func copied(_ index: Int, payload isWanted: Bool) -> Copied {
        let message = self[index]
        var (key, payload): ([UInt8]?, [UInt8]?) = (nil, nil)
        if let bytes = message.key { key = bytes.copy() }
        if isWanted, let bytes = message.payload { payload = bytes.copy() }
        return Copied(
            key: key, payload: payload,
            headers: copiedHeaders(of: index).map { DeadLetter.Header($0.name, $0.value) })
    }
}
