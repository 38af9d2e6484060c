import HTTPClient
import Millrace

/// What every request of a sink has in common.
struct HTTPSettings: Sendable {
    /// How records become a body.
    enum Form: String, Sendable, CaseIterable {
        case ndjson
        case json
        case single

        var mediaType: String {
            switch self {
            case .ndjson: "application/x-ndjson"
            case .json: "application/json"
            case .single: "application/octet-stream"
            }
        }
    }

    /// The most of an answer's body: as much as naming every record of a large batch takes.
    static let largestAnswer = 8 << 20

    let url: String
    /// The part of the address that may be shown: a path or a query may hold secrets.
    let host: String
    let form: Form
    let headers: [(name: String, value: String)]
    let timeout: Int64
    let concurrency: Int
    let tls: HTTPIdentity

    /// Options that ``HTTPSinkKind`` has checked.
    init(_ options: Options) {
        url = options.string("url") ?? ""
        host = HTTPAddress(url).map { "\($0.host):\($0.port)" } ?? ""
        let form = options.string("body").flatMap(Form.init) ?? .ndjson
        self.form = form
        let own = options.map("headers").map { (name: $0.name, value: $0.value) }
        let hasType = own.contains { $0.name.lowercased() == "content-type" }
        headers = (hasType ? [] : [(name: "Content-Type", value: form.mediaType)]) + own
        timeout = options.duration("timeout") ?? 10_000
        concurrency = options.integer("concurrency") ?? 1
        let files = options.object("tls")
        tls = HTTPIdentity(ca: files?.string("ca"), cert: files?.string("cert"), key: files?.string("key"))
    }

    /// A request with `body`; `id` names the record of a body that cannot.
    func call(_ body: [UInt8], id: String? = nil) -> HTTPCall {
        var call = HTTPCall("POST", url, timeout: timeout)
        call.headers = headers + (id.map { [(name: "Millrace-Id", value: $0)] } ?? [])
        call.body = body
        call.tls = tls
        call.largestAnswer = Self.largestAnswer
        return call
    }
}
