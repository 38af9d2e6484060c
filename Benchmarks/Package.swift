// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nothing of it is built with the product. scripts/bench builds and runs it.

// Set by scripts/bench where the machine has no AVX-512: the C loop's scanner in its other form.
let floor: [CSetting] = Context.environment["FLOOR_AVX2"] == nil ? [] : [.define("FLOOR_AVX2")]

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
            name: "CFloor", path: "Floor", sources: ["b64.c", "json.c"],
            cSettings: [.unsafeFlags(["-O3", "-w"])] + floor),
    ],
    cLanguageStandard: .gnu17
)
