import Millrace
import Platform

/// A record as it had been read, on its way through the pipeline once more.
final class RedriveItem: Sendable {
    /// What it is sent for.
    let parcel: RedrivePlan.Parcel
    /// Its time in the source's log, milliseconds since 1970.
    let timestamp: Int64
    /// Its headers as they had been there.
    let headers: [DeadLetter.Header]
    // Bytes that never move: records point into them.
    private let key: ByteBuffer?
    private let payload: ByteBuffer?

    /// A record with these bytes.
    init(
        _ parcel: RedrivePlan.Parcel, timestamp: Int64, key: [UInt8]?, payload: [UInt8]?, headers: [DeadLetter.Header]
    ) {
        self.parcel = parcel
        self.timestamp = timestamp
        self.headers = headers
        self.key = key.map(RedriveItem.buffer)
        self.payload = payload.map(RedriveItem.buffer)
    }

    /// The bytes of key and payload.
    var size: Int { (key?.count ?? 0) + (payload?.count ?? 0) }

    private static func buffer(_ bytes: [UInt8]) -> ByteBuffer {
        let buffer = ByteBuffer(capacity: bytes.count)
        buffer.append(bytes.rawBytes)
        return buffer
    }

    /// Adds its record to `table`, as that of the `place`th message; whoever holds the batch holds this.
    func append(to table: RecordTable, place: Int) {
        let offset = parcel.entry.originOffset
        switch (payload, key) {
        case (let payload?, let key?):
            table.append(
                Record(
                    offset: offset, timestamp: timestamp, payload: payload.bytes, key: key.bytes, origin: place,
                    hasHeaders: !headers.isEmpty))
        case (let payload?, nil):
            table.append(
                Record(
                    offset: offset, timestamp: timestamp, payload: payload.bytes, key: nil, origin: place,
                    hasHeaders: !headers.isEmpty))
        case (nil, let key?):
            table.append(
                Record(
                    offset: offset, timestamp: timestamp, payload: nil, key: key.bytes, origin: place,
                    hasHeaders: !headers.isEmpty))
        case (nil, nil):
            table.append(
                Record(
                    offset: offset, timestamp: timestamp, payload: nil, key: nil, origin: place,
                    hasHeaders: !headers.isEmpty))
        }
    }
}
