import Millrace
import MillraceConfig
import Testing

/// What `check` says of `admin`, and of what lies where its socket is to be.
@Suite struct AdminTests {
    private func complaints(_ admin: String, _ paths: PathLook = .nowhere) -> [String] {
        ConfigLoader(registry: registry, variables: variables(), paths: paths)
            .load(Array((good + "admin: { \(admin) }\n").utf8), path: "orders.yaml").complaints
    }

    @Test(arguments: [
        ("127.0.0.1:99999", "a port is a number from 0 to 65535"), ("9600", "write 127.0.0.1:9600"),
        ("localhost", "write localhost:9600"),
        (":9600", "write 127.0.0.1:9600, or [::]:9600 for every address of this machine"),
        ("::1:9600", "write [::1]:9600"), ("127.0.0.1:", "for example 127.0.0.1:9600, or [::1]:9600"),
        ("http://127.0.0.1:9600", "for example 127.0.0.1:9600, or [::1]:9600"),
        ("127.0.0.300:9600", "for example 127.0.0.1:9600, or [::1]:9600"),
        ("a host:9600", "for example 127.0.0.1:9600, or [::1]:9600"),
    ])
    func `what cannot be listened at is refused`(place: String, hint: String) {
        #expect(
            complaints("listen: '\(place)'") == [
                "28:18-\(place.count + 2) admin.listen must be an address and a port, or none, not \"\(place)\" (\(hint))"
            ])
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:9600", "localhost:65535", "kafka_1.example:80", "none"])
    func `these can be`(place: String) { #expect(complaints("listen: '\(place)'") == []) }

    @Test func `a socket's path is as long as the system takes it`() {
        #expect(complaints("socket: /\(String(repeating: "a", count: 106))") == [])
        #expect(
            complaints("socket: /\(String(repeating: "a", count: 107))") == [
                "28:18-108 admin.socket has 108 bytes, and the system takes 107 for a socket's path (a shorter path)"
            ])
        #expect(complaints("socket: ~/s.sock").first?.contains("admin.socket: ~ is not expanded") == true)
    }

    @Test func `what lies there is looked at`() {
        func found(_ kinds: [String: PathLook.Kind]) -> [String] {
            complaints("socket: run/a.sock", PathLook { kinds[$0] ?? .missing })
        }
        #expect(found(["run": .folder]) == [])
        #expect(found(["run": .folder, "run/a.sock": .other]) == [])
        #expect(
            found(["run": .folder, "run/a.sock": .folder])
                == ["28:18-10 admin.socket: run/a.sock is a folder (name a file in it: run/a.sock/millrace.sock)"])
        #expect(
            found(["run": .folder, "run/a.sock": .file]).first?.contains("is an ordinary file, which Millrace does not")
                == true)
        #expect(found(["run": .file]) == ["28:18-10 admin.socket: run is no folder"])
        // Only a warning: a service manager may make it for the worker alone.
        let paths = PathLook { _ in .missing }
        let loaded = ConfigLoader(registry: registry, variables: variables(), paths: paths)
            .load(Array((good + "admin: { socket: /run/x/a.sock }\n").utf8), path: "orders.yaml")
        #expect(loaded.isValid && loaded.issues.count == 1)
        #expect(loaded.config != nil)
        #expect(loaded.issues.first?.message == "admin.socket: there is no folder /run/x now")
    }
}
