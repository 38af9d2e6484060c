import Millrace
import Platform

/// Records in a file a shard: a payload and a line feed each, or its length and the payload.
///
/// `accepted` is said as soon as a delivery's lines are copied to the sink's memory, `durable` when they are synced and
/// the state file beside them says so (see ``FileState`` for the order of things and what it promises). One thread
/// writes and syncs all files; each shard and epoch has a file of its own there, which is locked while it is open.
final class FileSink: Sink {
    /// How many deliveries of a shard may be on their way: each is accepted while it is submitted, so a few hide the way
    /// of the answer.
    static let window = 4

    let ordering = SinkOrdering.pipelined(FileSink.window)
    let answerTime: Int64
    private let name: String
    private let template: PathTemplate
    private let framing: Framing
    private let chunkSize: Int
    private let writer: FileWriter
    private let claim: PathClaim

    /// A sink that writes to `template`'s files, which are claimed by `claim`; `memory` bounds the lines that are not written
    /// yet, in bytes.
    init(
        name: String, template: PathTemplate, claim: PathClaim, limits: FileState.Limits, memory: Int,
        notes: any NoteTaker
    ) throws(SystemError) {
        self.name = name
        self.template = template
        self.claim = claim
        answerTime = limits.sync
        framing = limits.framing
        // A file is finished before a chunk that would make it too long: with small files, small chunks.
        chunkSize = Int(min(256 << 10, limits.rotate ?? .max))
        writer = try FileWriter(name: name, limits: limits, memory: memory, notes: notes)
    }

    func open(_ lane: LaneContext) throws(MillraceError) -> any SinkLane {
        FileSinkLane(lane: lane, template: template, framing: framing, chunkSize: chunkSize, writer: writer)
    }

    func close() {
        writer.close()
        claim.release()
    }
}
