import CLibPQ
import Glibc
import Millrace

/// One connection, which waits for the server no longer than its timeout. Used by one thread at a time.
final class Connection {
    private let handle: OpaquePointer?
    private let timeout: Int64

    /// Connects and lets the server prepare the statement, so that a table that will not do is known at once.
    init(_ upsert: Upsert, timeout: Int64) throws(ServerError) {
        handle = PQconnectStart(upsert.connection)
        self.timeout = timeout
        // A refused connection has no result to ask for its code: the code is in the message.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        // The server's remarks belong into its own log, not onto standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try connect()
        PQsetnonblocking(handle, 1)
        let text: [Oid] = [25]
        try sent(PQsendPrepare(handle, "upsert", upsert.statement, 1, text))
        try drain()
        PQenterPipelineMode(handle)
    }

    deinit { PQfinish(handle) }

    /// Writes every record as a row, in one transaction that ends with the pipeline. The first row that the server
    /// refuses is named, and nothing is written.
    func write(_ delivery: Delivery) throws(ServerError) {
        for index in 0..<delivery.count {
            try sent(
                delivery.payload(index).withUnsafeBytes { bytes in
                    // As bytes of a known length: a payload is no C string.
                    let payload = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                    return PQsendQueryPrepared(handle, "upsert", 1, [payload], [Int32(bytes.count)], [1], 0)
                })
        }
        try sent(PQpipelineSync(handle))
        try drain(records: delivery.count)
    }

    /// Reads the answers up to the end of what was sent; throws the first error when all of them are in.
    private func drain(records: Int? = nil) throws(ServerError) {
        let deadline = now() + timeout
        var first: ServerError?
        var statement = 0
        while true {
            let result = try next(deadline)
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_FATAL_ERROR where result == nil:
                if records == nil { return try raise(first) }
                statement += 1
                // A connection that is gone answers nothing for ever.
                if PQstatus(handle) == CONNECTION_BAD || statement > (records ?? 0) + 1 {
                    throw first ?? ServerError(lost: message)
                }
            case PGRES_FATAL_ERROR:
                var error = ServerError(result, record: statement < (records ?? 0) ? statement : nil)
                error.endsConnection = PQstatus(handle) == CONNECTION_BAD
                if first == nil { first = error }
            case PGRES_PIPELINE_SYNC: return try raise(first)
            default: break
            }
        }
    }

    private func raise(_ error: ServerError?) throws(ServerError) {
        if let error { throw error }
    }

    private func connect() throws(ServerError) {
        let deadline = now() + timeout
        var wants = Int16(POLLOUT)
        while PQstatus(handle) != CONNECTION_BAD {
            try wait(for: wants, until: deadline)
            switch PQconnectPoll(handle) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: wants = Int16(POLLIN)
            case PGRES_POLLING_WRITING: wants = Int16(POLLOUT)
            default: throw ServerError(refusedConnection: message)
            }
        }
        throw ServerError(refusedConnection: message)
    }

    /// The next answer, sending what is still to be sent meanwhile.
    private func next(_ deadline: Int64) throws(ServerError) -> OpaquePointer? {
        while true {
            let unsent = PQflush(handle)
            if unsent < 0 || PQstatus(handle) == CONNECTION_BAD { return PQgetResult(handle) }
            if PQisBusy(handle) == 0 { return PQgetResult(handle) }
            try wait(for: Int16(POLLIN) | (unsent > 0 ? Int16(POLLOUT) : 0), until: deadline)
            PQconsumeInput(handle)
        }
    }

    private func wait(for events: Int16, until deadline: Int64) throws(ServerError) {
        var one = pollfd(fd: PQsocket(handle), events: events, revents: 0)
        let left = deadline - now()
        if left <= 0 || poll(&one, 1, Int32(clamping: left)) == 0 {
            throw ServerError(lost: "no answer within \(timeout) ms")
        }
    }

    private func sent(_ answer: Int32) throws(ServerError) {
        if answer == 0 { throw ServerError(lost: message) }
    }

    private var message: String {
        PQerrorMessage(handle).map { String(cString: $0).firstLine } ?? "no connection"
    }

    private func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
