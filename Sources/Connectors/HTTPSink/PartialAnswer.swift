import HTTPClient
import JSON
import Millrace
import Platform

/// `{"batchItemFailures": [{"itemIdentifier": id}, …]}` in the body of an answer: the records that are not delivered.
enum PartialAnswer {
    private static let fields = JSONFields([
        [listName], [listName, "itemIdentifier"], [listName, "poison"],
    ])
    private static let listName = "batchItemFailures"
    private static let list = fields.slot(of: [listName]) ?? .none
    private static let identifier = fields.slot(of: [listName, "itemIdentifier"]) ?? .none
    private static let poison = fields.slot(of: [listName, "poison"]) ?? .none

    /// What an answer of 200 to 299 means. A list that cannot be read, or that names what was not sent, fails the whole
    /// request: nobody can tell what is delivered.
    static func read(_ answer: HTTPAnswer, _ host: String, _ index: ([UInt8]) -> Int?) -> HTTPVerdict {
        if answer.body.isEmpty { return .delivered }
        var failures: [Int: Failure]? = [:]
        do throws(JSONError) {
            try JSONReader.withThreadReader { (reader: inout JSONReader) throws(JSONError) in
                try reader.read(answer.body.rawBytes, fields) { (document) throws(JSONError) in
                    failures = try collect(document, host, index)
                }
            }
        } catch {
            // No object, so no list; but half of an object may have lost its list.
            let isCut = error.kind == .endsEarly
            if isCut || String(decoding: answer.body, as: UTF8.self).contains(listName) { failures = nil }
        }
        guard let failures else {
            let message =
                "\(host) answered \(answer.status) with a `\(listName)` that cannot be read or names no such record"
            return .failed(Failure(.transient, message))
        }
        if failures.isEmpty { return .delivered }
        return .partly(failures.sorted { $0.key < $1.key }.map { IndexedFailure($0.key, $0.value) })
    }

    /// The failures by index; nil where the list makes no sense.
    private static func collect(
        _ document: borrowing JSONDocument, _ host: String, _ index: ([UInt8]) -> Int?
    ) throws(JSONError) -> [Int: Failure]? {
        let value = try document.value(list)
        switch value.kind {
        case .absent, .null: return [:]
        case .array: break
        default: return nil
        }
        var failures: [Int: Failure] = [:]
        var elements = document.elements(of: value)
        while let element = try document.next(&elements) {
            guard element.kind == .object else { return nil }
            document.enter(list, element)
            let name = try document.value(identifier)
            guard name.kind == .string, let place = index(document.withText(of: name) { $0.copy() }) else { return nil }
            let isPoison = try document.value(poison).kind == .true
            document.leave(list)
            failures[place] = Failure(isPoison ? .poison : .transient, "\(host) did not take this record")
        }
        return failures
    }
}
