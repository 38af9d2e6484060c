import JSON
import Millrace

/// Transforms of the config that look into JSON objects, one or several in a row that a single reading serves.
///
/// Predicates come first; what makes a new payload can only be the last. Tombstones pass untouched. A payload that is no
/// JSON object fails in the first step; one whose wanted values are not well formed fails in the step that wants them.
struct JSONTransform: Transform {
    /// A transform of the config.
    enum Step: Sendable {
        /// Records that match are kept, or dropped.
        case predicate(Pattern, keepsMatches: Bool)
        /// A new object: names and the paths of their values.
        case project([(name: String, path: [String])])
        /// The object without the members at these paths.
        case prune([[String]])
    }

    /// What becomes of the payload of a record that passes.
    private enum Output: Sendable {
        case unchanged
        case projection(JSONProjection)
        case pruned(JSONFields)
    }

    private let source: [Step]
    private let fields: JSONFields
    private let matcher: Matcher
    private let output: Output

    /// One step.
    init(_ step: Step) { self.init([step]) }

    private init(_ source: [Step]) {
        self.source = source
        let fields = JSONFields(source.flatMap(\.paths))
        self.fields = fields
        matcher = Matcher(source.compactMap(\.predicate), fields)
        output =
            switch source.last {
            case .project(let members): .projection(Self.projection(members, fields))
            case .prune(let paths): .pruned(JSONFields(paths.withoutThoseBelow))
            case .predicate, nil: .unchanged
            }
    }

    var steps: Int { source.count }

    /// This one and `next` as one, which reads each payload once; nil where `next` must see what this one has made.
    func joined(with next: JSONTransform) -> JSONTransform? {
        guard case .unchanged = output else { return nil }
        let patterns = (source + next.source).compactMap(\.predicate)
        guard patterns.reduce(0, { $0 + $1.pattern.absenceCount }) <= Matcher.mostAbsences else { return nil }
        return JSONTransform(source + next.source)
    }

    private static func projection(_ members: [(name: String, path: [String])], _ fields: JSONFields) -> JSONProjection
    {
        JSONProjection(
            members.compactMap { member in fields.slot(of: member.path).map { (name: member.name, slot: $0) } })
    }

    /// Whether records that pass get a new payload.
    var makesPayloads: Bool { if case .unchanged = output { false } else { true } }

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        withReader { (reader: inout JSONReader, view) in
            for index in 0..<records.count {
                let record = records[index]
                if record.isTombstone {
                    out.keep(record)
                    continue
                }
                var step = 0
                do throws(JSONError) {
                    try pass(record, records.payload(index), &reader, view, step: &step, to: &out)
                } catch { out.fail(record, error.description, step: step) }
            }
        }
    }

    /// Lends what reading a batch needs to `body`.
    func withReader(_ body: (inout JSONReader, MatchView) -> Void) {
        JSONReader.withThreadReader { (reader: inout JSONReader) in
            matcher.withView { view in body(&reader, view) }
        }
    }

    /// Passes a record with the payload `text` on, or not. `step` is the one that decided, or that met a fault.
    func pass(
        _ record: Record, _ text: RawSpan, _ reader: inout JSONReader, _ view: MatchView, step: inout Int,
        to out: inout BatchBuilder
    ) throws(JSONError) {
        try reader.read(text, fields) { (document) throws(JSONError) in
            guard try view.passes(document, step: &step) else { return }
            try pass(record, document, to: &out)
        }
    }

    /// Whether a record with the payload `text` passes all predicates.
    func passes(
        _ text: RawSpan, _ reader: inout JSONReader, _ view: MatchView, step: inout Int
    ) throws(JSONError) -> Bool {
        try reader.read(text, fields) { (document) throws(JSONError) in try view.passes(document, step: &step) }
    }

    private func pass(
        _ record: Record, _ document: borrowing JSONDocument, to out: inout BatchBuilder
    ) throws(JSONError) {
        switch output {
        case .unchanged: out.keep(record)
        case .projection(let projection):
            let size = try document.size(projection)
            out.replace(record, capacity: size) { document.write(projection, size: size, to: &$0) }
        case .pruned(let gone):
            try out.replace(record, capacity: document.count) { (output) throws(JSONError) in
                try document.write(without: gone, to: &output)
            }
        }
    }
}

extension JSONTransform.Step {
    /// The paths whose values it wants; what is pruned is found by a walk of its own.
    fileprivate var paths: [[String]] {
        switch self {
        case .predicate(let pattern, _): pattern.paths
        case .project(let members): members.map(\.path)
        case .prune: []
        }
    }

    fileprivate var predicate: (pattern: Pattern, keepsMatches: Bool)? {
        if case .predicate(let pattern, let keeps) = self { (pattern, keeps) } else { nil }
    }
}

extension [[String]] {
    /// The paths that no other one begins.
    fileprivate var withoutThoseBelow: [[String]] {
        filter { path in !contains { $0.count < path.count && path.starts(with: $0) } }
    }
}
