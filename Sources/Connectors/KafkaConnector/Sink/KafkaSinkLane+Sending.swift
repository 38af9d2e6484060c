import Kafka
import Millrace

extension KafkaSinkLane {
    /// Gives the taken records of a delivery to the main producer, partition by partition, in order in each.
    ///
    /// A record that is too large for the topic (`limit`) or for the producer ends its partition: nothing of the delivery
    /// that stands behind it there is sent.
    func send(_ slot: Int, limit: Int?, by outlet: SinkOutlet) {
        guard let flight = flights[slot] else { return }
        sort(flight.delivery, flight.taken, by: outlet)
        let clientLimit = settings.clientLimit(.main, limit: outlet.connection.limit)
        var start = 0
        while start < order.count {
            let partition = partitions[order[start]]
            var end = start + 1
            while end < order.count && partitions[order[end]] == partition { end += 1 }
            let run = SinkRun(
                delivery: flight.delivery, slot: slot, partition: partition, limit: limit, clientLimit: clientLimit)
            send(run, start..<end, by: outlet)
            start = end
        }
    }

    /// Fills `partitions` by record, and `order` with the records by partition.
    private func sort(_ delivery: Delivery, _ taken: Int, by outlet: SinkOutlet) {
        choose(delivery, taken, by: outlet)
        // The arrays, out of the object: a stored variable is checked for exclusive access at every use.
        let partitions = partitions
        var order: [Int] = []
        swap(&order, &self.order)
        defer { swap(&order, &self.order) }
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: 0..<taken)
        guard let first = partitions.first, partitions.contains(where: { $0 != first }) else { return }
        var starts = Array(repeating: 0, count: Int(partitions.max() ?? 0) + 2)
        for partition in partitions { starts[Int(partition) + 1] += 1 }
        for index in 1..<starts.count { starts[index] += starts[index - 1] }
        for (index, partition) in partitions.enumerated() {
            order[starts[Int(partition)]] = index
            starts[Int(partition)] += 1
        }
    }

    /// How many records ahead keys are fetched: enough to hide the way to memory.
    private static let keysAhead = 8

    /// Fills `partitions` for the first `taken` records.
    private func choose(_ delivery: Delivery, _ taken: Int, by outlet: SinkOutlet) {
        let choice = PartitionChoice(rule: settings.partitioning, count: max(1, outlet.connection.topic.partitionCount))
        let source = delivery.shard.partition
        partitions.removeAll(keepingCapacity: true)
        guard choice.count > 1 && choice.rule == .key else {
            partitions.append(contentsOf: repeatElement(choice.partition(source: source), count: taken))
            return
        }
        for index in 0..<taken {
            let ahead = index + KafkaSinkLane.keysAhead
            if ahead < taken { Murmur2.prefetch(delivery.key(ahead)) }
            partitions.append(
                choice.partition(key: delivery.key(index), hasKey: delivery[index].hasKey, source: source))
        }
    }

    /// The records `range` of `order`, all of one partition.
    private func send(_ run: SinkRun, _ range: Range<Int>, by outlet: SinkOutlet) {
        outlet.batch.removeAll()
        for place in range {
            let index = order[place]
            let record = run.delivery[index]
            var fault = run.fault(record)
            if fault == nil && needsOwnCall(record) {
                fault = flush(run, by: outlet) ? produce(run.slot, index, run.partition, by: outlet) : .behind
            } else if fault == nil {
                outlet.batch.append(
                    payload: run.delivery.payload(index), isTombstone: record.isTombstone, key: run.delivery.key(index),
                    hasKey: record.hasKey, partition: run.partition, opaque: SinkFlights.opaque(run.slot, index))
                if outlet.batch.count < outlet.batch.capacity || flush(run, by: outlet) { continue }
                fail(run.slot, order[(place + 1)..<range.upperBound], .behind)
                return
            } else {
                // What stands before it goes; where that fails the record stands behind.
                if !flush(run, by: outlet) { fault = .behind }
            }
            guard let fault else { continue }
            fail(run.slot, order[place...place], fault)
            fail(run.slot, order[(place + 1)..<range.upperBound], .behind)
            return
        }
        _ = flush(run, by: outlet)
    }

    private func fail(_ slot: Int, _ indices: ArraySlice<Int>, _ fault: SinkFlights.Fault) {
        for index in indices { _ = flights.failed(slot, index, fault) }
    }

    /// The batch call can set neither headers nor a time.
    private func needsOwnCall(_ record: Record) -> Bool {
        settings.keepsTimestamp || (settings.passesHeaders && record.hasHeaders)
    }

    /// Payloads of this mean size and below are copied.
    private static let copiedMean = 256

    /// Gives what was gathered to the producer; false when it did not take all of it.
    private func flush(_ run: SinkRun, by outlet: SinkOutlet) -> Bool {
        let count = outlet.batch.count
        guard count > 0 else { return true }
        defer { outlet.batch.removeAll() }
        let connection = outlet.connection
        // By reference, as the delivery keeps the payloads where they are until every report has come. Not small ones:
        // copied, they lie in one piece with librdkafka's message, and its thread waits for one line of memory, not two.
        let isSmall = outlet.batch.payloadBytes <= count * KafkaSinkLane.copiedMean
        let result = connection.producer.produce(
            outlet.batch, 0..<count, partition: run.partition, to: connection.topic, isSmall ? .copied : .borrowed)
        outlet.outstanding += result.taken
        flights.sent(run.slot, result.taken)
        if result.taken == count { return true }
        for place in 0..<count {
            let error = outlet.batch.error(at: place)
            guard error != .none else { continue }
            _ = flights.failed(run.slot, SinkFlights.index(outlet.batch.opaque(at: place)), .code(error))
        }
        if outlet.noteIfFatal() { note(broken: outlet) }
        return false
    }

    /// Gives one record to the producer by a call of its own; what is wrong, or nil.
    private func produce(
        _ slot: Int, _ index: Int, _ partition: Int32, by outlet: SinkOutlet
    ) -> SinkFlights.Fault? {
        guard let delivery = flights[slot]?.delivery else { return nil }
        let record = delivery[index]
        var headers: [(name: String, value: [UInt8]?)] = []
        if settings.passesHeaders && record.hasHeaders {
            delivery.forEachHeader(index) { name, value in headers.append((name, value)) }
        }
        let connection = outlet.connection
        let error = connection.producer.produce(
            KafkaProducer.Content(
                payload: delivery.payload(index), isTombstone: record.isTombstone, key: delivery.key(index),
                hasKey: record.hasKey),
            headers: headers, partition: partition, opaque: SinkFlights.opaque(slot, index),
            timestamp: settings.keepsTimestamp ? max(0, record.timestamp) : 0, to: connection.topic, .borrowed)
        if error == .none {
            outlet.outstanding += 1
            flights.sent(slot)
            return nil
        }
        if outlet.noteIfFatal() { note(broken: outlet) }
        return error == .messageTooLarge && outlet.kind == .main ? .needsCare : .code(error)
    }

    // MARK: - The careful way

    /// Sends the first record of each partition; the others follow as reports come.
    func walk(_ slot: Int, by outlet: SinkOutlet) {
        guard let flight = flights[slot] else { return }
        choose(flight.delivery, flight.taken, by: outlet)
        let walk = SinkWalk(partitions: partitions)
        flights.begin(slot, walk)
        for index in walk.heads { step(slot, index, by: outlet) }
    }

    /// Sends one record of a walk.
    func step(_ slot: Int, _ index: Int, by outlet: SinkOutlet) {
        guard let walk = flights[slot]?.walk else { return }
        guard let fault = produce(slot, index, walk.partitions[index], by: outlet) else { return }
        fail(slot, [index], fault)
        fail(slot, walk.behind(index)[...], .behind)
    }
}

/// Records of a delivery that go to one partition.
struct SinkRun {
    let delivery: Delivery
    let slot: Int
    let partition: Int32
    /// The size by which a record may be called too large; nil where only the broker may.
    let limit: Int?
    /// The largest record that the producer takes.
    let clientLimit: Int

    /// What is wrong with a record before it is sent.
    func fault(_ record: Record) -> SinkFlights.Fault? {
        if let limit, record.isTooLarge(limit) { return .tooLarge(bytes: record.sizeAlone) }
        let bytes = record.payloadCount + record.keyCount + RecordSize.clientOverhead
        return bytes > clientLimit ? .needsCare : nil
    }
}
