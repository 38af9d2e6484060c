import Platform
import Testing

@testable import MillraceCommand

/// The config to start from.
@Suite struct InitTests {
    @Test func itIsTheQuickstart() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = String(decoding: try FileSystem.contents(of: root + "/config/quickstart.yaml"), as: UTF8.self)
        let ran = try Ran(["init"])
        #expect(ran.code == 0)
        #expect(ran.output == file)
    }
}
