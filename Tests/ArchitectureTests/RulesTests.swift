import Testing

/// Each rule fails on planted text and passes on the like of it that is right.
@Suite struct RulesTests {
    private let row = Row(.core, "MillraceMachines", ["Millrace"])

    private func source(_ text: String, path: String = "Sources/Core/MillraceMachines/A.swift") -> SourceText {
        SourceText(path: path, text: text)
    }

    @Test(arguments: [
        "import Foundation", "import FoundationEssentials", "import Kafka", "import struct Platform.Clock",
        "public import MillraceEngine", "@testable import MillraceTransforms", "import Dispatch",
    ])
    func anImportOutsideTheRowIsFound(_ line: String) {
        let found = Rules.imports(of: source("// one\n\(line)\n"), row: row, table: moduleTable)
        #expect(found.map(\.line) == [2])
    }

    @Test(arguments: [
        "import Millrace", "public import Millrace", "import Glibc", "// import Kafka", "import Synchronization",
    ])
    func anImportOfTheRowPasses(_ line: String) {
        #expect(Rules.imports(of: source(line), row: row, table: moduleTable).isEmpty)
    }

    @Test func aTestImportsItsRowAlone() {
        let text = source(
            "import Testing\nimport Kafka\n@testable import Millrace", path: "Tests/MillraceTests/A.swift")
        #expect(Rules.imports(ofTest: text, allowed: ["Millrace"]).map(\.line) == [2])
    }

    @Test(arguments: ["let a = try! b()", "let a = b as! C", "fatalError(\"x\")", "preconditionFailure()"])
    func aTrapIsFound(_ line: String) {
        #expect(Rules.traps(in: source("\n\n" + line)).map(\.line) == [3])
    }

    @Test func wordsInCommentsAndLiteralsAreNoCode() {
        let text = """
            // try! and unsafe and fatalError(
            /* import Kafka
               try! */
            let a = "try! \\" unsafe" // fatalError(
            let b = \"""
                import Kafka
                unsafe try!
                \"""
            """
        #expect(Rules.traps(in: source(text)).isEmpty)
        #expect(Rules.unsafeCode(in: source(text)).isEmpty)
        #expect(Rules.imports(of: source(text), row: row, table: moduleTable).isEmpty)
    }

    @Test func codeBehindALiteralIsCode() {
        #expect(Rules.traps(in: source("let a = f(\"// no comment\"); let b = try! g()")).count == 1)
        #expect(Rules.traps(in: source("let a = \"\"\"\n  x\n  \"\"\"; try! g()")).map(\.line) == [3])
    }

    @Test(arguments: [
        "usleep(10)", "Thread.sleep(forTimeInterval: 1)", "try await Task.sleep(for: .seconds(1))", "sleep(1)",
    ])
    func aSleepIsFound(_ line: String) {
        #expect(!Rules.sleeps(in: source(line)).isEmpty)
    }

    @Test func aNameThatContainsSleepPasses() {
        #expect(Rules.sleeps(in: source("wakeFromsleep(1); let sleeping = 2")).isEmpty)
    }

    @Test func unsafeCodeHasItsPlaces() {
        let text = "let a = unsafe b.pointee"
        #expect(Rules.unsafeCode(in: source(text)).map(\.line) == [1])
        #expect(Rules.unsafeCode(in: source(text, path: "Sources/Libraries/Kafka/Consumer.swift")).isEmpty)
        #expect(Rules.unsafeCode(in: source(text, path: "Sources/Core/Millrace/Batch+Views.swift")).isEmpty)
        #expect(!Rules.unsafeCode(in: source(text, path: "Sources/Core/Millrace/Sink.swift")).isEmpty)
        #expect(Rules.unsafeCode(in: source("let unsafeThing = 1")).isEmpty)
    }

    @Test func aLongFileIsFound() {
        let line = "let a = 1\n"
        #expect(Rules.length(path: "A.swift", text: String(repeating: line, count: longestFile)).isEmpty)
        #expect(Rules.length(path: "A.swift", text: String(repeating: line, count: longestFile + 1)).count == 1)
    }

    @Test func aPathOfOneMachineIsFound() {
        let path = "/wo" + "rk/x"
        #expect(Rules.foreignWords(path: "README.md", text: "a\ncd \(path)\n").map(\.line) == [2])
        #expect(Rules.foreignWords(path: "README.md", text: "our work/x").isEmpty)
    }

    @Test func theManifestIsRead() {
        let manifest = Manifest(
            text: """
                func room(_ floor: String) -> Target { .target(name: floor) }
                let package = Package(
                    targets: [
                        .executableTarget(
                            name: "CLI", dependencies: ["Command"], path: "Sources/App/CLI", swiftSettings: strict),
                        room("Core", "One"),
                        room(
                            "App", "Two",
                            ["One", "Three"]),
                        system("CThing", pkgConfig: "thing", apt: "libthing-dev"),
                        .target(name: "CCode", path: "Sources/C/CCode", cSettings: strictC),
                        tests("OneTests", ["One", "Two"]),
                    ])
                """)
        #expect(
            manifest.rows == [
                Row(.app, "CLI", ["Command"]), Row(.core, "One"), Row(.app, "Two", ["One", "Three"]), Row(.c, "CThing"),
                Row(.c, "CCode"),
            ])
        #expect(manifest.tests == ["OneTests": ["One", "Two"]])
    }
}
