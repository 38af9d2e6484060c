import Millrace

/// Rules between keys: what is fine by itself and wrong together.
///
/// Each is applied only where everything it looks at could be read, and says nothing about a place where something has been
/// said already. Rules that a kind can see alone stand in its `check`; the rules here that are about topics go by the names
/// of the keys.
struct Rules {
    let checker: Checker
    let source: Checker.SourceReading?
    let sinks: [Checker.SinkReading]
    let sinksMark: Checker.Mark
    /// Whether there is a reading of each sink of the file.
    let allSinksAreRead: Bool
    let deadLetter: Checker.DeadLetterReading?

    func apply(batch: Options?, limits: Options?) {
        someSinkIsRequired()
        for sink in sinks {
            lagIsForOptionalSinks(sink)
            delaysRise(sink)
            sinkKeepsOutOfTheLetters(sink)
        }
        filesAreTheirOwn()
        lettersDoNotFeedTheSource()
        if let limits { revokeEndsBeforeTheGroupGivesUp(limits) }
        if let limits, let batch { batchFitsIntoMemory(batch, limits) }
    }

    private func complain(_ message: String, at place: ConfigPlace, hint: String? = nil) {
        checker.addUnlessSaid(ConfigIssue(message, at: place, hint: hint))
    }

    private func someSinkIsRequired() {
        guard !sinks.isEmpty, allSinksAreRead, sinks.allSatisfy({ $0.isRequired == false }) else { return }
        checker.complain(
            "no sink is required, so nothing would hold the checkpoint back", at: sinksMark,
            hint: "leave required: false out at one of them")
    }

    private func lagIsForOptionalSinks(_ sink: Checker.SinkReading) {
        guard sink.isRequired == true, sink.common.isGiven("max_lag") else { return }
        complain(
            "sinks.\(sink.name).max_lag needs required: false", at: sink.common.place(of: "max_lag"),
            hint: "a required sink is never given up on")
    }

    private func delaysRise(_ sink: Checker.SinkReading) {
        guard let retry = sink.common.object("retry"), let base = retry.duration("base_delay"),
            let longest = retry.duration("max_delay"), base > longest
        else { return }
        let key = retry.isGiven("base_delay") ? "base_delay" : "max_delay"
        complain(
            "sinks.\(sink.name).retry: base_delay (\(DurationText.text(base))) is longer than max_delay "
                + "(\(DurationText.text(longest)))", at: retry.place(of: key))
    }

    private func sinkKeepsOutOfTheLetters(_ sink: Checker.SinkReading) {
        guard let source, let options = sink.options, let kind = sink.kind?.name, kind == source.kind.name,
            case .write(let letters)? = deadLetter, let topic = letters.options.string("topic"),
            options.string("topic") == topic, shareBrokers(options, letters.options)
        else { return }
        complain(
            "sinks.\(sink.name).\(kind).topic is the topic of the dead letters", at: options.place(of: "topic"),
            hint: "write to another topic")
    }

    /// Two sinks that write to the same files would wait for each other's locks for ever.
    private func filesAreTheirOwn() {
        var owners: [[String]: String] = [:]
        for sink in sinks {
            guard let kind = sink.kind?.name, let options = sink.options, let path = options.string("path") else {
                continue
            }
            let parts = path.replacing("{topic}-{partition}", with: "{shard}").split(separator: "/").filter {
                $0 != "."
            }
            let files = [kind, path.hasPrefix("/") ? "/" : ""] + parts.map(String.init)
            guard let owner = owners.updateValue(sink.name, forKey: files) else { continue }
            complain(
                "sinks.\(sink.name).\(kind).path leads to the files of sinks.\(owner)", at: options.place(of: "path"),
                hint: "each sink needs files of its own")
        }
    }

    /// Whether two parts talk to the same cluster: some broker is in both lists. The source's brokers are the default.
    private func shareBrokers(_ left: Options, _ right: Options) -> Bool {
        guard let source else { return false }
        func names(_ options: Options) -> Set<String> {
            let list = options.string("brokers") ?? source.reading.options.string("brokers") ?? ""
            return Set(list.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() })
        }
        return !names(left).isDisjoint(with: names(right))
    }

    private func lettersDoNotFeedTheSource() {
        guard case .write(let reading)? = deadLetter, let source, let topic = reading.options.string("topic"),
            source.reading.options.strings("topics").contains(topic),
            shareBrokers(reading.options, source.reading.options)
        else { return }
        complain(
            "dead_letter.topic is a topic of the source: \"\(topic)\" would be read again without end",
            at: reading.options.place(of: "topic"), hint: "for example \(topic).dlq")
    }

    private func revokeEndsBeforeTheGroupGivesUp(_ limits: Options) {
        guard let source, let revoke = limits.duration("revoke") else { return }
        let name = "max.poll.interval.ms"
        let property = source.reading.options.map("properties").first { $0.name == name }
        // 300,000 is what Kafka's clients have by themselves.
        guard let interval = property.map({ Int64($0.value) }) ?? 300_000, revoke >= interval else { return }
        let place = limits.isGiven("revoke") ? limits.place(of: "revoke") : property?.place ?? limits.place
        complain(
            "limits.revoke (\(DurationText.text(revoke))) must be below \(name) (\(DurationText.text(interval)))",
            at: place, hint: "else the group gives the shards away meanwhile")
    }

    private func batchFitsIntoMemory(_ batch: Options, _ limits: Options) {
        guard let bytes = batch.size("bytes"), let memory = limits.size("memory"), bytes > memory / 4 else { return }
        let place = batch.isGiven("bytes") ? batch.place(of: "bytes") : limits.place(of: "memory")
        complain(
            "batch.bytes (\(SizeText.text(bytes))) is more than a quarter of limits.memory (\(SizeText.text(memory)))",
            at: place, hint: "at most \(SizeText.text(memory / 4))")
    }
}
