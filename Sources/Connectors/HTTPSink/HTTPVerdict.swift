import HTTPClient
import Millrace

/// What an answer means for the records of its request. Pure.
enum HTTPVerdict: Sendable {
    /// All of them are delivered.
    case delivered
    /// None is, and all for the same reason.
    case failed(Failure)
    /// Those that are named are not.
    case partly([IndexedFailure])

    /// The longest that a server may hold the sink, in seconds.
    static let longestHold = 300

    /// Reads `result`. `host` is the server's name for messages, `index` finds a record of the request by its name.
    init(_ result: Result<HTTPAnswer, HTTPClientError>, host: String, index: (_ name: [UInt8]) -> Int?) {
        switch result {
        case .failure(let error): self = .failed(Failure(.transient, HTTPFault(error, host: host).text))
        case .success(let answer) where 200...299 ~= answer.status:
            self = PartialAnswer.read(answer, host, index)
        case .success(let answer):
            self = .failed(
                Failure(Self.kind(of: answer.status), "\(host) answered \(answer.status)\(Self.words(answer.status))"))
        }
    }

    /// The seconds for which nothing may be sent, by `Retry-After`; 0 where the server does not ask for a pause.
    static func hold(_ result: Result<HTTPAnswer, HTTPClientError>) -> Int {
        guard case .success(let answer) = result, answer.status == 429 || answer.status == 503 else { return 0 }
        return min(max(answer.retryAfter, 0), longestHold)
    }

    /// Statuses that speak of what was sent are `rejected`; of the rest it cannot be told that a record is at fault.
    private static func kind(of status: Int) -> FailureClass {
        switch status {
        case 400, 409, 413, 415, 422: .rejected
        default: .transient
        }
    }

    private static func words(_ status: Int) -> String {
        switch status {
        case 300...399: " (a redirect, which is not followed: put the final address into `url`)"
        case 401, 403: " (not permitted: look at `headers`)"
        case 404, 405: " (nothing takes a POST there: look at `url`)"
        case 413: " (too large)"
        case 429: " (too many requests)"
        default: ""
        }
    }
}
