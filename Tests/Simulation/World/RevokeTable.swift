import Millrace
import MillraceMachines

/// What becomes of a shard that is taken away in each of its states: what was committed, and what the next owner sees
/// first. Once with every answer given before the deadline, once with none.
package enum RevokeTable {
    /// A row of the table.
    package struct Row: Sendable {
        /// How a revoke ended.
        package struct End: Sendable {
            package var committed: Position
            /// The first record that the next owner submits to each sink, `nil`: all was done.
            package var first: [String?]
        }

        package var state: String
        package var wait: String
        package var answered: End
        package var unanswered: End
        package var isDrained: Bool
    }

    /// All rows.
    package static var rows: [Row] {
        Scene.all.map { name, make in
            let (answered, unanswered) = (make(), make())
            let wait = answered.machine.wait(of: StageID(0), domains: answered.domains)
            return Row(
                state: name, wait: "\(wait)", answered: answered.revoked(isAnswered: true),
                unanswered: unanswered.revoked(isAnswered: false), isDrained: answered.machine.state == .draining)
        }
    }

    /// The table as Markdown.
    package static var text: String {
        func cells(_ end: Row.End) -> String {
            "\(end.committed) | " + end.first.map { $0 ?? "nothing" }.joined(separator: ", ")
        }
        let head = """
            | state at the revoke | sink `a` waits for | committed, all answered | next owner submits first | \
            committed, none answered | next owner submits first |
            |---|---|---|---|---|---|
            """
        let lines = rows.map { "| \($0.state) | \($0.wait) | \(cells($0.answered)) | \(cells($0.unanswered)) |" }
        return ([head] + lines).joined(separator: "\n") + "\n"
    }
}

/// One shard with records 0 to 7, driven by hand.
private struct Scene {
    var machine: ShardMachine
    var domains: [FaultDomain]
    let specs: [StageSpec]
    var now: Milliseconds = 0
    var batch = 0
    var open: [Submission] = []
    var owned: [Submission] = []
    var letters: [Letter] = []
    var committed: Position?

    init(_ modes: [StageSpec.Mode] = [.ordered], optional: Set<Int> = [], threshold: Int = 5) {
        specs = modes.enumerated().map {
            StageSpec(
                name: ["a", "b"][$0.offset], isRequired: !optional.contains($0.offset), mode: $0.element,
                domain: $0.offset, retry: RetryPolicy(maxAttempts: 3))
        }
        domains = modes.map { _ in FaultDomain(failureThreshold: threshold, recoveryTimeout: 1000, unwitnessed: 0) }
        machine = ShardMachine(shard: 0, stages: specs, oversize: .reference)
        feed(.assigned(checkpoint: Position(offset: 0), cursors: []), epoch: 1)
    }

    mutating func feed(_ event: ShardEvent, epoch: Int? = nil) {
        var actions: [ShardAction] = []
        machine.step(
            event, epoch: epoch ?? machine.epoch, now: now, jitter: 1, creditAvailable: true, domains: &domains,
            actions: &actions)
        for action in actions {
            switch action {
            case .submit(let submission): open.append(submission)
            case .deadLetter(let letter): letters.append(letter)
            case .closed(let checkpoint): committed = checkpoint
            default: break
            }
        }
    }

    mutating func read(_ count: Int64) {
        batch += 1
        let first = machine.position.offset
        feed(
            .admitted(
                Admission(
                    batch: batch, first: Position(offset: first), next: Position(offset: first + count),
                    records: RecordRun(offsets: first..<first + count))))
    }

    /// Ends the oldest delivery at a stage; `failures` by offset, or all of a class.
    mutating func end(_ stage: Int = 0, _ failures: [Int64: FailureClass] = [:], all: FailureClass? = nil) {
        guard let index = open.firstIndex(where: { $0.stage.index == stage }) else { return }
        let delivery = open.remove(at: index)
        let named = delivery.records.compactMap { record in
            (all ?? failures[record.offset]).map { RecordFailure(record, Failure($0, "")) }
        }
        feed(.done(delivery.stage, delivery: delivery.delivery, failures: named))
    }

    mutating func accept() {
        let delivery = open.removeFirst()
        owned.append(delivery)
        feed(.accepted(delivery.stage, delivery: delivery.delivery))
    }

    /// The shard is taken away, and read by a new owner from what was committed.
    func revoked(isAnswered: Bool) -> RevokeTable.Row.End {
        var scene = self
        scene.feed(.revoked(deadline: scene.now + 5000))
        if isAnswered {
            while !scene.open.isEmpty { scene.end(scene.open[0].stage.index) }
            for delivery in scene.owned {
                scene.feed(.durable(delivery.stage, through: delivery.records[delivery.records.endIndex - 1]))
            }
            for letter in scene.letters { scene.feed(.deadLetter(letter.key, .written)) }
        }
        scene.feed(.timer(.deadline))
        let committed = scene.committed ?? Position(offset: -1)
        var next = Scene(specs.map(\.mode), optional: Set(specs.indices.filter { !specs[$0].isRequired }))
        next.feed(
            .assigned(checkpoint: Position(offset: committed.offset), cursors: scene.machine.cursors), epoch: 2)
        next.read(8 - committed.offset)
        let first = specs.indices.map { stage in
            next.open.first { $0.stage.index == stage }.flatMap { $0.records.first?.description }
        }
        return RevokeTable.Row.End(committed: committed, first: first)
    }

    typealias Named = (String, () -> Scene)

    static func make(
        _ modes: [StageSpec.Mode] = [.ordered], optional: Set<Int> = [], threshold: Int = 5,
        _ act: @escaping (inout Scene) -> Void
    ) -> () -> Scene {
        {
            var scene = Scene(modes, optional: optional, threshold: threshold)
            act(&scene)
            return scene
        }
    }

    static var all: [Named] { quiet + failing }

    private static var quiet: [Named] {
        [
            (
                "nothing to do",
                make {
                    $0.read(4); $0.end()
                }
            ),
            (
                "paused, nothing submitted",
                make {
                    $0.feed(.pause(nil)); $0.read(4)
                }
            ),
            ("in flight", make { $0.read(4) }),
            (
                "full, half of it taken",
                make { scene in
                    scene.read(4)
                    let delivery = scene.open.removeFirst()
                    scene.feed(.full(delivery.stage, delivery: delivery.delivery, taken: 2))
                    var taken = Scene([.ordered])
                    taken.read(2)
                    scene.open = taken.open
                }
            ),
            (
                "accepted, not durable",
                make {
                    $0.read(4); $0.accept()
                }
            ),
            (
                "after a loss",
                make { scene in
                    scene.read(4)
                    scene.accept()
                    scene.owned = []
                    scene.feed(.lost(StageID(0), from: RecordID(offset: 2)))
                }
            ),
            (
                "draining",
                make {
                    $0.read(2); $0.read(2); $0.feed(.drain(deadline: 9000))
                }
            ),
            (
                "a second sink far ahead",
                make([.ordered, .ordered]) {
                    $0.read(4); $0.end(1)
                }
            ),
            (
                "an optional sink behind",
                make([.ordered, .ordered], optional: [1]) {
                    $0.read(4); $0.end(0)
                }
            ),
        ]
    }

    private static var failing: [Named] {
        [
            (
                "waiting for a retry",
                make {
                    $0.read(4); $0.end(all: .transient)
                }
            ),
            (
                "half delivered, the rest waits for a retry",
                make {
                    $0.read(4); $0.end(0, [2: .transient, 3: .untried])
                }
            ),
            (
                "bisecting, the left half in flight",
                make {
                    $0.read(4); $0.end(all: .rejected)
                }
            ),
            (
                "bisecting, the left half delivered",
                make {
                    $0.read(4); $0.end(all: .rejected); $0.end()
                }
            ),
            (
                "suspect",
                make {
                    $0.read(1); $0.end(all: .rejected)
                }
            ),
            (
                "suspect, asked again",
                make { scene in
                    scene.read(1)
                    scene.end(all: .rejected)
                    scene.feed(.timer(.suspect(StageID(0), RecordID(offset: 0))))
                }
            ),
            (
                "breaker open",
                make(threshold: 1) {
                    $0.read(4); $0.end(all: .transient)
                }
            ),
            (
                "breaker half open, the probe in flight",
                make(threshold: 1) { scene in
                    scene.read(4)
                    scene.end(all: .transient)
                    scene.feed(.timer(.retry(StageID(0), RecordID(offset: 0))))
                    scene.feed(.timer(.breaker(domain: 0)))
                }
            ),
            (
                "dead letter being written",
                make {
                    $0.read(4); $0.end(0, [1: .poison, 2: .untried, 3: .untried])
                }
            ),
            (
                "dead letter refused by the DLQ",
                make { scene in
                    scene.read(4)
                    scene.end(0, [1: .poison, 2: .untried, 3: .untried])
                    scene.feed(.deadLetter(scene.letters.removeFirst().key, .transient))
                }
            ),
            (
                "parked by a fatal failure",
                make {
                    $0.read(4); $0.end(all: .fatal)
                }
            ),
            (
                "pipelined, behind a failure",
                make([.pipelined(2)]) {
                    $0.read(2); $0.read(2); $0.end(all: .transient)
                }
            ),
            (
                "unordered, the first failed",
                make([.unordered(2)]) { scene in
                    scene.read(2)
                    scene.read(2)
                    scene.end(all: .transient)
                    scene.end()
                }
            ),
        ]
    }
}
