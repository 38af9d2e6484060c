import Millrace

/// Transforms in a row, run over a batch at once. Pure; shared by all lanes.
struct Chain: Sendable {
    /// A transform and the number of its stage, see ``StageNames``.
    struct Step: Sendable {
        let transform: any Transform
        let stage: Int
    }

    /// A record that failed, and where.
    struct Failed: Sendable {
        let record: Record
        let stage: Int
        let message: String
    }

    let steps: [Step]
    /// Whether a step may make several records of one.
    let canEmitSeveral: Bool

    var isEmpty: Bool { steps.isEmpty }

    /// What becomes of `input`: `input` itself where there are no steps, else one of the two `tables`.
    ///
    /// Steps take turns between the two tables. Complexity: O(records × steps).
    func run(
        _ input: RecordTable, tables: (RecordTable, RecordTable), arena: Arena, failed: inout [Failed]
    ) -> RecordTable {
        var from = input
        for (index, step) in steps.enumerated() {
            let to = index % 2 == 0 ? tables.0 : tables.1
            var builder = BatchBuilder(
                into: to, arena: arena, canEmitSeveral: canEmitSeveral, hasParts: from.hasParts)
            from.withList { list in step.transform.apply(list, to: &builder) }
            for failure in builder.finish() {
                failed.append(
                    Failed(record: failure.record, stage: step.stage + failure.step, message: failure.message))
            }
            from = to
        }
        return from
    }
}

/// The names of the pure stages, as dead letters carry them, by number.
struct StageNames: Sendable {
    private(set) var names: [String] = []

    /// Adds a stage and gives its number.
    mutating func add(_ name: String) -> Int {
        names.append(name)
        return names.count - 1
    }

    subscript(_ stage: Int) -> String { names[stage] }
}
