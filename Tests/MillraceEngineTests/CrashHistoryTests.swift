import Millrace
import Platform
import Testing

@testable import MillraceEngine

/// What is concluded from deaths, and that it outlives the process.
@Suite struct CrashHistoryTests {
    private let shard = ShardID(topic: "t", partition: 1)
    private let other = ShardID(topic: "t", partition: 2)

    @Test func theThirdDeathFindsTheRecord() {
        var history = CrashHistory()
        history.died(holding: [(shard, 0..<1000)])
        #expect(history.suspects[shard]?.limit(from: 0) == nil, "one death says nothing")
        history.died(holding: [(shard, 400..<1400)])
        let suspects = history.suspects[shard]
        #expect(suspects == .init(deaths: 2, offsets: 400..<1000))
        #expect(suspects?.limit(from: 0) == 400 && suspects?.limit(from: 400) == 1 && suspects?.limit(from: 999) == 1)
        #expect(suspects?.limit(from: 1000) == nil && suspects?.isFound == false)
        history.died(holding: [(shard, 500..<501)])
        #expect(history.suspects[shard] == .init(deaths: 3, offsets: 500..<501))
        #expect(history.suspects[shard]?.isFound == true)
    }

    @Test func deathsByOtherCausesAddUpToNothing() {
        var history = CrashHistory()
        history.died(holding: [(shard, 0..<1000), (other, 5..<6)])
        history.died(holding: [(shard, 1000..<2000)])
        #expect(history.suspects[shard] == .init(deaths: 1, offsets: 1000..<2000))
        history.died(holding: [])
        history.died(holding: [(shard, 3000..<4000)])
        #expect(history.suspects[shard] == .init(deaths: 1, offsets: 3000..<4000))
        #expect(history.suspects[other] == .init(deaths: 1, offsets: 5..<6), "it was not in hand since")
        history.clear(shard)
        #expect(history.suspects[shard] == nil)
    }

    @Test func itIsKeptAsText() {
        var history = CrashHistory()
        history.died(holding: [(shard, 0..<1000), (other, 5..<6)])
        history.died(holding: [(other, 5..<6)])
        #expect(history.text == "t 1 0 1000 1\nt 2 5 6 2\n")
        #expect(CrashHistory(text: history.text) == history)
        #expect(CrashHistory(text: "t 1 0 1000\nt x 0 1 1\nt 1 9 3 1\n\nt 2 5 6 0\n") == CrashHistory())
    }

    @Test func theMarkerOutlivesItsProcess() throws {
        var random = SplitMix64.seededBySystem()
        let folder = "\(Environment.value("TMPDIR") ?? "/tmp")/crash-marker-tests-\(random.next())"
        defer {
            for name in (try? FileSystem.list(folder)) ?? [] { try? FileSystem.remove("\(folder)/\(name)") }
            try? FileSystem.removeFolder(folder)
        }
        for death in 1...3 {
            let marker = try CrashMarker(folder: folder, name: "p")
            #expect(marker.suspects(of: shard)?.deaths == (death == 1 ? nil : death - 1))
            // Another worker of the name meanwhile, which knows nothing of it.
            let second = try CrashMarker(folder: folder, name: "p")
            #expect(second.path != marker.path && second.suspects(of: shard) == nil)
            marker.hold(lane: 1, shard, 0..<10)
            marker.hold(lane: 0, other, 5..<6)
            marker.release(lane: 0)
        }
        let marker = try CrashMarker(folder: folder, name: "p")
        #expect(marker.suspects(of: shard) == .init(deaths: 3, offsets: 0..<10))
        #expect(marker.suspects(of: shard)?.isFound == false, "it was never in hand alone")
        #expect(marker.suspects(of: other) == nil)
        marker.end()
        #expect(FileSystem.exists(marker.path), "what is suspected is remembered")
        marker.clear(shard)
        marker.end()
        #expect(!FileSystem.exists(marker.path))
        // Somebody else's file by now.
        let next = try CrashMarker(folder: folder, name: "p")
        marker.end()
        #expect(FileSystem.exists(next.path))
    }
}
