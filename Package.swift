// swift-tools-version: 6.2
import PackageDescription

// Five floors, a folder each under Sources; arrows point down only. What a target may import is what its row
// names and nothing else: Tests/ArchitectureTests reads the sources and fails on any other arrow.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]
let strictC: [CSetting] = [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]

/// A Swift target of ours on one of the floors.
func room(_ floor: String, _ name: String, _ imports: [String] = []) -> Target {
    .target(
        name: name, dependencies: imports.map { .byName(name: $0) }, path: "Sources/\(floor)/\(name)",
        swiftSettings: strict)
}

/// A Debian C library behind a module map.
func system(_ name: String, pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A test target; it may import what it tests and what it needs to set that up.
func tests(_ name: String, _ imports: [String], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: imports.map { .byName(name: $0) }, path: "Tests/\(name)", resources: resources,
        swiftSettings: strict)
}

/// `MILLRACE_TESTS=JSONTests,YAMLTests swift test` builds these test targets alone, which is many times faster.
let wanted = Context.environment["MILLRACE_TESTS"].map { Set($0.split(separator: ",").map(String.init)) }

let package = Package(
    name: "millrace",
    products: [
        .executable(name: "millrace", targets: ["MillraceCLI"]),
        .library(name: "Millrace", targets: ["Millrace"]),
        .library(name: "MillraceCommand", targets: ["MillraceCommand"]),
        // For Benchmarks/ alone: parts that are measured by themselves. Nothing of it is promised to anybody.
        .library(
            name: "MillraceParts",
            targets: [
                "MillraceEngine", "MillraceConfig", "MillraceMachines", "MillraceTransforms", "Codecs", "Platform",
            ]),
    ],
    targets: [
        // App
        .executableTarget(
            name: "MillraceCLI", dependencies: ["MillraceCommand"], path: "Sources/App/MillraceCLI",
            swiftSettings: strict,
            // The process's allocator: librdkafka makes an object a record on one thread and frees it on another.
            linkerSettings: [.linkedLibrary("mimalloc")]),
        .executableTarget(
            name: "MillraceGenerator", dependencies: ["Millrace", "MillraceCommand", "Platform"],
            path: "Sources/App/MillraceGenerator", swiftSettings: strict),
        room(
            "App", "MillraceCommand",
            [
                "Millrace", "MillraceJobs", "MillraceService", "MillraceConfig", "MillraceEngine", "MillraceTransforms",
                "KafkaConnector",
                "FileSink", "StdoutSink", "HTTPSink", "Kafka", "Codecs", "Platform",
            ]),
        room(
            "App", "MillraceService",
            [
                "Millrace", "MillraceConfig", "MillraceEngine", "Digests", "HTTPServer", "HTTPClient", "Platform",
            ]),
        room(
            "App", "MillraceJobs",
            [
                "Millrace", "MillraceConfig", "MillraceService", "MillraceEngine", "KafkaConnector", "Kafka", "Codecs",
                "Platform",
            ]),
        room("App", "MillraceConfig", ["Millrace", "YAML"]),
        // Connectors
        room("Connectors", "KafkaConnector", ["Millrace", "Kafka", "Platform"]),
        room("Connectors", "FileSink", ["Millrace", "Platform"]),
        room("Connectors", "StdoutSink", ["Millrace", "Platform"]),
        room("Connectors", "HTTPSink", ["Millrace", "HTTPClient", "JSON", "Codecs", "Platform"]),
        // Core
        room("Core", "MillraceEngine", ["Millrace", "MillraceMachines", "MillraceTransforms", "Platform"]),
        room("Core", "MillraceTransforms", ["Millrace", "JSON", "Codecs"]),
        room("Core", "MillraceMachines", ["Millrace"]),
        room("Core", "Millrace"),
        // Libraries
        room("Libraries", "Kafka", ["CRdkafka"]),
        room("Libraries", "YAML", ["CYaml"]),
        room("Libraries", "JSON", ["CSimdjson"]),
        room("Libraries", "Codecs", ["CKernels"]),
        room("Libraries", "Platform", ["CPlatform"]),
        room("Libraries", "HTTPServer", ["CMicrohttpd", "Platform"]),
        room("Libraries", "HTTPClient", ["CCurl", "Platform"]),
        room("Libraries", "Digests", ["CCrypto"]),
        // C
        system("CRdkafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
        system("CYaml", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        system("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        .target(name: "CKernels", path: "Sources/C/CKernels", cSettings: strictC),
        .target(
            name: "CSimdjson", path: "Sources/C/CSimdjson",
            cxxSettings: [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)],
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CPlatform", path: "Sources/C/CPlatform", cSettings: strictC),
        // Tests
        .target(
            name: "TestBroker", dependencies: ["Kafka"], path: "Tests/TestBroker", swiftSettings: strict),
        .target(
            name: "SimulationWorld", dependencies: ["Millrace", "MillraceMachines"], path: "Tests/Simulation/World",
            swiftSettings: strict),
        .executableTarget(
            name: "MillraceSimulation", dependencies: ["SimulationWorld"], path: "Tests/Simulation/Runner",
            swiftSettings: strict),
        // A user's program with a transform that does not survive everything.
        .executableTarget(
            name: "MillraceFragile", dependencies: ["Millrace", "MillraceCommand"], path: "Tests/Fragile",
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["SimulationWorld", "Millrace"], path: "Tests/Simulation/Tests",
            swiftSettings: strict),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Millrace", "MillraceCommand", "MillraceConfig", "MillraceTransforms", "Codecs", "JSON",
            ], path: "Tests/Fuzz/Targets", swiftSettings: strict),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Tests", swiftSettings: strict),
        tests("ArchitectureTests", []),
        tests("KafkaTests", ["Kafka", "TestBroker"]),
        tests("YAMLTests", ["YAML"]),
        tests("JSONTests", ["JSON"]),
        tests("CodecsTests", ["Codecs"]),
        tests("PlatformTests", ["Platform"]),
        tests("HTTPServerTests", ["HTTPServer", "HTTPClient", "Platform"]),
        tests("MillraceTests", ["Millrace", "Platform"]),
        tests("MillraceMachinesTests", ["Millrace", "MillraceMachines"]),
        tests("MillraceTransformsTests", ["Millrace", "MillraceTransforms", "Codecs"]),
        tests(
            "MillraceEngineTests", ["Millrace", "MillraceEngine", "MillraceMachines", "MillraceTransforms", "Platform"]),
        tests("MillraceConfigTests", ["Millrace", "MillraceConfig", "YAML"]),
        tests(
            "KafkaConnectorTests",
            ["Millrace", "MillraceEngine", "MillraceMachines", "KafkaConnector", "Kafka", "Platform", "TestBroker"]),
        tests("HTTPSinkTests", ["Millrace", "HTTPSink", "HTTPClient", "JSON", "Platform"]),
        tests("FileSinkTests", ["Millrace", "FileSink", "StdoutSink", "Platform"]),
        tests("MillraceJobsTests", ["Millrace", "MillraceEngine", "MillraceJobs", "KafkaConnector", "Platform"]),
        tests(
            "MillraceServiceTests",
            [
                "MillraceService", "MillraceConfig", "MillraceEngine", "Millrace", "HTTPServer", "HTTPClient",
                "Platform",
            ]),
        tests(
            "MillraceCommandTests",
            ["MillraceCommand", "MillraceService", "MillraceConfig", "Millrace", "Kafka", "Platform"]),
    ],
    cLanguageStandard: .c17, cxxLanguageStandard: .cxx20
)

// libFuzzer brings a `main` of its own, which links in a build with `--sanitize=fuzzer` alone: scripts/fuzz.
if Context.environment["MILLRACE_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "MillraceFuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Runner", swiftSettings: strict))
}

if let wanted {
    package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}
