import HTTPClient
import Millrace

/// A delivery on its way: one request after the other until it is answered. It moves between the desk, where it waits,
/// and whoever makes its next request, so it has no lock.
struct HTTPJob: Sendable {
    let delivery: Delivery
    let address: SinkAddress
    /// The bytes that it counts for.
    let size: Int
    let names: RecordNames
    /// How many records are delivered already, by requests that ended well.
    private(set) var first = 0
    /// How many records the request that is under way has in it.
    private(set) var inRequest = 0

    init(_ delivery: Delivery, _ address: SinkAddress) {
        self.delivery = delivery
        self.address = address
        size = HTTPBody.size(of: delivery)
        names = RecordNames(delivery.shard)
    }

    /// What a turn of the job asks for.
    enum Turn: Sendable {
        /// Make this request.
        case call(HTTPCall)
        /// It is over: report these failures.
        case end([IndexedFailure])
    }

    private static let lineFeed = Failure(
        .poison, "the payload has a line feed in it, and the body is a line a record: `body: json` takes it")
    private static let untried = Failure(.untried, "stood behind a failure")

    /// The next request.
    mutating func begin(_ settings: HTTPSettings) -> Turn {
        switch settings.form {
        case .single:
            inRequest = 1
            let id = names.text(delivery[first].id)
            return .call(settings.call(delivery.copyPayload(first) ?? [], id: id))
        case .ndjson, .json:
            let body = settings.form == .json ? HTTPBody.array(delivery) : HTTPBody.lines(delivery)
            inRequest = body.count
            return body.count == 0 ? .end(rest(from: 0, Self.lineFeed)) : .call(settings.call(body.bytes))
        }
    }

    /// What follows an answer; nil where the next request is due.
    mutating func hear(_ result: Result<HTTPAnswer, HTTPClientError>, _ settings: HTTPSettings) -> [IndexedFailure]? {
        switch HTTPVerdict(result, host: settings.host, index: index) {
        case .delivered:
            first += inRequest
            if first == delivery.count { return [] }
            return settings.form == .single ? nil : rest(from: first, Self.lineFeed)
        case .failed(let failure):
            let end = first + inRequest
            return (first..<delivery.count).map { IndexedFailure($0, $0 < end ? failure : Self.untried) }
        case .partly(let failures):
            if first + inRequest == delivery.count { return failures }
            if settings.form == .single, failures.isEmpty { return nil }
            return failures + (first + inRequest..<delivery.count).map { IndexedFailure($0, Self.untried) }
        }
    }

    /// What is said of a job that was given up before its turn.
    var untriedFailures: [IndexedFailure] { (first..<delivery.count).map { IndexedFailure($0, Self.untried) } }

    private func rest(from first: Int, _ failure: Failure) -> [IndexedFailure] {
        (first..<delivery.count).map { IndexedFailure($0, $0 == first ? failure : Self.untried) }
    }

    /// The place in the delivery of the record of this name, when the request under way has it.
    private func index(_ name: [UInt8]) -> Int? {
        guard let wanted = names.place(of: name) else { return nil }
        var low = first
        var high = first + inRequest
        while low < high {
            let middle = (low + high) / 2
            let id = delivery[middle].id
            if (id.offset, id.sub) < wanted { low = middle + 1 } else { high = middle }
        }
        guard low < first + inRequest else { return nil }
        let id = delivery[low].id
        return (id.offset, id.sub) == wanted ? low : nil
    }
}
