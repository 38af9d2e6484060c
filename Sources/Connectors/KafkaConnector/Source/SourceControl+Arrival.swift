import Kafka
import Millrace
import Platform

/// Gaining shards.
extension SourceControl {
    /// Reads what the group gave us, once it is known from where.
    func finishArrival(_ consumer: KafkaConsumer, _ now: Int64) {
        guard let (partitions, time) = arriving, now >= time, revoke == nil else { return }
        guard stopDeadline == nil else {
            arriving = nil
            return
        }
        do throws(KafkaError) {
            let finder = StartFinder(
                consumer: consumer, topics: settings.topics, start: settings.start, anew: doubts.topics,
                timeout: SourceControl.questionTimeout)
            let found = try finder.find(partitions)
            try begin(found, consumer)
            arriving = nil
        } catch {
            note(.warn, "waiting", [("for", "offsets"), ("group", settings.group), ("error", error.message)])
            arriving = (partitions, now + 1000)
        }
    }

    func begin(_ found: [StartFinder.Found], _ consumer: KafkaConsumer) throws(KafkaError) {
        let shards = found.map { ShardID(topic: $0.partition.topic, partition: $0.partition.partition) }
        var queues: [PartitionQueue] = []
        // Detached before assign: afterwards the first records would go to the main queue.
        for place in found {
            queues.append(try consumer.partitionQueue(place.partition.topic, place.partition.partition))
        }
        let places = zip(shards, found).map { shard, place in
            TopicPartition(
                shard.topic, shard.partition, offset: max(place.offset, beginnings[shard] ?? place.offset),
                metadata: place.metadata ?? "")
        }
        try consumer.assign(places)
        beginnings = [:]
        doubts.forget(shards.map(\.topic))
        let epoch = book.assign(shards)
        let activity: @Sendable () -> Void = { [pacer] in pacer?.noteActivity() }
        var assignments: [ShardAssignment] = []
        for (index, place) in found.enumerated() {
            let stall = FetchStall("\(shards[index])") { [wakeUp = source.wakeUp] in wakeUp.signal() }
            stalls[shards[index]] = stall
            let reader = SourceReader(
                queues[index], batchRecords: settings.batchRecords, start: places[index].offset,
                expected: place.offset, stall: stall,
                onEnd: { [view = source.view, shard = shards[index]] readTo, end in
                    view.withLock { $0.tails[shard] = ReadTail(readTo: readTo, end: end) }
                }, activity: activity)
            assignments.append(
                ShardAssignment(
                    shard: shards[index], epoch: epoch, checkpoint: place.offset,
                    metadata: place.metadata.map { CommitTrace.read($0).cursors },
                    isFirstStart: place.isFirst, reader: reader))
        }
        pacer?.setPartitions(places)
        nextLook = 0
        source.view.withLock { view in
            view.hasJoined = true
            view.trouble = nil
            view.exclusion = nil
            for (shard, place) in zip(shards, found) {
                view.committed[shard] = place.isFirst ? nil : place.offset
                view.tails[shard] = nil
                view.pending[shard] = nil
            }
        }
        let first = zip(found, places).filter { $0.0.isFirst }.map { $0.1 }
        // So that it is remembered where the group began, whatever happens before the first checkpoint.
        if !first.isEmpty { try? consumer.commit(first.map(SourceControl.signed), tag: 0) }
        note(.info, "assigned", [("shards", ShardNames.text(shards)), ("epoch", String(epoch))])
        for note in MovedOffsets.notes(found, group: settings.group) { source.notes.note(note) }
        owner.assign(assignments)
    }
}
