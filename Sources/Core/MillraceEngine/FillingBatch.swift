import Millrace

/// A batch that is being read: it closes at the first of records, bytes and window.
struct FillingBatch {
    let memory: BatchMemory
    /// When its first record was read, monotonic milliseconds.
    let since: Int64
    var bytes = 0

    var count: Int { memory.source.count }

    /// How much may still be read into it.
    func room(_ limits: PipelinePlan.BatchLimits) -> ReadLimits {
        ReadLimits(records: limits.records - count, bytes: max(1, limits.bytes - bytes))
    }

    /// Whether it is to be admitted now.
    func isDue(_ limits: PipelinePlan.BatchLimits, _ now: Int64) -> Bool {
        count >= limits.records || bytes >= limits.bytes || now - since >= limits.window
    }
}
