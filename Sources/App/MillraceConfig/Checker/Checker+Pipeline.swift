import Millrace

extension Checker {
    /// What was read of the source.
    struct SourceReading {
        let kind: any SourceKind
        let reading: Reading
    }

    /// What was read of `dead_letter`.
    enum DeadLetterReading {
        case park
        case write(Reading)
    }

    /// Reads the whole file.
    /// - Returns: The config; nil when something is wrong or a value is not known.
    func pipeline(_ root: ConfigNode) -> PipelineConfig? {
        let owner = Mark(place: ConfigPlace(line: 1, column: 1), width: 1)
        guard let entries = root.entries else {
            complain("the file must hold keys and values, not \(root.shown)", at: root, hint: "name: orders")
            return nil
        }
        let top = read(entries, ConfigKeys.top, path: "", owner: owner).options
        let name = top.string("name").flatMap { pipelineName($0, at: top.place(of: "name")) }
        let source = top.node("source").flatMap { self.source($0, owner: mark("source", in: entries, or: owner)) }
        let decode = decoder(top)
        let transforms = top.node("transforms").flatMap { steps($0, path: "transforms") }
        let sinksOwner = mark("sinks", in: entries, or: owner)
        let sinks = top.node("sinks").map { self.sinks($0, source, owner: sinksOwner) } ?? []
        let deadLetterOwner = mark("dead_letter", in: entries, or: owner)
        let deadLetter = top.node("dead_letter").flatMap { self.deadLetter($0, source, owner: deadLetterOwner) }
        let batch = top.object("batch")
        let limits = top.object("limits")
        let admin = top.object("admin").flatMap { self.admin($0) }
        let sinkNames = top.node("sinks")?.entries?.map(\.key)
        let tests = top.node("tests").flatMap { self.tests($0, sinks: sinkNames) }
        Rules(
            checker: self, source: source, sinks: sinks, sinksMark: sinksOwner,
            allSinksAreRead: sinks.count == top.node("sinks")?.entries?.count, deadLetter: deadLetter
        ).apply(batch: batch, limits: limits)
        guard issues.allSatisfy({ $0.severity != .error }), unknown.isEmpty, let name, let source, let decode,
            let transforms, let deadLetter, let batch = batch.flatMap(PipelineConfig.Batch.init),
            let limits = limits.flatMap(PipelineConfig.Limits.init), let admin, let tests
        else { return nil }
        let configs = sinks.compactMap(\.config)
        guard configs.count == sinks.count, !configs.isEmpty else { return nil }
        return PipelineConfig(
            name: name, source: .init(kind: source.kind, options: source.reading.options), batch: batch,
            decode: decode, transforms: transforms, sinks: configs, deadLetter: deadLetter.config,
            unwitnessed: deadLetter.unwitnessed, expire: deadLetter.expire, limits: limits, admin: admin, tests: tests)
    }

    private func mark(_ key: String, in entries: [ConfigNode.Entry], or owner: Mark) -> Mark {
        entries.first { $0.key == key }.map { Mark($0) } ?? owner
    }

    private func pipelineName(_ name: String, at place: ConfigPlace) -> String? {
        if Self.isName(name, extra: ".") { return name }
        addUnlessSaid(
            ConfigIssue(
                "name may have letters, digits, \".\", \"_\" and \"-\", at most 100", at: place,
                hint: "it is part of file and metric names"))
        return nil
    }

    /// Whether `name` can be part of a file's name, a client id and a stage.
    static func isName(_ name: String, extra: String) -> Bool {
        guard let first = name.first, first.isASCII, first.isLetter || first.isNumber, name.count <= 100 else {
            return false
        }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ("_-" + extra).contains($0)) }
    }

    private func source(_ node: ConfigNode, owner: Mark) -> SourceReading? {
        if hasUnknown(node), case .scalar = node.value { return nil }
        let kinds = KindList(noun: "source", names: registry.sources.map(\.name), later: Later.sources)
        guard let entries = node.entries else {
            complain(
                "source must be a mapping, not \(node.shown)", at: node, hint: "for example { kafka: { brokers: … } }")
            return nil
        }
        let parts = kind(in: entries, kinds, common: [], path: "source", owner: owner)
        for entry in parts.rest { _ = unknownKey(entry, [], path: "source") }
        guard let choice = parts.choice,
            let kind = registry.sources.first(where: { $0.name == choice.name }),
            let reading = read(
                choice.entry.value, kind.keys, path: "source.\(kind.name)", owner: Mark(choice.entry))
        else { return nil }
        add(kind.check(reading.options), path: "source.\(kind.name)", keys: kind.keys, reading)
        return SourceReading(kind: kind, reading: reading)
    }

    private func decoder(_ top: Options) -> (any DecodeKind)? {
        let names = registry.decoders.map(\.name)
        guard let node = top.node("decode") else { return nil }
        guard top.isGiven("decode") else {
            if let kind = registry.decoders.first(where: { $0.name == "none" }) { return kind }
            complain("the file has no \"decode\"", at: Mark(place: top.place, width: 1), hint: Self.listed(names))
            return nil
        }
        guard case .scalar(let text, _, _) = node.value, !node.isEmpty else {
            complain("decode must be one of \(Self.listed(names)), not \(node.shown)", at: node)
            return nil
        }
        if unknown.contains(node.place) { return nil }
        guard let name = choice(text, node, "decode", names, "decode") else { return nil }
        return registry.decoders.first { $0.name == name }
    }

    private func deadLetter(_ node: ConfigNode, _ source: SourceReading?, owner: Mark) -> DeadLetterReading? {
        if case .scalar(let text, _, _) = node.value, !node.isEmpty {
            if unknown.contains(node.place) { return nil }
            if text == "park" { return .park }
            complain(
                "dead_letter must be a mapping or park, not \(node.shown)", at: node,
                hint: "for example { topic: orders.dlq }")
            return nil
        }
        // Without a source it is not known what its writer takes.
        guard let source else { return nil }
        let keys = source.kind.deadLetterKeys + ConfigKeys.deadLetter
        guard let reading = read(node, keys, path: "dead_letter", owner: owner) else { return nil }
        let found = source.kind.check(deadLetter: reading.options, source: source.reading.options)
        add(found, path: "dead_letter", keys: keys, reading)
        return .write(reading)
    }
}

extension Checker.DeadLetterReading {
    fileprivate var config: PipelineConfig.DeadLetter {
        switch self {
        case .park: .park
        case .write(let reading): .write(reading.options)
        }
    }

    /// The same for both: where dead letters park, no record is given up on suspicion either.
    fileprivate var unwitnessed: Int {
        if case .write(let reading) = self { reading.options.integer("unwitnessed") ?? 3 } else { 3 }
    }

    fileprivate var expire: Int64? {
        if case .write(let reading) = self { reading.options.duration("expire") } else { nil }
    }
}

extension PipelineConfig.Batch {
    fileprivate init?(_ options: Options) {
        guard let records = options.integer("records"), let bytes = options.size("bytes"),
            let window = options.duration("window")
        else { return nil }
        self.init(records: records, bytes: bytes, window: window)
    }
}

extension PipelineConfig.Limits {
    fileprivate init?(_ options: Options) {
        guard let memory = options.size("memory"), let drain = options.duration("drain"),
            let revoke = options.duration("revoke")
        else { return nil }
        self.init(memory: memory, drain: drain, revoke: revoke)
    }
}
