import Kafka
import Millrace

/// Topics that may have been deleted, and made anew under their names. Pure.
///
/// The log of a topic made anew begins at 0 again, and nothing in this version of the protocol tells it from the old one:
/// whoever reads on at the old place passes over what it begins with, unnoticed where it is that long already. But with a
/// topic a broker forgets what groups have committed of it. So from the first sign on nothing of a topic is committed (it
/// would look like a checkpoint of the new log), and once it is there the group is asked: what has been forgotten is
/// another log.
struct TopicDoubts {
    private(set) var topics: Set<String> = []

    /// There is a sign that `topic` was deleted.
    mutating func doubt(_ topic: String) { topics.insert(topic) }

    /// The topics to ask the group about for whoever owns `shards`. One of which nothing is owned is its owners' to ask
    /// about; here it stays in doubt, as a shard of it that comes back may be of another log.
    func questions(_ shards: [ShardID]) -> Set<String> {
        topics.isEmpty ? [] : topics.intersection(shards.map(\.topic))
    }

    /// What of `acknowledgements` may be committed.
    func sure(_ acknowledgements: [Acknowledgement]) -> [Acknowledgement] {
        topics.isEmpty ? acknowledgements : acknowledgements.filter { !topics.contains($0.shard.topic) }
    }

    /// What the group has `committed` of all shards of topics that are there: those of which it knows everything are no
    /// longer in doubt, the others are the answer. They stay in doubt until they are assigned.
    mutating func settle(_ committed: [TopicPartition]) -> Set<String> {
        let answered = Set(committed.filter { $0.error == .none }.map(\.topic)).intersection(topics)
        let forgotten = Set(committed.filter { $0.error == .none && $0.realOffset == nil }.map(\.topic))
        topics.subtract(answered.subtracting(forgotten))
        return answered.intersection(forgotten)
    }

    /// Shards of `topics` are read from where they are to be now.
    mutating func forget(_ topics: some Sequence<String>) { self.topics.subtract(topics) }
}
