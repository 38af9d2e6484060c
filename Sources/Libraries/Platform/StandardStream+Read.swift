extension StandardStream {
    /// Where input comes from.
    public static let input = StandardStream(descriptor: 0)

    /// The next bytes, at most `count`; none at the end. Waits until there are some.
    public func read(upTo count: Int) throws(SystemError) -> [UInt8] {
        try Descriptor.read(upTo: count, from: descriptor, name)
    }
}
