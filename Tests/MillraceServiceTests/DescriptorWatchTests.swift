import Millrace
import Testing

@testable import MillraceService

@Suite("What is said where too few descriptors may be open")
struct DescriptorWatchTests {
    @Test("A limit that is too low is told at the start, with what to do") func start() throws {
        let note = try #require(DescriptorWatch.startNote(limit: 64))
        #expect(note.fields.contains { $0 == ("limit", "64") })
        #expect(note.fields.contains { $0.name == "fix" && $0.value.contains("LimitNOFILE=") })
        #expect(DescriptorWatch.startNote(limit: 256) == nil)
    }

    @Test("That nothing more is opened is told") func full() throws {
        #expect(DescriptorWatch.note(open: 40, limit: 64) == nil)
        #expect(try #require(DescriptorWatch.note(open: 54, limit: 64)).fields.contains { $0 == ("open", "54") })
        #expect(DescriptorWatch.note(open: 1_000, limit: 1_024) == nil)
        #expect(DescriptorWatch.note(open: 1_006, limit: 1_024) != nil)
        // Where the list cannot be read, it is told if few may be open; else there may be no list at all.
        #expect(DescriptorWatch.note(open: nil, limit: 64) != nil)
        #expect(DescriptorWatch.note(open: nil, limit: 65_536) == nil)
    }
}
