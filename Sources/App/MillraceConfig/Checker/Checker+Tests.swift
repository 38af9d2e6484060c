import Millrace

extension Checker {
    /// Reads the cases under `tests`, which may name the sinks `sinks` (nil: not known).
    /// - Returns: The cases; nil when something is wrong with one.
    func tests(_ node: ConfigNode, sinks: [String]?) -> [PipelineConfig.Case]? {
        if case .scalar = node.value, unknown.contains(node.place) { return nil }
        guard let items = node.items else {
            complain(
                "tests must be a list of cases, not \(node.shown)", at: node,
                hint: "for example [{ name: …, input: … }]")
            return nil
        }
        let cases = items.enumerated().map { test($0.element, "tests[\($0.offset + 1)]", sinks) }
        return cases.contains { $0 == nil } ? nil : cases.compactMap { $0 }
    }

    private func test(_ node: ConfigNode, _ path: String, _ sinks: [String]?) -> PipelineConfig.Case? {
        guard let reading = read(node, ConfigKeys.test, path: path, owner: Mark(node)) else { return nil }
        let options = reading.options
        let input = options.node("input").flatMap { testInput($0, path + ".input") }
        let expected = options.node("sinks").flatMap { expectations($0, path + ".sinks", sinks) }
        guard reading.isUsable, reading.doubtful.isEmpty, let name = options.string("name"), let input, let expected
        else {
            return nil
        }
        let death: PipelineConfig.Case.Death =
            switch options.string("dead") ?? "false" {
            case "false": .none
            case "true": .any
            case let reason: .reason(reason)
            }
        return PipelineConfig.Case(
            name: name, place: node.place, payload: input.payload, key: input.key, hasHeaders: input.hasHeaders,
            sinks: expected, death: death)
    }

    private func testInput(
        _ node: ConfigNode, _ path: String
    ) -> (payload: [UInt8]?, key: [UInt8]?, hasHeaders: Bool)? {
        switch node.value {
        case .scalar where unknown.contains(node.place): return nil
        case .scalar(let text, _, _) where !node.isEmpty: return (Array(text.utf8), nil, false)
        case .scalar:
            complain("\(path) has no value", at: node, hint: "write { value: null } for a tombstone")
            return nil
        case .sequence:
            complain("\(path) must be a text or a mapping, not \(node.shown)", at: node, hint: "a case has one record")
            return nil
        case .mapping: break
        }
        guard let reading = read(node, ConfigKeys.testInput, path: path, owner: Mark(node)), reading.isUsable,
            reading.doubtful.isEmpty, let value = reading.options.node("value"),
            let payload = payload(value, path + ".value")
        else { return nil }
        let key = reading.options.string("key").map { Array($0.utf8) }
        return (payload.bytes, key, !reading.options.map("headers").isEmpty)
    }

    private func expectations(
        _ node: ConfigNode, _ path: String, _ sinks: [String]?
    ) -> [PipelineConfig.Case.Expectation]? {
        if case .scalar = node.value, unknown.contains(node.place) { return nil }
        guard let entries = node.entries else {
            complain(
                "\(path) must be a mapping of sinks to payloads, not \(node.shown)", at: node,
                hint: "for example { clean: ['{\"id\":1}'] }")
            return nil
        }
        let found = entries.map { entry -> PipelineConfig.Case.Expectation? in
            if let sinks, !sinks.contains(entry.key) {
                let near = Nearest.match(entry.key, in: sinks).map { "did you mean \"\($0)\"?" }
                complain("there is no sink \"\(entry.key)\"", at: Mark(entry), hint: near)
                return nil
            }
            guard let items = entry.value.items else {
                complain(
                    "\(Self.join(path, entry.key)) must be a list of payloads, not \(entry.value.shown)",
                    at: entry.value,
                    hint: "put it in brackets")
                return nil
            }
            let payloads = items.map { payload($0, Self.join(path, entry.key)) }
            guard !payloads.contains(where: { $0 == nil }) else { return nil }
            return PipelineConfig.Case.Expectation(
                sink: entry.key, place: entry.keyPlace, payloads: payloads.compactMap { $0 }.map(\.bytes))
        }
        return found.contains { $0 == nil } ? nil : found.compactMap { $0 }
    }

    /// A payload: a text, or nothing for a tombstone.
    private struct Payload {
        let bytes: [UInt8]?
    }

    private func payload(_ node: ConfigNode, _ path: String) -> Payload? {
        guard case .scalar(let text, _, _) = node.value else {
            complain(
                "\(path) must hold texts, not \(node.shown)", at: node, hint: "put JSON in quotes: '{\"id\":1}'")
            return nil
        }
        if unknown.contains(node.place) { return nil }
        return Payload(bytes: node.isEmpty ? nil : Array(text.utf8))
    }
}
