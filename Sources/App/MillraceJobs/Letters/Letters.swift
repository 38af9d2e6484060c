import Millrace
import MillraceConfig

/// The dead letters of a pipeline, for those who only look: what is in the topic, and what of it was redriven.
public struct Letters {
    private let source: LetterTopic
    private let filter: LetterFilter
    private let book: RedriveBook?

    /// The letters of `config` that `filter` means; `folder` is where it is kept what was redriven, nil where nobody
    /// knows.
    ///
    /// Throws 78 where dead letters park or the topic is missing, 77 where it may not be read, 69 where no broker answers.
    public init(
        _ config: PipelineConfig, filter: LetterFilter, folder: StateFolder?, timeout: Int64
    ) throws(MillraceError) {
        source = try LetterTopic(config, timeout: timeout)
        self.filter = filter
        guard let folder else {
            book = nil
            return
        }
        do throws(MillraceError) {
            book = try RedriveLedger.look(pipeline: config.name, topic: source.topic, in: folder)
        } catch {
            source.close()
            throw error
        }
    }

    /// The topic.
    public var topic: String { source.topic }
    /// How many partitions it has.
    public var partitions: Int { source.partitions }

    /// Hands each of them to `take`, in the order of each partition.
    /// - Parameter payloads: Whether payloads are brought along.
    public func read(
        payloads: Bool, _ view: any JobView, _ take: (FoundLetter) throws(MillraceError) -> Void
    ) throws(MillraceError) {
        try source.read(filter, payloads: payloads, view) { (found) throws(MillraceError) in
            var found = found
            if let letter = found.letter, let book {
                found.isRedriven = book.isRedriven(
                    found.shard.partition, found.offset, LetterEntry.target(of: letter.stage))
            }
            try take(found)
        }
    }

    /// Ends the reading.
    public func close() { source.close() }
}
