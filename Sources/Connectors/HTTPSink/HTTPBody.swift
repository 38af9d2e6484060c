import Codecs
import JSON
import Millrace
import Platform

/// The body of a request over the first records of a delivery.
struct HTTPBody: Sendable {
    /// The bytes.
    private(set) var bytes: [UInt8] = []
    /// How many of the delivery's records are in it; what follows is a record that this form has no place for.
    private(set) var count = 0

    /// About how many bytes a body over `delivery` takes, rather too many.
    static func size(of delivery: Delivery) -> Int {
        let frame = 96 + delivery.shard.topic.utf8.count
        return (0..<delivery.count).reduce(2) { size, index in
            size + (delivery[index].payloadCount + delivery[index].keyCount) * 4 / 3 + frame
        }
    }

    /// A payload a line. One with a line feed in it would be two records: it ends the body.
    static func lines(_ delivery: Delivery) -> HTTPBody {
        var body = HTTPBody()
        body.bytes.reserveCapacity(size(of: delivery))
        while body.count < delivery.count, delivery.payload(body.count).firstIndex(of: UInt8(ascii: "\n")) == nil {
            delivery.payload(body.count).append(to: &body.bytes)
            body.bytes.append(UInt8(ascii: "\n"))
            body.count += 1
        }
        return body
    }

    /// An array with an object a record.
    static func array(_ delivery: Delivery) -> HTTPBody {
        let names = RecordNames(delivery.shard)
        var body = HTTPBody()
        body.bytes.reserveCapacity(size(of: delivery))
        for index in 0..<delivery.count {
            body.bytes += index == 0 ? Text.first : Text.next
            names.append(delivery[index].id, to: &body.bytes)
            body.appendKey(delivery, index)
            body.appendData(delivery.payload(index))
            body.bytes.append(UInt8(ascii: "}"))
        }
        body.bytes.append(UInt8(ascii: "]"))
        body.count = delivery.count
        return body
    }

    private mutating func appendKey(_ delivery: Delivery, _ index: Int) {
        bytes += Text.key
        guard delivery[index].hasKey else { return bytes += Text.null }
        if JSONText.appendQuoted(delivery.key(index), to: &bytes) { return }
        appendBase64(delivery.key(index))
        bytes += Text.keyIsBase64
    }

    private mutating func appendData(_ payload: RawSpan) {
        bytes += Text.data
        if JSONText.isValid(payload) { return payload.append(to: &bytes) }
        appendBase64(payload)
        bytes += Text.dataIsBase64
    }

    private mutating func appendBase64(_ span: RawSpan) {
        bytes.append(UInt8(ascii: "\""))
        bytes += Base64.encoded(span.copy())
        bytes.append(UInt8(ascii: "\""))
    }

    /// What stands between the values, made once.
    private enum Text {
        static let first = Array("[{\"id\":\"".utf8)
        static let next = Array(",\n{\"id\":\"".utf8)
        static let key = Array("\",\"key\":".utf8)
        static let null = Array("null".utf8)
        static let data = Array(",\"data\":".utf8)
        static let dataIsBase64 = Array(",\"base64\":true".utf8)
        static let keyIsBase64 = Array(",\"key_base64\":true".utf8)
    }
}
