import CRdkafka

/// A failure that librdkafka told of.
public struct KafkaError: Error, Hashable, Sendable {
    /// What kind of failure.
    public let code: KafkaErrorCode
    /// What happened, for people: with names, addresses and numbers, one line.
    public let message: String
    /// The client can do nothing more and must be replaced.
    public let isFatal: Bool
    /// The same call may succeed later.
    public let isRetriable: Bool

    /// A failure of kind `code`; without a `message` it is the code's own text.
    public init(_ code: KafkaErrorCode, _ message: String? = nil, isFatal: Bool = false) {
        self.code = code
        self.message = message ?? code.text
        self.isFatal = isFatal
        self.isRetriable = !isFatal && code.isRetriable
    }

    /// The symbolic name of the code.
    public var name: String { code.name }

    /// The same text for every failure of this kind, without names or numbers: fit for a metric label or a fingerprint.
    public var shortDescription: String { code.text }
}

extension KafkaError: CustomStringConvertible {
    /// `_TRANSPORT: what happened`.
    public var description: String { "\(name): \(message)" }
}

extension KafkaError {
    /// Throws unless `code` is no error.
    static func check(_ code: rd_kafka_resp_err_t, _ doing: @autoclosure () -> String? = nil) throws(KafkaError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let code = KafkaErrorCode(code)
        throw KafkaError(code, doing().map { "\($0): \(code.text)" })
    }

    /// Takes over what librdkafka returned and frees it.
    init(consuming error: OpaquePointer) {
        defer { unsafe rd_kafka_error_destroy(error) }
        code = KafkaErrorCode(unsafe rd_kafka_error_code(error))
        message = unsafe String(cString: rd_kafka_error_string(error))
        isFatal = unsafe rd_kafka_error_is_fatal(error) != 0
        isRetriable = unsafe !isFatal && (rd_kafka_error_is_retriable(error) != 0 || code.isRetriable)
    }
}
