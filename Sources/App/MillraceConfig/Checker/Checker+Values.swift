import Millrace
import YAML

extension Checker {
    /// The value of an entry by the type of its key; nil when it is wrong (which has been said) or not known.
    func value(of entry: ConfigNode.Entry, _ key: Key, path: String) -> Options.Value? {
        let node = entry.value
        switch key.type {
        case .notYet:
            notYet(path, at: Mark(entry))
            return nil
        case .node:
            return .node(node)
        case .object(let keys):
            guard let reading = read(node, keys, path: path, owner: Mark(entry)), reading.isUsable else { return nil }
            return .object(reading.options)
        case .strings:
            return strings(node, path: path).map { .strings($0) }
        case .map:
            return map(node, path: path).map { .map($0) }
        case .string, .integer, .boolean, .duration, .durationOrNever, .size, .choice:
            guard let text = scalar(node, key, path: path) else { return nil }
            return convert(text, node, key, path: path)
        }
    }

    /// The text of a scalar that stands for something.
    private func scalar(_ node: ConfigNode, _ key: Key, path: String) -> String? {
        guard case .scalar(let text, _, _) = node.value else {
            complain(
                "\(path) must be \(Self.name(of: key.type)), not \(node.shown)", at: node, hint: Self.example(of: key))
            return nil
        }
        if unknown.contains(node.place) { return nil }
        if node.isEmpty {
            complain("\(path) has no value", at: node, hint: Self.example(of: key))
            return nil
        }
        return text
    }

    private func convert(_ text: String, _ node: ConfigNode, _ key: Key, path: String) -> Options.Value? {
        switch key.type {
        case .integer(let range): integer(text, node, key, range, path).map { .integer($0) }
        case .boolean: boolean(text, node, path).map { .boolean($0) }
        case .duration(let range, let allowsInfinite): duration(text, node, key, range, allowsInfinite, path)
        case .durationOrNever where text == "never": .duration(nil)
        case .durationOrNever(let range): duration(text, node, key, range, false, path)
        case .size(let range): size(text, node, key, range, path).map { .size($0) }
        case .choice(let words): choice(text, node, key.name, words, path).map { .string($0) }
        default: string(text, node, path).map { .string($0) }
        }
    }

    private func string(_ text: String, _ node: ConfigNode, _ path: String) -> String? {
        guard text.isEmpty else { return text }
        complain("\(path) is empty", at: node)
        return nil
    }

    private func integer(
        _ text: String, _ node: ConfigNode, _ key: Key, _ range: ClosedRange<Int>, _ path: String
    ) -> Int? {
        guard let number = Int(text), !isQuotedLiteral(node) else {
            let bare = text.filter { $0 != "_" && $0 != "," && $0 != " " }
            let hint = Int(bare).map { isSecret(node) ? Self.example(of: key) : "write \($0)" } ?? Self.example(of: key)
            complain("\(path) must be a whole number, not \(node.shown)", at: node, hint: hint)
            return nil
        }
        return inRange(number, range, node, key, path) { "\($0)" }
    }

    private func boolean(_ text: String, _ node: ConfigNode, _ path: String) -> Bool? {
        if !isQuotedLiteral(node) {
            if text == "true" { return true }
            if text == "false" { return false }
        }
        let guess = ["yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"][
            text.lowercased()]
        let hint = isSecret(node) ? nil : guess.map { "write \($0)" }
        complain("\(path) must be true or false, not \(node.shown)", at: node, hint: hint)
        return nil
    }

    private func duration(
        _ text: String, _ node: ConfigNode, _ key: Key, _ range: ClosedRange<Int64>, _ allowsInfinite: Bool,
        _ path: String
    ) -> Options.Value? {
        if text == "infinite" {
            if allowsInfinite { return .duration(nil) }
            if case .durationOrNever = key.type {
                complain("\(path) cannot be infinite", at: node, hint: "write never")
                return nil
            }
            complain("\(path) cannot be infinite", at: node, hint: "at most \(DurationText.text(range.upperBound))")
            return nil
        }
        if text == "never", allowsInfinite {
            complain("\(path) is not a duration: never", at: node, hint: "write infinite")
            return nil
        }
        do throws(DurationText.Problem) {
            let milliseconds = try DurationText.milliseconds(text)
            return inRange(milliseconds, range, node, key, path, DurationText.text).map { .duration($0) }
        } catch {
            switch error {
            case .noUnit(let number) where !isSecret(node):
                complain("\(path) has no unit: \(number)", at: node, hint: "write \(number)ms or \(number)s")
            case .written(let better) where !isSecret(node):
                complain(
                    "\(path) is not a duration: \(node.shown)", at: node, hint: "number and unit together: \(better)")
            default:
                complain("\(path) is not a duration: \(node.shown)", at: node, hint: Self.example(of: key))
            }
            return nil
        }
    }

    private func size(
        _ text: String, _ node: ConfigNode, _ key: Key, _ range: ClosedRange<Int>, _ path: String
    ) -> Int? {
        do throws(SizeText.Problem) {
            return inRange(try SizeText.bytes(text), range, node, key, path, SizeText.text)
        } catch {
            switch error {
            case .noUnit(let number) where !isSecret(node):
                let hint = number >= 1024 ? SizeText.text(number) : "\(number)KiB or \(number)MiB"
                complain("\(path) has no unit: \(number)", at: node, hint: "write \(hint)")
            case .written(let better) where !isSecret(node):
                complain("\(path) is not a size: \(node.shown)", at: node, hint: "write \(better)")
            default:
                complain("\(path) is not a size: \(node.shown)", at: node, hint: Self.example(of: key))
            }
            return nil
        }
    }

    func choice(_ text: String, _ node: ConfigNode, _ key: String, _ words: [String], _ path: String) -> String? {
        if words.contains(text) { return text }
        if Later.isWord(text, of: key), !isSecret(node) {
            complain(
                "\(path): \(text) is not in this version", at: node, hint: "write \(words.joined(separator: " or "))")
            return nil
        }
        let near = isSecret(node) ? nil : Nearest.match(text, in: words)
        let list = words.count == 1 ? words[0] : "one of " + words.joined(separator: ", ")
        complain("\(path) must be \(list), not \(node.shown)", at: node, hint: near.map { "did you mean \"\($0)\"?" })
        return nil
    }

    private func inRange<Number: Comparable>(
        _ number: Number, _ range: ClosedRange<Number>, _ node: ConfigNode, _ key: Key, _ path: String,
        _ text: (Number) -> String
    ) -> Number? where Number: FixedWidthInteger {
        if range.contains(number) { return number }
        let wanted: String
        if range.upperBound == .max {
            wanted = "at least \(text(range.lowerBound))"
        } else if range.lowerBound == .min {
            wanted = "at most \(text(range.upperBound))"
        } else {
            wanted = "between \(text(range.lowerBound)) and \(text(range.upperBound))"
        }
        let shown = isSecret(node) ? Secrecy.mask : text(number)
        complain("\(path) must be \(wanted), not \(shown)", at: node)
        return nil
    }

    private func strings(_ node: ConfigNode, path: String) -> [String]? {
        switch node.value {
        case .scalar(let text, _, _):
            if unknown.contains(node.place) { return nil }
            if !node.isEmpty, !text.isEmpty { return [text] }
        case .sequence(let items) where !items.isEmpty:
            let texts = items.map { text(of: $0, path: path) }
            return texts.contains(nil) ? nil : texts.compactMap { $0 }
        case .sequence: break
        case .mapping:
            complain("\(path) must be a text or a list of texts, not a mapping", at: node, hint: "for example [a, b]")
            return nil
        }
        complain("\(path) is empty", at: node, hint: "for example [a, b]")
        return nil
    }

    /// The text of an item or a member; nil when it is none, which is said.
    private func text(of node: ConfigNode, path: String) -> String? {
        if case .scalar(let text, _, _) = node.value {
            if unknown.contains(node.place) { return nil }
            if !node.isEmpty { return text }
        }
        complain("\(path) must hold texts, not \(node.shown)", at: node)
        return nil
    }

    private func map(_ node: ConfigNode, path: String) -> [Options.Pair]? {
        if case .scalar = node.value, unknown.contains(node.place) { return nil }
        guard let entries = node.entries else {
            complain("\(path) must be a mapping of names to values, not \(node.shown)", at: node)
            return nil
        }
        let pairs = entries.map { entry in
            text(of: entry.value, path: Self.join(path, entry.key)).map {
                Options.Pair(entry.key, $0, at: entry.keyPlace)
            }
        }
        return pairs.contains(nil) ? nil : pairs.compactMap { $0 }
    }

    /// Whether a value stands in quotes and no variable is in it: then it is meant as text.
    private func isQuotedLiteral(_ node: ConfigNode) -> Bool {
        if case .scalar(_, isQuoted: true, isSecret: false) = node.value { true } else { false }
    }

    private func isSecret(_ node: ConfigNode) -> Bool {
        if case .scalar(_, _, isSecret: true) = node.value { true } else { false }
    }
}
