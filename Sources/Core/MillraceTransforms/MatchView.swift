import JSON

/// A matcher's lists, borrowed for a batch, so that no record costs a reference count.
struct MatchView: ~Escapable {
    let predicates: Span<Matcher.Predicate>
    let nodes: Span<Matcher.Node>
    let fields: Span<Matcher.Field>
    let choices: Span<Range<Int>>
    let branches: Span<Int>
    let tests: Span<Matcher.Test>
    let bounds: Span<Matcher.Bound>
    let absences: Span<Range<Int>>
    let ways: Span<JSONSlot>
    let pieces: Span<Range<Int>>
    let networks: Span<IPNetwork>
    let bytes: Span<UInt8>
}

extension MatchView {
    /// Whether a record passes all predicates. `step` is the one that decided, or that met a fault.
    func passes(_ document: borrowing JSONDocument, step: inout Int) throws(JSONError) -> Bool {
        for index in predicates.indices {
            step = index
            let predicate = predicates[index]
            var present: UInt64 = 0
            for absence in predicate.absences where try exists(absences[absence], document) {
                present |= 1 << UInt64(absence)
            }
            if try matches(predicate.node, present, document) != predicate.keepsMatches { return false }
        }
        step = predicates.count
        return true
    }

    /// Whether there is a value anywhere at the end of a way, whichever elements of arrays it leads through.
    private func exists(_ way: Range<Int>, _ document: borrowing JSONDocument) throws(JSONError) -> Bool {
        let slot = ways[way.lowerBound]
        let isEnd = way.count == 1
        let value = try document.value(slot)
        switch value.kind {
        case .absent: return false
        case .object: return isEnd ? false : try exists(way.dropFirst(), document)
        case .array:
            var elements = document.elements(of: value)
            while let element = try document.next(&elements) {
                if isEnd, element.kind != .object { return true }
                guard !isEnd, element.kind == .object else { continue }
                document.enter(slot, element)
                defer { document.leave(slot) }
                if try exists(way.dropFirst(), document) { return true }
            }
            return false
        default: return isEnd
        }
    }

    /// Whether all fields of a node match, and a branch of each of its choices, in the object whose values are in the slots.
    private func matches(
        _ node: Int, _ present: UInt64, _ document: borrowing JSONDocument
    ) throws(JSONError) -> Bool {
        for index in nodes[node].fields where try !matches(fields[index], present, document) { return false }
        for index in nodes[node].choices where try !matchesOne(choices[index], present, document) { return false }
        return true
    }

    private func matchesOne(
        _ some: Range<Int>, _ present: UInt64, _ document: borrowing JSONDocument
    ) throws(JSONError) -> Bool {
        for index in some where try matches(branches[index], present, document) { return true }
        return false
    }

    private func matches(
        _ field: Matcher.Field, _ present: UInt64, _ document: borrowing JSONDocument
    ) throws(JSONError) -> Bool {
        let value = try document.value(field.slot)
        if let node = field.node { return try matches(node, at: field.slot, value, present, document) }
        if try matches(value, field.tests, document) { return true }
        guard let absence = field.absence else { return false }
        return present >> UInt64(absence) & 1 == 0
    }

    /// A field that must be an object. Where it is an array, one of its objects must match as a whole, so that two fields
    /// never come from two elements; where there is no object, all fields below are absent.
    private func matches(
        _ node: Int, at slot: JSONSlot, _ value: JSONValue, _ present: UInt64, _ document: borrowing JSONDocument
    ) throws(JSONError) -> Bool {
        guard value.kind == .array else { return try matches(node, present, document) }
        var hasObject = false
        var elements = document.elements(of: value)
        while let element = try document.next(&elements) {
            guard element.kind == .object else { continue }
            hasObject = true
            document.enter(slot, element)
            defer { document.leave(slot) }
            if try matches(node, present, document) { return true }
        }
        return try hasObject ? false : matches(node, present, document)
    }

    /// Whether a leaf's value, or an element of it, passes one of its tests.
    private func matches(
        _ value: JSONValue, _ tests: Range<Int>, _ document: borrowing JSONDocument
    ) throws(JSONError) -> Bool {
        switch value.kind {
        case .absent, .object: return false
        case .array:
            var elements = document.elements(of: value)
            while let element = try document.next(&elements) {
                if element.kind != .object, passesOne(element, tests, document) { return true }
            }
            return false
        default: return passesOne(value, tests, document)
        }
    }
}

/// Single values: strings, numbers and literals.
extension MatchView {
    private func passesOne(_ value: JSONValue, _ some: Range<Int>, _ document: borrowing JSONDocument) -> Bool {
        switch value.kind {
        case .string:
            return document.withText(of: value) { text in some.contains { passes(text, tests[$0]) } }
        case .number:
            let number = document.number(value)
            for index in some where passes(number, value, tests[index], document) { return true }
            return false
        default:
            return some.contains { passes(value.kind, tests[$0]) }
        }
    }

    private func passes(_ text: RawSpan, _ test: Matcher.Test) -> Bool {
        switch test.kind {
        case .equals: JSONText.equals(text, bytes.extracting(test.range))
        case .prefix: JSONText.begins(text, with: bytes.extracting(test.range))
        case .suffix: JSONText.ends(text, with: bytes.extracting(test.range))
        case .exists: true
        case .noneOf: !test.range.contains { passes(text, tests[$0]) }
        case .folded: FoldedText.equals(text, bytes.extracting(test.range))
        case .foldedPrefix: FoldedText.begins(text, with: bytes.extracting(test.range))
        case .foldedSuffix: FoldedText.ends(text, with: bytes.extracting(test.range))
        case .wildcard: hasPieces(text, test.range)
        case .network: isAddress(text, of: networks[test.range.lowerBound])
        case .number, .bounds, .isTrue, .isFalse, .null: false
        }
    }

    private func isAddress(_ text: RawSpan, of network: IPNetwork) -> Bool {
        IPAddress(JSONText.bytes(of: text)).map { network.contains($0) } ?? false
    }

    /// Whether a text has the pieces of a wildcard, each behind the one before it.
    ///
    /// The first place where a piece lies is as good as any other, so no place is tried twice: one pass over the text.
    private func hasPieces(_ text: RawSpan, _ some: Range<Int>) -> Bool {
        let first = bytes.extracting(pieces[some.lowerBound])
        if some.count == 1 { return JSONText.equals(text, first) }
        let last = bytes.extracting(pieces[some.upperBound - 1])
        guard text.byteCount >= first.count + last.count, JSONText.begins(text, with: first),
            JSONText.ends(text, with: last)
        else { return false }
        var rest = text.extracting(first.count..<text.byteCount - last.count)
        for index in some.dropFirst().dropLast() {
            let piece = bytes.extracting(pieces[index])
            guard let place = JSONText.find(piece, in: rest) else { return false }
            rest = rest.extracting(droppingFirst: place + piece.count)
        }
        return true
    }

    private func passes(
        _ number: JSONNumber, _ value: JSONValue, _ test: Matcher.Test, _ document: borrowing JSONDocument
    ) -> Bool {
        switch test.kind {
        case .bounds: return isWithin(test.range, number, value, document)
        case .number: return document.compare(number, of: value, test.number, bytes.extracting(test.range)) == 0
        case .exists: return true
        case .noneOf:
            for index in test.range where passes(number, value, tests[index], document) { return false }
            return true
        case .equals, .prefix, .suffix, .folded, .foldedPrefix, .foldedSuffix, .wildcard, .network: return false
        case .isTrue, .isFalse, .null: return false
        }
    }

    /// Whether a number keeps to all of some bounds. Inlined: the numbers of most patterns end here, a record each.
    @inline(__always)
    private func isWithin(
        _ some: Range<Int>, _ number: JSONNumber, _ value: JSONValue, _ document: borrowing JSONDocument
    ) -> Bool {
        for index in some {
            let bound = bounds[index]
            let order = document.compare(number, of: value, bound.number, bytes.extracting(bound.text))
            if !bound.comparison.holds(order) { return false }
        }
        return true
    }

    private func passes(_ literal: JSONKind, _ test: Matcher.Test) -> Bool {
        switch test.kind {
        case .isTrue: literal == .true
        case .isFalse: literal == .false
        case .null: literal == .null
        case .exists: true
        case .noneOf: !test.range.contains { passes(literal, tests[$0]) }
        case .equals, .prefix, .suffix, .folded, .foldedPrefix, .foldedSuffix, .wildcard, .network: false
        case .number, .bounds: false
        }
    }
}

extension Pattern.Bound.Comparison {
    /// Whether it holds for a number that compares so with the bound.
    fileprivate func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }
}
