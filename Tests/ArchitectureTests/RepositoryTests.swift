import Testing

/// The repository keeps to its rules. Everything here reads files and runs nothing.
@Suite struct RepositoryTests {
    private let repository: Repository
    private let manifest: Manifest

    init() throws {
        repository = try Repository.whole.get()
        manifest = Manifest(text: try repository.text("Package.swift"))
    }

    @Test func arrowsPointDown() {
        var above: [String: Floor] = [:]
        for row in moduleTable {
            for name in row.imports {
                let floor = above[name]
                #expect(floor != nil, "\(row.name) imports \(name), whose row does not stand above its own")
                #expect(floor.map { $0 <= row.floor } ?? true, "\(row.name) imports \(name) from a floor above")
            }
            above[row.name] = row.floor
        }
        let connectors = moduleTable.filter { $0.floor == .connectors }
        for row in connectors {
            #expect(connectors.allSatisfy { !row.imports.contains($0.name) }, "\(row.name) knows another connector")
        }
    }

    @Test func packageAgreesWithTheTable() {
        let built = Dictionary(manifest.rows.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        #expect(built.count == manifest.rows.count)
        for row in moduleTable {
            #expect(built[row.name]?.floor == row.floor, "\(row.name) stands on another floor in Package.swift")
            #expect(Set(built[row.name]?.imports ?? []) == Set(row.imports), "\(row.name) differs in Package.swift")
        }
        let table = Set(moduleTable.map(\.name))
        #expect(Set(built.keys).subtracting(table).isEmpty, "targets of Package.swift without a row in the table")
    }

    @Test func foldersAreTargets() {
        let named = Set(moduleTable.map { "Sources/\($0.floor.rawValue)/\($0.name)" })
        let found = Set(
            repository.paths.filter { $0.hasPrefix("Sources/") }
                .map { $0.split(separator: "/").prefix(3).joined(separator: "/") })
        #expect(found == named)
    }

    @Test func targetsImportWhatTheirRowsName() {
        var read = 0
        for row in moduleTable {
            for source in repository.sources(under: "Sources/\(row.floor.rawValue)/\(row.name)") {
                report(Rules.imports(of: source, row: row, table: moduleTable))
                read += 1
            }
        }
        #expect(read > moduleTable.count / 2, "too few sources read: are they elsewhere?")
    }

    @Test func testsImportWhatPackageNamesForThem() {
        for (name, allowed) in manifest.tests {
            for source in repository.sources(under: "Tests/\(name)") {
                report(Rules.imports(ofTest: source, allowed: allowed))
            }
        }
    }

    @Test func noTrapsInSources() {
        for source in repository.sources(under: "Sources") { report(Rules.traps(in: source)) }
    }

    @Test func unsafeCodeKeepsToItsPlaces() {
        for source in repository.sources(under: "Sources") { report(Rules.unsafeCode(in: source)) }
    }

    @Test func testsDoNotSleep() {
        for source in repository.sources(under: "Tests") { report(Rules.sleeps(in: source)) }
    }

    @Test func filesHoldOneIdea() throws {
        for path in repository.paths where path.hasSuffix(".swift") || path.hasSuffix(".py") || path.hasSuffix(".c") {
            // The specification stands there as it was written, to be compared with.
            if path.hasPrefix("Tests/Vectors/") { continue }
            report(Rules.length(path: path, text: try repository.text(path)))
        }
    }

    @Test func filesSpeakOfMillraceAlone() throws {
        for path in repository.paths {
            report(Rules.foreignWords(path: path, text: try repository.text(path)))
        }
    }

    private func report(_ findings: [Finding]) {
        for finding in findings { Issue.record("\(finding)") }
    }
}
