import CRdkafka

extension KafkaClient {
    /// What broke the client for good; nil while it works. Does not block.
    public var fatalError: KafkaError? {
        unsafe ifOpen { handle in
            let (code, message) = unsafe withErrorText { text, size in
                unsafe rd_kafka_fatal_error(handle, text, size)
            }
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            return KafkaError(KafkaErrorCode(code), message, isFatal: true)
        } ?? nil
    }
}
