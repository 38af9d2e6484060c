import Codecs
import JSON
import Millrace

/// Base64 and then JSON, record by record: what was decoded is read while it is in the nearest cache, and takes memory of
/// the batch only where it is passed on.
///
/// The same as its two parts one after the other, which the tests compare.
struct DecodedJSONTransform: Transform {
    let decode: Base64Decode
    let json: JSONTransform

    var steps: Int { 1 + json.steps }

    /// Why a record is not passed on.
    private enum Stop: Error {
        case notBase64(Base64Error)
        case notJSON(JSONError, step: Int)
        case filtered
    }

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        let scratch = Scratch()
        json.withReader { (reader: inout JSONReader, view, shape) in
            for index in 0..<records.count {
                records.prefetch(from: index)
                let record = records[index]
                if record.isTombstone {
                    out.keep(record)
                    continue
                }
                let payload = records.payload(index)
                let capacity = Base64.decodedCapacity(payload.byteCount)
                do throws(Stop) {
                    if json.makesPayloads {
                        try remake(record, payload, capacity, by: scratch, &reader, view, shape, to: &out)
                    } else {
                        try keep(record, payload, capacity, &reader, view, to: &out)
                    }
                } catch {
                    switch error {
                    case .notBase64(let fault): out.fail(record, fault.description)
                    case .notJSON(let fault, let step): out.fail(record, fault.description, step: 1 + step)
                    case .filtered: break
                    }
                }
            }
        }
    }

    /// Decodes to memory that is used again, as a new payload is made from it.
    private func remake(
        _ record: Record, _ payload: RawSpan, _ capacity: Int, by scratch: Scratch, _ reader: inout JSONReader,
        _ view: MatchView, _ shape: JSONTransform.Shape, to out: inout BatchBuilder
    ) throws(Stop) {
        do throws(Base64Error) {
            try scratch.fill(capacity: capacity) { (output) throws(Base64Error) in
                try Base64.decode(payload, appendingTo: &output, alphabet: decode.alphabet)
            }
        } catch { throw .notBase64(error) }
        var step = 0
        do throws(JSONError) {
            try json.pass(record, scratch.bytes, &reader, view, shape, step: &step, to: &out)
        } catch { throw .notJSON(error, step: step) }
    }

    /// Decodes to the batch's memory, and takes it only for a record that passes.
    private func keep(
        _ record: Record, _ payload: RawSpan, _ capacity: Int, _ reader: inout JSONReader, _ view: MatchView,
        to out: inout BatchBuilder
    ) throws(Stop) {
        try out.replace(record, capacity: capacity) { (output) throws(Stop) in
            do throws(Base64Error) {
                try Base64.decode(payload, appendingTo: &output, alphabet: decode.alphabet)
            } catch { throw .notBase64(error) }
            var step = 0
            let passes: Bool
            do throws(JSONError) {
                passes = try json.passes(output.bytes, &reader, view, step: &step)
            } catch { throw .notJSON(error, step: step) }
            if !passes { throw .filtered }
        }
    }
}
