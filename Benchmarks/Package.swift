// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nothing of it is built with the product. scripts/bench builds and runs it.

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "millrace", path: "..")],
    targets: [
        .executableTarget(
            name: "Bench",
            dependencies: [
                "CFloor", .product(name: "Millrace", package: "millrace"),
                .product(name: "MillraceCommand", package: "millrace"),
                .product(name: "MillraceParts", package: "millrace"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
                .enableExperimentalFeature("Lifetimes"),
            ]),
        // The C that ratios refer to. cprobe.c and fill.c are programs of their own, which scripts/bench compiles.
        .target(
            name: "CFloor", path: "Floor", sources: ["b64.c", "json.c"], cSettings: [.unsafeFlags(["-O3", "-w"])]),
    ],
    cLanguageStandard: .gnu17
)
