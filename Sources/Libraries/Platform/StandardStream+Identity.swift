import CPlatform

extension StandardStream {
    /// The file, pipe or socket behind the stream, as the system tells it from all others; `nil` when the stream is closed.
    public var identity: (device: UInt64, inode: UInt64)? {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        // The call writes two integers and keeps no pointer.
        return unsafe cp_identity(descriptor, &device, &inode) == 0 ? (device, inode) : nil
    }

    /// Whether another program reads what is written: the stream is a pipe or a socket.
    public var isPipe: Bool { cp_is_pipe(descriptor) }
}
