/// A moment of a monotonic clock, or the time between two, in milliseconds.
///
/// The machines have no clock: every event carries its moment.
public typealias Milliseconds = Int64
