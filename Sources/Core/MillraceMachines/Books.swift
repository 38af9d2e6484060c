/// What became of the records that one stage of a shard was given; they balance after every step:
/// `read = delivered + filtered + deadLettered + abandoned + returned + rewound + inFlight`.
public struct Books: Hashable, Sendable {
    /// Records read, again or not.
    public var read = 0
    /// Records that the stage has for good.
    public var delivered = 0
    /// Records that were not for the stage.
    public var filtered = 0
    /// Records that the DLQ has for good instead.
    public var deadLettered = 0
    /// Records that an optional stage was given up on.
    public var abandoned = 0
    /// Records read again after a rewind, or lost and to be read again.
    public var rewound = 0
    /// Records handed back undone at the end of an epoch.
    public var returned = 0
    /// Records that wait, fly, or are not known to be safe.
    public var inFlight = 0

    /// Nothing was read.
    public init() {}
}
