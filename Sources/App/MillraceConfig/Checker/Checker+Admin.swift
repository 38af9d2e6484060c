import Millrace

extension Checker {
    /// Reads `admin`; nil where its place to listen at is none.
    func admin(_ options: Options) -> PipelineConfig.Admin? {
        let text = options.string("listen") ?? ConfigKeys.defaultListen
        let socket = options.string("socket")
        let isGiven = options.isGiven("listen")
        if let socket, let issue = socketIssue(socket, at: options.place(of: "socket")) { add([issue]) }
        if text == "none" { return PipelineConfig.Admin(listen: nil, isListenGiven: isGiven, socket: socket) }
        guard let place = Self.place(text) else {
            let place = options.place(of: "listen")
            if !issues.contains(where: { $0.place == place && $0.severity == .error }) {
                add([
                    ConfigIssue(
                        "admin.listen must be an address and a port, or none, not \"\(text)\"", at: place,
                        hint: Self.hint(listen: text))
                ])
            }
            return nil
        }
        return PipelineConfig.Admin(listen: place, isListenGiven: isGiven, socket: socket)
    }

    // MARK: - The place to listen at

    /// `host:port`, with an IPv6 address in brackets. That a name is known, and an address this machine's, shows when it
    /// is listened at.
    static func place(_ text: String) -> PipelineConfig.Admin.Place? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") || !isHost(host) {
            return nil
        }
        return host.isEmpty ? nil : PipelineConfig.Admin.Place(host: String(host), port: port)
    }

    /// Whether it may be a name or an IPv4 address.
    private static func isHost(_ text: Substring) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain else { return false }
        guard text.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }) else {
            return true
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    /// What may have been meant.
    private static func hint(listen text: String) -> String {
        let usual = "for example 127.0.0.1:9600, or [::1]:9600"
        if UInt16(text) != nil { return "write 127.0.0.1:\(text)" }
        guard let colon = text.lastIndex(of: ":") else { return isHost(text[...]) ? "write \(text):9600" : usual }
        let (host, port) = (text[..<colon], text[text.index(after: colon)...])
        if !port.isEmpty, port.allSatisfy(\.isNumber), UInt16(port) == nil {
            return "a port is a number from 0 to 65535"
        }
        guard UInt16(port) != nil else { return usual }
        if host.isEmpty { return "write 127.0.0.1:\(port), or [::]:\(port) for every address of this machine" }
        let isOneAddress = host.contains(":") && host.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        return isOneAddress ? "write [\(host)]:\(port)" : usual
    }

    // MARK: - The control socket

    /// What the system takes for a socket's path at most, in bytes.
    private static let longestSocket = 107

    /// What is wrong with the control socket's path; what lies there is looked at where that can be done.
    private func socketIssue(_ path: String, at place: ConfigPlace) -> ConfigIssue? {
        if let tilde = ConfigIssue.tilde(path, of: "admin.socket", at: place) { return tilde }
        let bytes = path.utf8.count
        if bytes > Self.longestSocket {
            return ConfigIssue(
                "admin.socket has \(bytes) bytes, and the system takes \(Self.longestSocket) for a socket's path",
                at: place, hint: "a shorter path")
        }
        switch paths.kind(path) {
        case .folder:
            let slash = path.hasSuffix("/") ? "" : "/"
            return ConfigIssue(
                "admin.socket: \(path) is a folder", at: place, hint: "name a file in it: \(path)\(slash)millrace.sock")
        case .file:
            return ConfigIssue(
                "admin.socket: \(path) is an ordinary file, which Millrace does not replace", at: place,
                hint: "name a path where nothing is, or move the file away")
        case .missing, .other: break
        }
        let folder = PathLook.folder(of: path)
        switch paths.kind(folder) {
        case .file: return ConfigIssue("admin.socket: \(folder) is no folder", at: place)
        // A service manager may make it for the worker alone.
        case .missing:
            return ConfigIssue(
                "admin.socket: there is no folder \(folder) now", at: place,
                hint: "make it before the worker starts, or name another path", severity: .warning)
        case .folder, .other: return nil
        }
    }
}
