import Codecs
import Millrace

/// Decodes each payload from base64 into the batch's arena; one that is not strict base64 fails with its place.
struct Base64Decode: Transform {
    let alphabet: Base64.Alphabet

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count {
            records.prefetch(from: index)
            let record = records[index]
            if record.isTombstone {
                out.keep(record)
                continue
            }
            let payload = records.payload(index)
            do throws(Base64Error) {
                try out.replace(record, capacity: Base64.decodedCapacity(payload.byteCount)) {
                    (output) throws(Base64Error) in
                    try Base64.decode(payload, appendingTo: &output, alphabet: alphabet)
                }
            } catch { out.fail(record, error.description) }
        }
    }
}
