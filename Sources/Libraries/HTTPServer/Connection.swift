import CMicrohttpd
import Platform

/// A connection inside a callback of the daemon, which keeps it valid for the call.
@safe
struct Connection {
    private let connection: OpaquePointer

    init(_ connection: OpaquePointer) { unsafe self.connection = unsafe connection }

    /// Who is at the other end of a local socket.
    var peer: Peer? { unsafe Peer(descriptor: cmh_descriptor(connection)) }

    /// The length of the body as the request announces it; 0 where it does not.
    var announcedBody: Int {
        // The text belongs to the connection and is read before the call returns.
        let text = unsafe MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length")
        return unsafe text.flatMap { unsafe Int(String(cString: $0)) } ?? 0
    }

    /// The query.
    func parameters() -> [String: String] {
        var found: [String: String] = [:]
        // The iterator is called during this call only, with the address of `found` and texts of the connection.
        unsafe withUnsafeMutablePointer(to: &found) { list in
            _ = unsafe MHD_get_connection_values(
                connection, .GET_ARGUMENT_KIND,
                { context, _, name, value in
                    guard let list = unsafe context?.assumingMemoryBound(to: [String: String].self),
                        let name = unsafe name
                    else { return .NO }
                    unsafe list.pointee[String(cString: name)] = unsafe value.map { unsafe String(cString: $0) } ?? ""
                    return .YES
                }, list)
        }
        return found
    }

    /// Queues `response`, whose bytes are copied.
    func answer(_ response: HTTPResponse) -> MHD_Result {
        let made = unsafe response.body.withUnsafeBytes { bytes in
            // MUST_COPY: the library neither keeps nor writes to the address that it takes as mutable.
            unsafe MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let answer = unsafe made else { return .NO }
        defer { unsafe MHD_destroy_response(answer) }
        _ = unsafe MHD_add_response_header(answer, "Content-Type", response.type)
        _ = unsafe MHD_add_response_header(answer, "Cache-Control", "no-store")
        _ = unsafe MHD_add_response_header(answer, "X-Content-Type-Options", "nosniff")
        for header in response.headers { _ = unsafe MHD_add_response_header(answer, header.name, header.value) }
        return unsafe MHD_queue_response(connection, UInt32(response.status), answer)
    }
}
