import Glibc
import Platform
import Testing

/// A datagram socket as a service manager has one.
private final class Manager {
    let descriptor: Int32

    /// Binds to `address`, a path or an abstract name with `@` before it.
    init(_ address: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(address.utf8)
        unsafe withUnsafeMutableBytes(of: &place.sun_path) { path in
            unsafe path.copyBytes(from: bytes)
            if bytes.first == UInt8(ascii: "@") { unsafe path[0] = 0 }
        }
        let size = socklen_t(2 + bytes.count + (bytes.first == UInt8(ascii: "@") ? 0 : 1))
        let code = unsafe withUnsafePointer(to: &place) { place in
            unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        try #require(code == 0, "bind: \(errno)")
    }

    deinit { close(descriptor) }

    /// The next datagram; nil when there is none.
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}

/// News for a service manager.
@Suite struct NotifySocketTests {
    @Test func aPathIsReached() throws {
        let folder = try TemporaryFolder()
        let address = folder.path + "/notify"
        let manager = try Manager(address)
        let socket = try #require(NotifySocket(address: address))
        try socket.send("READY=1\nSTATUS=fine")
        try socket.send("WATCHDOG=1")
        #expect(manager.next() == "READY=1\nSTATUS=fine")
        #expect(manager.next() == "WATCHDOG=1")
        #expect(manager.next() == nil)
    }

    @Test func anAbstractNameIsReached() throws {
        let address = "@millrace-test-\(getpid())"
        let manager = try Manager(address)
        try #require(NotifySocket(address: address)).send("READY=1")
        #expect(manager.next() == "READY=1")
    }

    @Test func aManagerThatDoesNotReadIsNotWaitedFor() throws {
        let address = "@millrace-full-\(getpid())"
        let manager = try Manager(address)
        let socket = try #require(NotifySocket(address: address))
        let error = #expect(throws: SystemError.self) { for _ in 0..<100_000 { try socket.send("STATUS=x") } }
        #expect(error?.code == EAGAIN)
        #expect(manager.next() == "STATUS=x")
    }

    @Test func whatIsNotThereIsSaid() throws {
        let socket = try #require(NotifySocket(address: "/nowhere/at/all"))
        #expect(throws: SystemError(ENOENT, "notify", "/nowhere/at/all")) { try socket.send("READY=1") }
        let long = try #require(NotifySocket(address: "/" + String(repeating: "x", count: 200)))
        #expect(throws: SystemError.self) { try long.send("READY=1") }
    }

    @Test(arguments: ["", "/", "@", "vsock:2:1234", "relative"]) func otherAddressesAreNone(address: String) {
        #expect(NotifySocket(address: address) == nil)
    }
}
