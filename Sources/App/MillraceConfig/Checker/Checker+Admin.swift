import Millrace

extension Checker {
    /// Reads `admin`; nil where its place to listen at is none.
    func admin(_ options: Options) -> PipelineConfig.Admin? {
        let text = options.string("listen") ?? ConfigKeys.defaultListen
        let socket = options.string("socket")
        let isGiven = options.isGiven("listen")
        if text == "none" { return PipelineConfig.Admin(listen: nil, isListenGiven: isGiven, socket: socket) }
        guard let place = Self.place(text) else {
            addUnlessSaid(
                ConfigIssue(
                    "admin.listen must be an address and a port, or none, not \"\(text)\"",
                    at: options.place(of: "listen"), hint: "for example 127.0.0.1:9600, or [::1]:9600"))
            return nil
        }
        return PipelineConfig.Admin(listen: place, isListenGiven: isGiven, socket: socket)
    }

    /// `host:port`, with an IPv6 address in brackets.
    static func place(_ text: String) -> PipelineConfig.Admin.Place? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : PipelineConfig.Admin.Place(host: String(host), port: port)
    }
}
