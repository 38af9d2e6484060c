import Platform
import Testing

/// The reference of the public targets.
@Suite struct ReferenceTests {
    /// DocC finds nothing to warn of. What was built for these tests is what it reads.
    @Test func theReferenceBuildsWithoutWarnings() throws {
        let ended = try Program(
            shell:
                "'\(repositoryFolder)/scripts/docs' --built '\(try Program.folderOfTests())' --into \"$PWD/docs\" 2>&1"
        ).end()
        #expect(ended.code == 0, "\(ended.output)")
        #expect(ended.output.contains("docs: no warnings"))
    }
}
