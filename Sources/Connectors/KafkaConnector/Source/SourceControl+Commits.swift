import Kafka
import Millrace
import Platform

/// Commits.
extension SourceControl {
    func commit(_ consumer: KafkaConsumer) {
        guard committing == nil, revoke == nil, !isFenced else { return }
        let due = doubts.sure(book.uncommitted())
        guard !due.isEmpty else { return }
        let tag = nextTag
        nextTag += 1
        do {
            try consumer.commit(due.map(SourceControl.place), tag: tag)
            committing = (tag, due)
        } catch {
            source.view.withLock { $0.commitFailures += 1 }
            note(.warn, "commit-failed", [("error", error.message)])
        }
    }

    func finish(_ result: CommitResult) {
        guard let (tag, acknowledgements) = committing, tag == result.tag else { return }
        committing = nil
        guard let failure = result.failure else {
            remember(acknowledgements)
            return
        }
        report(failure, of: acknowledgements)
    }

    @discardableResult
    func commitAndWait(_ consumer: KafkaConsumer, _ shards: [ShardID]?, timeout: Duration) -> Bool {
        let all = book.uncommitted(shards)
        let due = doubts.sure(all)
        guard !due.isEmpty else { return all.isEmpty }
        guard !isFenced else { return false }
        do {
            try consumer.commitAndWait(due.map(SourceControl.place), timeout: timeout)
            remember(due)
            return due.count == all.count
        } catch {
            report(error, of: due)
            return false
        }
    }

    private func remember(_ committed: [Acknowledgement]) {
        for acknowledgement in committed { book.committed(acknowledgement) }
        source.view.withLock { view in
            for acknowledgement in committed { view.committed[acknowledgement.shard] = acknowledgement.checkpoint }
        }
    }

    /// A commit was refused. For its generation: the shards have another owner, who reads again what we could not commit.
    private func report(_ failure: KafkaError, of acknowledgements: [Acknowledgement]) {
        if failure.code == .unknownTopicOrPartition { doubt(acknowledgements.map(\.shard.topic)) }
        source.view.withLock { $0.commitFailures += 1 }
        let isLost = [KafkaErrorCode.illegalGeneration, .unknownMember, .fencedInstance].contains(failure.code)
        var fields: [(name: String, value: String)] = [("group", settings.group), ("error", failure.message)]
        if isLost {
            fields.append(("note", "the shards have another owner; what was not committed is delivered again"))
        }
        note(.warn, "commit-failed", fields)
    }

    static func place(_ acknowledgement: Acknowledgement) -> TopicPartition {
        signed(
            TopicPartition(
                acknowledgement.shard.topic, acknowledgement.shard.partition, offset: acknowledgement.checkpoint,
                metadata: acknowledgement.metadata))
    }

    /// `place`, saying who commits it.
    static func signed(_ place: TopicPartition) -> TopicPartition {
        var place = place
        place.metadata = CommitTrace(.worker).metadata(place.metadata)
        return place
    }
}
