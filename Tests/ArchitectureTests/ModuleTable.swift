/// The floors, the lowest first: arrows point down, or sideways to a target whose row stands further up in the table.
enum Floor: String, CaseIterable, Comparable {
    case c = "C"
    case libraries = "Libraries"
    case core = "Core"
    case connectors = "Connectors"
    case app = "App"

    /// How many floors lie below.
    var height: Int { Self.allCases.prefix(while: { $0 != self }).count }

    static func < (left: Floor, right: Floor) -> Bool { left.height < right.height }

    /// What a target of this floor may import besides our own: the C library and atomics everywhere, and the small
    /// half of Foundation only where no record passes.
    var systemModules: Set<String> {
        switch self {
        case .c: []
        case .libraries, .core, .connectors: ["Glibc", "Synchronization"]
        case .app: ["Glibc", "Synchronization", "FoundationEssentials"]
        }
    }
}

/// A target and everything of ours that it may import.
struct Row: Equatable {
    let floor: Floor
    let name: String
    let imports: [String]

    init(_ floor: Floor, _ name: String, _ imports: [String] = []) {
        self.floor = floor
        self.name = name
        self.imports = imports
    }
}

/// The agreed modules. A new target is a row here, a line in Package.swift and a folder; a new arrow is a decision, and
/// this is the place where it is taken.
let moduleTable: [Row] = [
    Row(.c, "CRdkafka"),
    Row(.c, "CYaml"),
    Row(.c, "CKernels"),
    Row(.c, "CSimdjson"),
    Row(.c, "CPlatform"),
    Row(.c, "CMicrohttpd"),
    Row(.c, "CCurl"),
    Row(.c, "CCrypto"),

    Row(.libraries, "Kafka", ["CRdkafka"]),
    Row(.libraries, "YAML", ["CYaml"]),
    Row(.libraries, "JSON", ["CSimdjson"]),
    Row(.libraries, "Codecs", ["CKernels"]),
    Row(.libraries, "Platform", ["CPlatform"]),
    Row(.libraries, "HTTPServer", ["CMicrohttpd", "Platform"]),
    Row(.libraries, "HTTPClient", ["CCurl", "Platform"]),
    Row(.libraries, "Digests", ["CCrypto"]),

    Row(.core, "Millrace"),
    Row(.core, "MillraceMachines", ["Millrace"]),
    Row(.core, "MillraceTransforms", ["Millrace", "JSON", "Codecs"]),
    Row(.core, "MillraceEngine", ["Millrace", "MillraceMachines", "MillraceTransforms", "Platform"]),

    Row(.connectors, "KafkaConnector", ["Millrace", "Kafka", "Platform"]),
    Row(.connectors, "FileSink", ["Millrace", "Platform"]),
    Row(.connectors, "StdoutSink", ["Millrace", "Platform"]),
    Row(.connectors, "HTTPSink", ["Millrace", "HTTPClient", "JSON", "Codecs", "Platform"]),

    Row(.app, "MillraceConfig", ["Millrace", "YAML"]),
    Row(
        .app, "MillraceService",
        ["Millrace", "MillraceConfig", "MillraceEngine", "Digests", "HTTPServer", "HTTPClient", "Platform"]),
    Row(
        .app, "MillraceJobs",
        [
            "Millrace", "MillraceConfig", "MillraceService", "MillraceEngine", "KafkaConnector", "Kafka", "Codecs",
            "Platform",
        ]),
    Row(
        .app, "MillraceCommand",
        [
            "Millrace", "MillraceJobs", "MillraceService", "MillraceConfig", "MillraceEngine", "MillraceTransforms",
            "KafkaConnector", "FileSink", "StdoutSink", "HTTPSink", "Kafka", "Codecs", "Platform",
        ]),
    Row(.app, "MillraceCLI", ["MillraceCommand"]),
    Row(.app, "MillraceGenerator", ["Millrace", "MillraceCommand", "Platform"]),
]

/// Files outside the Libraries floor that may hold unsafe code, as a path prefix: the batch and what it is built of.
let unsafePlaces: [String] = ["Batch", "Record", "Arena", "Scratch", "BatchBuilder", "Delivery"].map {
    "Sources/Core/Millrace/" + $0
}

/// A file longer than this holds more than one idea.
let longestFile = 450
