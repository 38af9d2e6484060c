/// What strangers may take of a server.
public struct HTTPLimits: Sendable {
    /// Connections at a time; more wait. A little below that, the connection that has gone longest without finishing a
    /// request is cut for each new one, so that slow clients never keep others out.
    public var connections: Int
    /// Bytes for the line and headers of a request, and as much again for the answer's; more is answered with 431 or 414.
    public var headers: Int
    /// Bytes of a request's body; more is answered with 413.
    public var body: Int
    /// Seconds that a connection may be silent.
    public var silence: Int

    /// Small, for a port that answers a few people and programs: about 2 MiB at the most.
    public init(connections: Int = 64, headers: Int = 16 << 10, body: Int = 16 << 10, silence: Int = 10) {
        self.connections = connections
        self.headers = headers
        self.body = body
        self.silence = silence
    }
}
