// swift-tools-version: 6.2
import PackageDescription

// A program of one's own on Millrace: its commands, its engine, and two kinds more.
let package = Package(
    name: "orders",
    products: [.executable(name: "orders", targets: ["Orders"])],
    dependencies: [.package(name: "millrace", path: "..")],
    targets: [
        .executableTarget(
            name: "Orders",
            dependencies: [
                .product(name: "Millrace", package: "millrace"),
                .product(name: "MillraceCommand", package: "millrace"),
                "CLibPQ",
            ]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    ],
    swiftLanguageModes: [.v6]
)
