/// A pure function over a batch: no I/O, no clock, no sink, no state that outlives the call.
///
/// Built-in transforms and your own are the same protocol. An instance is shared by all lanes: `apply` is called
/// from several threads at once, each call with a batch of its own.
///
/// ```swift
/// struct DropEmpty: Transform {
///     func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
///         for index in 0..<records.count where records[index].payloadCount > 0 { out.keep(records[index]) }
///     }
/// }
/// ```
///
/// A tombstone (``Record/isTombstone``) must be kept as it is.
public protocol Transform: Sendable {
    /// How many transforms of the config this one stands for: more than 1 when several were fused.
    var steps: Int { get }

    /// Decides over each record of `records`, in order, by calls on `out`.
    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder)
}

extension Transform {
    /// One, unless said otherwise.
    public var steps: Int { 1 }
}
