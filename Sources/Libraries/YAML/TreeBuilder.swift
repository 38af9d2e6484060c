/// Makes a tree of the parser's events and collects what is wrong.
struct TreeBuilder {
    /// A node, how deep it nests (0 for a scalar), and how many nodes it has.
    private struct Built {
        let node: YAMLNode
        let height: Int
        let weight: Int
    }

    private let events: EventReader
    private let limits: YAMLLimits
    private var anchors: [String: Built] = [:]
    private var nodes = 0
    private(set) var problems: [YAMLProblem] = []

    init(_ events: EventReader, _ limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    /// The tree of the only document; `nil` when there is none.
    mutating func build() -> YAMLNode? {
        do throws(YAMLProblem) {
            return try document()
        } catch {
            problems.append(error)
            return nil
        }
    }

    private mutating func document() throws(YAMLProblem) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamStart: continue
            case .documentStart where root == nil:
                root = try node(of: try events.next(), at: 0).node
                _ = try events.next()
            case .documentStart:
                throw YAMLProblem("a second document", event.range, hint: "one file holds one document")
            default: return root
            }
        }
    }

    private mutating func node(of event: YAMLEvent, at depth: Int) throws(YAMLProblem) -> Built {
        if let tag = event.tag {
            problems.append(
                YAMLProblem("tags are not supported: \(tag)", event.range, hint: "leave the tag out"))
        }
        let built: Built
        switch event.kind {
        case .alias(let name): return try alias(name, event.range, at: depth)
        case .scalar(let text, let style):
            try count(1, event.range)
            built = Built(node: YAMLNode(content: .scalar(text, style), range: event.range), height: 0, weight: 1)
        case .sequenceStart: built = try sequence(event, at: depth)
        case .mappingStart: built = try mapping(event, at: depth)
        default:
            // The parser gives a node's event in every place where one is asked for.
            throw YAMLProblem("a value is missing", event.range)
        }
        if let anchor = event.anchor { anchors[anchor] = built }
        return built
    }

    private mutating func alias(_ name: String, _ range: YAMLRange, at depth: Int) throws(YAMLProblem) -> Built {
        guard let built = anchors[name] else {
            throw YAMLProblem(
                "*\(name) stands for nothing: no &\(name) is complete before it", range,
                hint: "quote the value if it begins with *")
        }
        try check(depth: depth + built.height, range)
        try count(built.weight, range)
        return built
    }

    private mutating func sequence(_ start: YAMLEvent, at depth: Int) throws(YAMLProblem) -> Built {
        let before = nodes
        try count(1, start.range)
        try check(depth: depth + 1, start.range)
        var items: [YAMLNode] = []
        var height = 0
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind {
                let range = YAMLRange(start.range.start, event.range.end)
                let node = YAMLNode(content: .sequence(items), range: range)
                return Built(node: node, height: height + 1, weight: nodes - before)
            }
            let item = try node(of: event, at: depth + 1)
            items.append(item.node)
            height = max(height, item.height)
        }
    }

    private mutating func mapping(_ start: YAMLEvent, at depth: Int) throws(YAMLProblem) -> Built {
        let before = nodes
        try count(1, start.range)
        try check(depth: depth + 1, start.range)
        var entries: [YAMLNode.Entry] = []
        var places: [String: YAMLPlace] = [:]
        var height = 0
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind {
                let range = YAMLRange(start.range.start, event.range.end)
                let node = YAMLNode(content: .mapping(entries), range: range)
                return Built(node: node, height: height + 1, weight: nodes - before)
            }
            let key = try node(of: event, at: depth + 1)
            let value = try node(of: try events.next(), at: depth + 1)
            height = max(height, key.height, value.height)
            guard case .scalar(let text, _) = key.node.content else {
                problems.append(YAMLProblem("a key must be a text", event.range))
                continue
            }
            if let first = places[text] {
                problems.append(
                    YAMLProblem("\"\(text)\" is there twice, first at \(first)", event.range, hint: "leave one out"))
                continue
            }
            places[text] = event.range.start
            entries.append(YAMLNode.Entry(key: text, keyRange: event.range, value: value.node))
        }
    }

    private func check(depth: Int, _ range: YAMLRange) throws(YAMLProblem) {
        guard depth > limits.depth else { return }
        throw YAMLProblem("nested more than \(limits.depth) levels deep", YAMLRange(range.start, range.start))
    }

    private mutating func count(_ more: Int, _ range: YAMLRange) throws(YAMLProblem) {
        guard more > limits.nodes - nodes else {
            nodes += more
            return
        }
        throw YAMLProblem("more than \(limits.nodes) values, aliases counted out", YAMLRange(range.start, range.start))
    }
}
