import Millrace

extension Checker {
    /// What was read of one sink.
    struct SinkReading {
        let name: String
        let mark: Mark
        /// The keys beside the kind's.
        let common: Options
        /// Whether the checkpoint waits for it; nil when that could not be read.
        let isRequired: Bool?
        /// The kind and its options, where they could be read.
        var kind: (any SinkKind)?
        var options: Options?
        var when: (any Transform)?
        var transforms: [PipelineConfig.Step]?
    }

    /// Reads all sinks; one that is no mapping is left out.
    func sinks(_ node: ConfigNode, _ source: SourceReading?, owner: Mark) -> [SinkReading] {
        if case .scalar = node.value, unknown.contains(node.place) { return [] }
        guard let entries = node.entries else {
            complain(
                "sinks must be a mapping of names to sinks, not \(node.shown)", at: node,
                hint: "for example { clean: { stdout: {} } }")
            return []
        }
        if entries.isEmpty {
            complain("sinks is empty", at: owner, hint: "at least one: a name and its kind")
        }
        return entries.compactMap { sink($0, source) }
    }

    private func sink(_ entry: ConfigNode.Entry, _ source: SourceReading?) -> SinkReading? {
        let path = "sinks.\(entry.key)"
        if !Self.isName(entry.key, extra: "") {
            complain(
                "the name of a sink may have letters, digits, \"_\" and \"-\", at most 100", at: Mark(entry),
                hint: "it is part of stages and metrics")
        }
        if case .scalar = entry.value.value, unknown.contains(entry.value.place) { return nil }
        guard let entries = entry.value.entries else {
            complain(
                "\(path) must be a mapping, not \(entry.value.shown)", at: entry.value,
                hint: "for example { stdout: {} }")
            return nil
        }
        let kinds = KindList(noun: "sink", names: registry.sinks.map(\.name), later: Later.sinks)
        let parts = kind(in: entries, kinds, common: ConfigKeys.sink, path: path, owner: Mark(entry))
        let beside = read(parts.rest, ConfigKeys.sink, path: path, owner: Mark(entry))
        let common = beside.options
        var reading = SinkReading(
            name: entry.key, mark: Mark(entry), common: common,
            isRequired: beside.doubtful.contains("required") ? nil : common.boolean("required"))
        if let choice = parts.choice { readKind(choice, path: path, source, &reading) }
        if let node = common.node("when") { reading.when = pattern(node, entries, path: path) }
        reading.transforms = common.node("transforms").flatMap { steps($0, path: path + ".transforms") }
        return reading
    }

    private func readKind(_ choice: Choice, path: String, _ source: SourceReading?, _ reading: inout SinkReading) {
        guard let kind = registry.sinks.first(where: { $0.name == choice.name }) else { return }
        let owner = Mark(choice.entry)
        guard let read = read(choice.entry.value, kind.keys, path: "\(path).\(kind.name)", owner: owner) else { return }
        reading.kind = kind
        reading.options = read.options
        // Without the topics a kind would take their number for 0.
        guard let source, !source.reading.doubtful.contains("topics") else { return }
        let context = CheckContext(sourceKind: source.kind.name, source: source.reading.options)
        add(kind.check(read.options, context), path: "\(path).\(kind.name)", keys: kind.keys, read)
    }

    private func pattern(_ node: ConfigNode, _ entries: [ConfigNode.Entry], path: String) -> (any Transform)? {
        guard let pattern = registry.pattern else {
            if let entry = entries.first(where: { $0.key == "when" }) {
                complain("\(path).when: this program knows no patterns", at: Mark(entry))
            }
            return nil
        }
        return make(node) { node throws(ConfigIssues) in try pattern.make(node) }
    }
}

extension Checker.SinkReading {
    /// The checked sink; nil where something is missing.
    var config: PipelineConfig.Sink? {
        guard let kind, let options, let isRequired, let transforms, let retry = common.object("retry"),
            let breaker = common.object("breaker"), let maxAttempts = retry.integer("max_attempts"),
            let baseDelay = retry.duration("base_delay"), let maxDelay = retry.duration("max_delay"),
            let failureThreshold = breaker.integer("failure_threshold"),
            let recoveryTimeout = breaker.duration("recovery_timeout")
        else { return nil }
        return PipelineConfig.Sink(
            name: name, place: mark.place, kind: kind, options: options, when: when, transforms: transforms,
            isRequired: isRequired,
            maxLag: isRequired ? nil : common.size("max_lag") ?? ConfigKeys.defaultMaxLag,
            retry: .init(
                maxAttempts: maxAttempts, baseDelay: baseDelay, maxDelay: maxDelay, maxAge: retry.duration("max_age")),
            breaker: .init(failureThreshold: failureThreshold, recoveryTimeout: recoveryTimeout))
    }
}
