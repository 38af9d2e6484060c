import Glibc
import Millrace
import SimulationWorld
import Testing

/// A revoke in every state.
@Suite struct RevokeTests {
    private let rows = RevokeTable.rows

    @Test func nothingIsSkipped() {
        #expect(rows.count >= 12)
        for row in rows {
            for end in [row.answered, row.unanswered] {
                // The next owner begins at the checkpoint, and no required sink misses what lies behind it.
                #expect(end.committed.offset >= 0, "\(row.state): nothing was committed")
                let seen = end.first[0].flatMap { Int64($0.prefix { $0 != "." }) } ?? 8
                #expect(seen >= end.committed.offset, "\(row.state)")
            }
            #expect(row.unanswered.committed <= row.answered.committed, "\(row.state)")
        }
    }

    @Test func theTableInTheDocumentsIsTrue() throws {
        let path = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/docs/simulation.md"
        guard let file = unsafe fopen(path, "r") else {
            Issue.record("no docs/simulation.md")
            return
        }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        unsafe fclose(file)
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        #expect(text.contains(RevokeTable.text), "MillraceSimulation --revokes prints the table")
    }
}
