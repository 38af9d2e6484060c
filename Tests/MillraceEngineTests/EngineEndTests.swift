import Millrace
import MillraceEngine
import Platform
import Testing

/// An engine that ended is gone with what belongs to it once nobody holds it: a process may have many, one after the other.
@Suite struct EngineEndTests {
    /// What is left of a rig whose owner has let go of it.
    private final class Remains {
        weak var engine: Engine?
        weak var source: MemorySource?
        weak var ears: Ears?
        weak var letters: MemoryLetters?
        weak var sink: MemorySink?

        init(_ rig: Rig, _ sink: MemorySink) {
            engine = rig.engine
            source = rig.source
            ears = rig.ears
            letters = rig.letters
            self.sink = sink
        }

        var names: [String] {
            let all: [(String, AnyObject?)] = [
                ("engine", engine), ("source", source), ("observer", ears), ("letters", letters), ("sink", sink),
            ]
            return all.filter { $0.1 != nil }.map(\.0)
        }
    }

    /// Runs a rig to its end, in a frame of its own so that nothing of it is held on the stack.
    @inline(never)
    private func remains(
        _ payloads: [[[UInt8]?]], _ make: () -> MemorySink, _ body: (Rig, MemorySink) -> Void
    ) throws -> Remains {
        let sink = make()
        let rig = try Rig(payloads, [.init(name: "a", sink: sink)])
        body(rig, sink)
        return Remains(rig, sink)
    }

    private static let payloads = (0..<3).map { shard in (0..<500).map { Array("\(shard):\($0)".utf8) as [UInt8]? } }

    @Test func nothingIsLeftOfAnEngineThatEnded() throws {
        let remains = try remains(Self.payloads, { MemorySink(.pipelined(3)) }) { rig, _ in
            #expect(rig.source.waitForEnd())
            #expect(rig.finish()?.isBalanced == true)
        }
        #expect(remains.names.isEmpty)
    }

    @Test func nothingIsLeftOfAnEngineThatEndedInTrouble() throws {
        let refuses: @Sendable ([UInt8]?) -> FailureClass? = { $0 == Array("0:7".utf8) ? .rejected : nil }
        let remains = try remains(Self.payloads, { MemorySink(judge: refuses) }) { rig, sink in
            sink.setAway(true)
            #expect(waitUntil { sink.calls > 0 })
            _ = rig.finish(within: 200)
        }
        #expect(remains.names.isEmpty)
    }

    @Test func nothingIsLeftOfAnEngineThatDidNotStart() throws {
        weak var source: MemorySource?
        weak var ears: Ears?
        do {
            let (made, hearing) = (MemorySource([]), Ears())
            source = made
            ears = hearing
            let plan = PipelinePlan(
                name: "p", group: "g", sinks: [.init(name: "a", sink: ClosedSink())], deadLetters: .park)
            #expect(throws: MillraceError.self) { try Engine(plan, source: made, observer: hearing, notes: hearing) }
        }
        #expect(source == nil && ears == nil)
    }
}

/// A sink that does not open.
private final class ClosedSink: Sink {
    let ordering = SinkOrdering.ordered
    func open(_ lane: LaneContext) throws(MillraceError) -> any SinkLane { throw MillraceError(.config, "closed") }
    func close() {}
}
