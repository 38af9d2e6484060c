import CPlatform
import Glibc

/// Where a service manager listens for news of this process: the datagram socket that `NOTIFY_SOCKET` names.
///
/// Any thread. Follows sd_notify(3), without its library: a text of `NAME=value` lines is one datagram.
public struct NotifySocket: Sendable, Hashable {
    /// A path, or an abstract name with `@` before it.
    public let address: String

    /// The socket at `address`; nil where that is neither a path nor an abstract name (`vsock:` is not known here).
    public init?(address: String) {
        guard address.utf8.count > 1, let first = address.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return nil }
        self.address = address
    }

    /// Sends `text` as one datagram. Never waits: where the receiver does not keep up it throws.
    public func send(_ text: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        // The call reads both and keeps no pointer.
        try SystemError.check(unsafe cp_send_datagram(address, bytes, bytes.count), "notify", address)
    }
}
