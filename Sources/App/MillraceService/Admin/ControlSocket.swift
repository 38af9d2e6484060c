import Platform

/// Where the control socket of a pipeline lies.
public struct ControlSocket: Sendable {
    /// The pipeline's name.
    public let pipeline: String
    /// What the config says.
    public let configured: String?
    private let variable: @Sendable (String) -> String?

    /// The socket of `pipeline`, whose config says `configured` (`admin.socket`).
    public init(pipeline: String, configured: String?) {
        self.init(pipeline: pipeline, configured: configured) { Environment.value($0) }
    }

    init(pipeline: String, configured: String?, variable: @escaping @Sendable (String) -> String?) {
        self.pipeline = pipeline
        self.configured = configured
        self.variable = variable
    }

    /// Where a worker makes it.
    public var path: String { configured ?? inRuntimeFolder ?? inUserFolder ?? inTemporaryFolder }

    /// Where a client looks, in this order: it may not have the worker's variables.
    public var candidates: [String] {
        if let configured { return [configured] }
        let service = "/run/millrace/\(pipeline).sock"
        var found: [String] = []
        for path in [inRuntimeFolder, service, inUserFolder, inTemporaryFolder].compactMap({ $0 })
        where !found.contains(path) {
            found.append(path)
        }
        return found
    }

    private var inRuntimeFolder: String? {
        // systemd gives several, with colons between them, where a unit asks for several.
        value("RUNTIME_DIRECTORY").map { "\($0.prefix { $0 != ":" })/\(pipeline).sock" }
    }

    private var inUserFolder: String? { value("XDG_RUNTIME_DIR").map { "\($0)/millrace-\(pipeline).sock" } }

    private var inTemporaryFolder: String { "\(value("TMPDIR") ?? "/tmp")/millrace-\(pipeline).sock" }

    private func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
}
