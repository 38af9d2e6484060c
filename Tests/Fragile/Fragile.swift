import Millrace

/// A transform as a user of the library may write one: it trusts its input. A payload that has `"trap"` in it ends the
/// process, one that has `"eat"` in it takes memory until there is none.
struct Fragile: Transform {
    private static let trap = Array("\"trap\"".utf8)
    private static let eat = Array("\"eat\"".utf8)

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count {
            let record = records[index]
            let bytes = record.copyPayload() ?? []
            if Fragile.has(Fragile.trap, in: bytes) { preconditionFailure("a trap") }
            if Fragile.has(Fragile.eat, in: bytes) {
                var eaten: [[UInt8]] = []
                while true {
                    var more: [UInt8] = []
                    more.reserveCapacity(64 << 20)
                    eaten.append(more)
                }
            }
            out.keep(record)
        }
    }

    private static func has(_ word: [UInt8], in bytes: [UInt8]) -> Bool {
        guard bytes.count >= word.count else { return false }
        return (0...bytes.count - word.count).contains { bytes[$0..<$0 + word.count].elementsEqual(word) }
    }
}

/// `fragile: {}`
struct FragileKind: TransformKind {
    let name = "fragile"
    let meaning = "Ends the process where a payload tells it to."
    let example = "{}"

    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform { Fragile() }
}
