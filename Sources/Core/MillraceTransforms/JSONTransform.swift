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
    fileprivate enum Output: Sendable { case unchanged, projection, pruned }

    /// The same with all that it takes, borrowed for a batch, so that no record costs a reference count.
    struct Shape: ~Escapable {
        fileprivate let output: Output
        fileprivate let projection: JSONProjection.View
        fileprivate let gone: JSONFields.View

        @_lifetime(copy projection, copy gone)
        fileprivate init(_ output: Output, _ projection: JSONProjection.View, _ gone: JSONFields.View) {
            self.output = output
            self.projection = projection
            self.gone = gone
        }
    }

    private let source: [Step]
    private let fields: JSONFields
    private let matcher: Matcher
    private let output: Output
    /// The members of a projection; none for other outputs.
    private let projection: JSONProjection
    /// What is pruned; none for other outputs.
    private let gone: JSONFields

    /// One step.
    init(_ step: Step) { self.init([step]) }

    private init(_ source: [Step]) {
        self.source = source
        let fields = JSONFields(source.flatMap(\.paths))
        self.fields = fields
        matcher = Matcher(source.compactMap(\.predicate), fields)
        var members: [(name: String, path: [String])] = []
        var gone: [[String]] = []
        switch source.last {
        case .project(let wanted):
            output = .projection
            members = wanted
        case .prune(let paths):
            output = .pruned
            gone = paths.withoutThoseBelow
        case .predicate, nil: output = .unchanged
        }
        projection = Self.projection(members, fields)
        self.gone = JSONFields(gone)
    }

    var steps: Int { source.count }

    /// This one and `next` as one, which reads each payload once; nil where `next` must see what this one has made.
    func joined(with next: JSONTransform) -> JSONTransform? {
        guard output == .unchanged else { return nil }
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
    var makesPayloads: Bool { output != .unchanged }

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        withReader { (reader: inout JSONReader, view, shape) in
            for index in 0..<records.count {
                records.prefetch(from: index)
                let record = records[index]
                if record.isTombstone {
                    out.keep(record)
                    continue
                }
                var step = 0
                do throws(JSONError) {
                    try pass(record, records.payload(index), &reader, view, shape, step: &step, to: &out)
                } catch { out.fail(record, error.description, step: step) }
            }
        }
    }

    /// Lends what reading a batch needs to `body`.
    func withReader(_ body: (inout JSONReader, MatchView, Shape) -> Void) {
        JSONReader.withThreadReader { (reader: inout JSONReader) in
            matcher.withView { view in
                body(&reader, view, Shape(output, projection.view, gone.view))
            }
        }
    }

    /// Passes a record with the payload `text` on, or not. `step` is the one that decided, or that met a fault.
    func pass(
        _ record: Record, _ text: RawSpan, _ reader: inout JSONReader, _ view: MatchView, _ shape: Shape,
        step: inout Int, to out: inout BatchBuilder
    ) throws(JSONError) {
        try reader.read(text, fields) { (document) throws(JSONError) in
            guard try view.passes(document, step: &step) else { return }
            try pass(record, document, shape, to: &out)
        }
    }

    /// Whether a record with the payload `text` passes all predicates.
    func passes(
        _ text: RawSpan, _ reader: inout JSONReader, _ view: MatchView, step: inout Int
    ) throws(JSONError) -> Bool {
        try reader.read(text, fields) { (document) throws(JSONError) in try view.passes(document, step: &step) }
    }

    private func pass(
        _ record: Record, _ document: borrowing JSONDocument, _ shape: Shape, to out: inout BatchBuilder
    ) throws(JSONError) {
        switch shape.output {
        case .unchanged: out.keep(record)
        case .projection:
            let size = try document.size(shape.projection)
            out.replace(record, capacity: size) { document.write(shape.projection, size: size, to: &$0) }
        case .pruned:
            try out.replace(record, capacity: document.count) { (output) throws(JSONError) in
                try document.write(without: shape.gone, to: &output)
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
