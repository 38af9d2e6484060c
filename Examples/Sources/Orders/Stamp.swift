import Millrace

/// `stamp: { region: eu }`: members with fixed text in front of each record's JSON object.
struct StampKind: TransformKind {
    let name = "stamp"
    let meaning = "Puts members with fixed text in front of each record's JSON object."
    let example = "{ region: eu }"

    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        guard case .mapping(let entries) = node.value, !entries.isEmpty else {
            throw ConfigIssues(ConfigIssue("stamp must name members and their text", at: node, hint: example))
        }
        var members: [String] = []
        for entry in entries {
            guard case .scalar(let text, _, _) = entry.value.value else {
                throw ConfigIssues(ConfigIssue("stamp.\(entry.key) must be text", at: entry.value, hint: example))
            }
            members.append("\(quoted(entry.key)):\(quoted(text))")
        }
        return Stamp(members: Array(members.joined(separator: ",").utf8))
    }

    /// `text` as JSON.
    private func quoted(_ text: String) -> String {
        let inner = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\0"..<" ": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: "\(scalar)"
            }
        }
        return "\"\(inner.joined())\""
    }
}

/// The transform itself: pure, shared by all lanes, and without an allocation a record.
struct Stamp: Transform {
    /// `"region":"eu"`
    let members: [UInt8]

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count {
            let record = records[index]
            if record.isTombstone {
                out.keep(record)
                continue
            }
            let payload = records.payload(index)
            guard let brace = place(of: UInt8(ascii: "{"), in: payload, from: 0) else {
                out.fail(record, "stamp: the payload is no JSON object")
                continue
            }
            let isEmpty = place(of: UInt8(ascii: "}"), in: payload, from: brace + 1) != nil
            out.replace(record, capacity: payload.byteCount + members.count + 1) { output in
                output.append(payload.extracting(0..<brace + 1))
                output.append(members)
                if !isEmpty { output.append(UInt8(ascii: ",")) }
                output.append(payload.extracting(brace + 1..<payload.byteCount))
            }
        }
    }

    /// The place of `byte`, when it is the first from `start` on that is no white space.
    private func place(of byte: UInt8, in payload: RawSpan, from start: Int) -> Int? {
        for index in start..<payload.byteCount {
            switch payload.byte(at: index) {
            case byte: return index
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            default: return nil
            }
        }
        return nil
    }
}
