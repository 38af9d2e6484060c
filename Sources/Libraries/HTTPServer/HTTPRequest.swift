import Platform

/// A request that has arrived in full.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST` and so on, as sent.
    public let method: String
    /// The path, decoded, without the query.
    public let path: String
    /// The parameters of the query, decoded; of one that is there twice the last counts.
    public let parameters: [String: String]
    /// The body.
    public let body: [UInt8]
    /// Who asks, on a local socket.
    public let peer: Peer?

    /// A request, as the server makes it.
    public init(
        method: String, path: String, parameters: [String: String] = [:], body: [UInt8] = [], peer: Peer? = nil
    ) {
        self.method = method
        self.path = path
        self.parameters = parameters
        self.body = body
        self.peer = peer
    }
}

/// What is answered to a request.
public struct HTTPResponse: Sendable {
    /// The status.
    public let status: Int
    /// The media type.
    public let type: String
    /// Further headers.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: [UInt8]

    /// A body of this type.
    public init(_ status: Int, type: String, headers: [(name: String, value: String)] = [], body: [UInt8]) {
        self.status = status
        self.type = type
        self.headers = headers
        self.body = body
    }

    /// Plain text.
    public init(_ status: Int, _ text: String, headers: [(name: String, value: String)] = []) {
        self.init(status, type: "text/plain; charset=utf-8", headers: headers, body: Array(text.utf8))
    }
}
