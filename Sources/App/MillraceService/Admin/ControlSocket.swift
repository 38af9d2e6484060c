import Platform

/// Where the control socket of a pipeline lies.
public struct ControlSocket: Sendable {
    /// The pipeline's name.
    public let pipeline: String
    /// What the config says.
    public let configured: String?
    private let variable: @Sendable (String) -> String?
    private let folders: @Sendable (String) -> [String]

    /// The socket of `pipeline`, whose config says `configured` (`admin.socket`).
    public init(pipeline: String, configured: String?) {
        self.init(
            pipeline: pipeline, configured: configured, folders: { (try? FileSystem.list($0)) ?? [] },
            variable: { Environment.value($0) })
    }

    init(
        pipeline: String, configured: String?, folders: @escaping @Sendable (String) -> [String] = { _ in [] },
        variable: @escaping @Sendable (String) -> String?
    ) {
        self.folders = folders
        self.pipeline = pipeline
        self.configured = configured
        self.variable = variable
    }

    /// Where a worker makes it.
    public var path: String { configured ?? inRuntimeFolder ?? inUserFolder ?? inTemporaryFolder }

    /// Where a client looks, in this order: it may not have the worker's variables.
    public var candidates: [String] {
        if let configured { return [configured] }
        // A folder an instance: the unit is named after the config's file, the socket after the pipeline.
        let service = ControlSocket.services
        let instances = folders(service).filter { !$0.hasSuffix(".sock") }.map { "\(service)/\($0)/\(pipeline).sock" }
        var found: [String] = []
        let others = [inUserFolder, inTemporaryFolder]
        for path in ([inRuntimeFolder] + instances + ["\(service)/\(pipeline).sock"] + others).compactMap({ $0 })
        where !found.contains(path) {
            found.append(path)
        }
        return found
    }

    /// Where services have their sockets, each in a folder of its own or in this one.
    private static let services = "/run/millrace"

    private var inRuntimeFolder: String? {
        // systemd gives several, with colons between them, where a unit asks for several.
        value("RUNTIME_DIRECTORY").map { "\($0.prefix { $0 != ":" })/\(pipeline).sock" }
    }

    private var inUserFolder: String? { value("XDG_RUNTIME_DIR").map { "\($0)/millrace-\(pipeline).sock" } }

    private var inTemporaryFolder: String { "\(value("TMPDIR") ?? "/tmp")/millrace-\(pipeline).sock" }

    private func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
}
