import CPlatform
import Glibc

extension StandardStream {
    /// Writes as many of `bytes` as one call takes, at least one, and says how many; waits where none can be taken now.
    ///
    /// For those who must know how far they came when a later write fails.
    public func writeSome(_ bytes: RawSpan) throws(SystemError) -> Int {
        guard !bytes.isEmpty else { return 0 }
        while true {
            // The pointer is used within the call, which reads no more than the span holds.
            let written = unsafe bytes.withUnsafeBytes { unsafe cp_write(descriptor, $0.baseAddress, $0.count) }
            if written != Int64(-EAGAIN) { return Int(try SystemError.check(written, "write", name)) }
            // A terminal or pipe that somebody else made non-blocking: wait until it takes more.
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe cp_poll(&entry, 1, -1)
        }
    }
}
