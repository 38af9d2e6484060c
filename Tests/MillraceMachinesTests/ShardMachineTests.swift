import Millrace
import MillraceMachines
import Testing

/// What the traces do not say: batches and bytes, words, weights, aggregates, several shards in one domain.
@Suite struct ShardMachineTests {
    private let a = StageID(0)
    private let b = StageID(1)

    @Test func aPieceNeverSpansBatches() {
        var shard = TestShard([StageSpec(name: "a", mode: .pipelined(4), domain: 0)])
        let submissions = (shard.admit(3) + shard.admit(2)).submissions
        #expect(submissions.map(\.batch) == [1, 2])
        #expect(submissions.map(\.records.offsets) == [[0, 1, 2], [3, 4]])
        #expect(submissions.map(\.attempt) == [1, 1])
    }

    @Test func lettersCarryTheLastMessageAndTheBatch() {
        var shard = TestShard(domain: FaultDomain(unwitnessed: 1))
        _ = shard.admit(1)
        let whole = shard.admit(2).submissions
        #expect(whole.isEmpty)
        var submissions = shard.feed(.done(a, delivery: 1, failures: [])).submissions
        submissions = shard.fail(submissions[0], .rejected, message: "some record").submissions
        let letters = shard.fail(submissions[0], .rejected, message: "this record").letters
        #expect(letters.map(\.message) == ["this record"])
        #expect(letters.map(\.batch) == [2])
        #expect(letters.map(\.attempts) == [2])
        #expect(letters.map(\.path.description) == ["L"])
        #expect(letters.map(\.reason) == [.rejected])
    }

    @Test func skippedLettersCarryTheOperatorsWords() {
        var shard = TestShard()
        let submission = shard.admit(3).submissions[0]
        _ = shard.fail(submission, .transient, message: "timed out")
        let letters = shard.feed(.skip(Position(offset: 1), reason: "known bad")).letters
        #expect(letters.map(\.message) == ["known bad"])
        #expect(letters.map(\.reason) == [.skipped])
    }

    // MARK: Weights

    @Test func lagIsWeighedInBytes() {
        var shard = TestShard([
            StageSpec(name: "a", domain: 0), StageSpec(name: "o", isRequired: false, maxLag: 100, domain: 1),
        ])
        let portions = [Admission.Portion(weight: 0), Admission.Portion(weight: 60)]
        let first = shard.admit(2, portions: portions)
        #expect(!first.abandons)
        let second = shard.admit(2, portions: portions)
        #expect(second.abandons, "60 in flight and 60 queued")
        #expect(shard.machine.books(of: b).abandoned == 2)
        #expect(shard.machine.books(of: b).inFlight == 2)
    }

    // MARK: Batches

    @Test func aLaggingStageKeepsTheBatchUntilItIsForgotten() {
        var shard = TestShard([StageSpec(name: "a", domain: 0), StageSpec(name: "o", isRequired: false, domain: 1)])
        let submissions = shard.admit(2).submissions
        let released = shard.end(submissions[0])
        #expect(released.lagging == [1] && released.forgotten.isEmpty)
        #expect(shard.machine.heldBatches == 0)
        let poisoned = shard.end(submissions[1], [0: .poison, 1: .untried])
        #expect(poisoned.forgotten.isEmpty, "the letter needs its bytes")
        let rest = shard.feed(.deadLetter(poisoned.letters[0].key, .written))
        #expect(rest.forgotten.isEmpty, "record 1 is sent again")
        let last = shard.end(rest.submissions[0])
        #expect(last.forgotten == [1])
    }

    @Test func aBatchInStepIsReleasedOnce() {
        var shard = TestShard([StageSpec(name: "a", domain: 0), StageSpec(name: "o", isRequired: false, domain: 1)])
        let submissions = shard.admit(2).submissions
        let kept = shard.end(submissions[1])
        #expect(kept.releases.isEmpty)
        let released = shard.end(submissions[0])
        #expect(released.releases == [1] && released.lagging.isEmpty && released.forgotten.isEmpty)
    }

    @Test func aBatchForNobodyIsReleasedAtOnce() {
        var shard = TestShard()
        let actions = shard.admit(3, portions: [Admission.Portion(records: RecordRun(), weight: 0)])
        #expect(actions.releases == [1] && actions.submissions.isEmpty)
        #expect(shard.machine.checkpoint == Position(offset: 3))
        #expect(shard.machine.books(of: a).filtered == 3)
    }

    @Test func whatIsNotTakenIsNotHeld() {
        var shard = TestShard()
        _ = shard.admit(2)
        #expect(!shard.machine.takes(from: Position(offset: 1)) && shard.machine.takes(from: Position(offset: 2)))
        let again = shard.admit(RecordRun(offsets: 0..<2), from: Position(offset: 0), to: Position(offset: 2))
        #expect(again.isEmpty && shard.machine.heldBatches == 1)
        _ = shard.feed(.drain(deadline: 100))
        #expect(!shard.machine.takes(from: Position(offset: 2)) && !shard.machine.isReady)
    }

    @Test func anAssignmentEndsWhatWasOpen() {
        var shard = TestShard()
        _ = shard.admit(2)
        let actions = shard.assign(at: 0)
        #expect(actions.isClosed && actions.releases == [1])
        #expect(shard.machine.state == .running && shard.machine.epoch == 2)
    }

    /// A sink names failures by their place in the delivery that it was given.
    @Test func remembersADeliveryAsItWasSubmitted() {
        var shard = TestShard([StageSpec(name: "a", mode: .pipelined(2), domain: 0)])
        let submission = shard.admit(4).submissions[0]
        _ = shard.feed(.full(a, delivery: submission.delivery, taken: 3))
        #expect(shard.machine.records(ofDelivery: submission.delivery, at: a)?.offsets == [0, 1, 2])
        _ = shard.feed(.accepted(a, delivery: submission.delivery))
        _ = shard.feed(.durable(a, through: RecordID(offset: 0)))
        #expect(shard.machine.records(ofDelivery: submission.delivery, at: a)?.offsets == [0, 1, 2])
        _ = shard.feed(.durable(a, through: RecordID(offset: 9)))
        #expect(shard.machine.records(ofDelivery: submission.delivery, at: a) == nil)
    }

    // MARK: Aggregates

    private func aggregate(_ offset: Int64, _ count: Int32) -> [RecordID] {
        (0..<count).map { RecordID(offset: offset, sub: $0, isLast: $0 == count - 1) }
    }

    @Test func theCheckpointStandsWithinAnAggregate() {
        var shard = TestShard([StageSpec(name: "a", mode: .unordered(2), domain: 0)])
        let records = RecordRun(aggregate(0, 3) + aggregate(1, 2))
        let submission = shard.admit(records, from: Position(offset: 0), to: Position(offset: 2)).submissions[0]
        let failure = RecordFailure(records[2], Failure(.transient, ""))
        _ = shard.feed(.done(a, delivery: submission.delivery, failures: [failure]))
        #expect(shard.machine.checkpoint == Position(offset: 0, sub: 2))
        #expect(Array(shard.machine.cursors[0].done) == [Position(offset: 1)..<Position(offset: 2)])
        _ = shard.feed(.timer(.retry(a, records[2])))
        _ = shard.feed(.done(a, delivery: 2, failures: []))
        #expect(shard.machine.checkpoint == Position(offset: 2))
    }

    @Test func aRewindGoesToTheStartOfAnOffset() {
        var shard = TestShard([StageSpec(name: "a", mode: .pipelined(2), domain: 0)])
        let records = RecordRun(aggregate(0, 3))
        let submission = shard.admit(records, from: Position(offset: 0), to: Position(offset: 1)).submissions[0]
        _ = shard.feed(.accepted(a, delivery: submission.delivery))
        _ = shard.feed(.durable(a, through: records[0]))
        let lost = shard.feed(.lost(a, from: records[1]))
        #expect(lost.rewind == Position(offset: 0), "a source cannot begin within an aggregate")
        _ = shard.feed(.timer(.loss(a)))
        let again = shard.admit(records, from: Position(offset: 0), to: Position(offset: 1)).submissions
        #expect(again.map { Array($0.records) } == [Array(records[1...])], "the first one is safe")
        #expect(shard.machine.books(of: a).rewound == 3)
    }

    // MARK: The log's start moves up

    /// Sink `b` reads again from 0 while `a` still has 0 in hand, and the log has meanwhile begun at 2: for `b` 0 and 1 are
    /// gone, and `a` goes on with what it has (F44).
    @Test func aGapThatARewindMeetsLeavesWhatIsInHand() {
        var shard = TestShard([StageSpec(name: "a", domain: 0), StageSpec(name: "b", mode: .pipelined(2), domain: 1)])
        let submissions = shard.admit(2).submissions
        _ = shard.feed(.accepted(b, delivery: submissions[1].delivery))
        #expect(shard.feed(.lost(b, from: RecordID(offset: 0))).rewind == Position(offset: 0))
        _ = shard.feed(.timer(.loss(b)))
        let again = shard.admit(RecordRun(offsets: 2..<4), from: Position(offset: 2), to: Position(offset: 4))
        #expect(again.gaps == [Position(offset: 0)..<Position(offset: 2)])
        #expect(shard.machine.checkpoint == Position(offset: 0), "`a` has 0 and 1 in hand")
        #expect(shard.machine.cursors[1].low == Position(offset: 2), "for `b` they are gone")
        #expect(!again.releases.contains(1), "their bytes are needed")
        _ = shard.end(again.submissions[0])
        let next = shard.end(submissions[0]).submissions
        #expect(next.map(\.records.offsets) == [[2, 3]])
        _ = shard.end(next[0])
        #expect(shard.machine.checkpoint == Position(offset: 4))
        #expect(shard.machine.books(of: a).delivered == 4 && shard.machine.books(of: b).delivered == 2)
        #expect(shard.machine.books(of: b).rewound == 2)
    }

    /// The same of a dead letter that is on its way, and of a hole in the middle of what is read again.
    @Test func aGapThatARewindMeetsLeavesADeadLetterOnItsWay() {
        var shard = TestShard([StageSpec(name: "a", domain: 0), StageSpec(name: "b", mode: .pipelined(2), domain: 1)])
        let submissions = shard.admit(3).submissions
        let letter = shard.end(submissions[0], [1: .poison]).letters[0]
        _ = shard.feed(.accepted(b, delivery: submissions[1].delivery))
        _ = shard.feed(.lost(b, from: RecordID(offset: 0)))
        _ = shard.feed(.timer(.loss(b)))
        let records = RecordRun([RecordID(offset: 0), RecordID(offset: 2)])
        _ = shard.admit(records, from: Position(offset: 0), to: Position(offset: 3))
        #expect(shard.machine.checkpoint == Position(offset: 0))
        #expect(shard.machine.cursors[0].low == Position(offset: 1), "its letter is not written yet")
        _ = shard.feed(.deadLetter(letter.key, .written))
        #expect(shard.machine.cursors[0].low == Position(offset: 3))
        #expect(shard.machine.books(of: a).deadLettered == 1)
    }

    // MARK: Too large

    /// Poison by its size alone says so in its letter, also where it is read again.
    @Test func whatIsTooLargeSaysSo() {
        var shard = TestShard([StageSpec(name: "a", mode: .unordered(2), domain: 0)])
        let submissions = shard.admit(2).submissions
        #expect(shard.refuse(submissions[0], tooLarge: 1).letters.map(\.reason) == [.tooLarge])
        var late = TestShard([StageSpec(name: "a", mode: .unordered(2), domain: 0)])
        let submission = late.admit(3).submissions[0]
        _ = late.feed(.accepted(a, delivery: submission.delivery))
        _ = late.refuse(submission, tooLarge: 1)
        _ = late.feed(.timer(.loss(a)))
        let letters = late.admit(3).letters
        #expect(letters.map(\.reason) == [.tooLarge])
        #expect(letters.map(\.message) == ["16 of 8 bytes"])
    }

    // MARK: Late poison

    /// A record called poison after it was accepted becomes a dead letter when it is read again, without a submit; what is
    /// left on both sides of it is still one delivery to the breaker.
    @Test func latePoisonCutsADeliveryInTwo() {
        var shard = TestShard([StageSpec(name: "a", mode: .unordered(2), domain: 0)])
        let submission = shard.admit(3).submissions[0]
        _ = shard.feed(.accepted(a, delivery: submission.delivery))
        let lost = shard.end(submission, [0: .untried, 1: .poison, 2: .untried], message: "too late")
        #expect(lost.rewind == Position(offset: 0))
        _ = shard.feed(.timer(.loss(a)))
        let again = shard.admit(3)
        #expect(again.letters.map(\.message) == ["too late"])
        #expect(again.submissions.map(\.records.offsets) == [[0], [2]])
        for submission in again.submissions { _ = shard.fail(submission, .transient) }
        #expect(shard.domains[0].breaker.state == .closed, "its threshold is two deliveries")
        #expect(shard.machine.books(of: a).rewound == 3)
    }

    // MARK: Pure failures

    @Test func aStagesOwnTransformLeavesTheOthersAlone() {
        var shard = TestShard([StageSpec(name: "a", domain: 0), StageSpec(name: "b", domain: 1)])
        let dead = Admission.Dead(
            record: RecordID(offset: 1), place: "sink:b/when", reason: "transform", message: "no JSON", stage: b)
        let actions = shard.admit(3, dead: [dead])
        #expect(actions.submissions.map(\.records.offsets) == [[0, 1, 2], [0, 2]])
        #expect(actions.letters.map(\.key) == [LetterKey(.pure("sink:b/when"), RecordID(offset: 1))])
        _ = shard.end(actions.submissions[0])
        _ = shard.end(actions.submissions[1])
        #expect(shard.machine.checkpoint == Position(offset: 1))
        let written = shard.feed(.deadLetter(actions.letters[0].key, .written))
        #expect(written.releases == [1])
        #expect(shard.machine.books(of: a).deadLettered == 0 && shard.machine.books(of: b).deadLettered == 1)
    }

    @Test func aRecordMayBeDeadAtTwoStages() {
        var shard = TestShard([StageSpec(name: "a", domain: 0), StageSpec(name: "b", domain: 1)])
        let dead = [a, b].map {
            Admission.Dead(
                record: RecordID(offset: 0), place: "sink:\($0.index)/when", reason: "transform", message: "", stage: $0
            )
        }
        let actions = shard.admit(1, dead: dead)
        #expect(actions.submissions.isEmpty && actions.letters.count == 2)
        for letter in actions.letters { _ = shard.feed(.deadLetter(letter.key, .written)) }
        #expect(shard.machine.checkpoint == Position(offset: 1) && shard.machine.heldBatches == 0)
    }

    // MARK: Operator

    /// Records 0, 2 and 3 are refused, 1 is good: what the operator said of the sink holds until it delivers 1.
    @Test func anOperatorVouchesUntilTheNextDelivery() {
        var shard = TestShard()
        var open = shard.admit(4)
        open = shard.answer(open, refusing: [0, 2, 3])
        #expect(shard.machine.wait(of: a, domains: shard.domains) == .suspectOutage, "0 stands alone")
        open = shard.feed(.resolve(a, .poison))
        #expect(open.letters.map(\.key.record.offset) == [0])
        open = shard.answer(open, refusing: [0, 2, 3])
        #expect(shard.machine.books(of: a).delivered == 1)
        #expect(shard.machine.books(of: a).deadLettered == 2, "1 was the witness against 2")
        #expect(shard.machine.wait(of: a, domains: shard.domains) == .suspectOutage, "nothing speaks against 3")
    }

    /// Asked to try again, a suspect has its whole quota again, of time too.
    @Test func anOperatorRenewsTheQuota() {
        let retry = RetryPolicy(maxAttempts: 9, maxAge: 1000)
        var shard = TestShard([StageSpec(name: "a", domain: 0, retry: retry)], domain: FaultDomain(failureThreshold: 9))
        var submission = shard.admit(1).submissions[0]
        let first = shard.fail(submission, .transient)
        #expect(first.timers == [.retry(a, RecordID(offset: 0))])
        submission = shard.feed(.timer(first.timers[0])).submissions[0]
        shard.now = 1000
        let spent = shard.fail(submission, .transient)
        #expect(spent.timers == [.suspect(a, RecordID(offset: 0))])
        shard.now = 5000
        submission = shard.feed(.resolve(a, .retry)).submissions[0]
        shard.now = 5500
        let again = shard.fail(submission, .transient)
        #expect(again.timers == first.timers)
    }

    // MARK: Waiting

    @Test func saysThatASinkIsFull() {
        var shard = TestShard()
        let submission = shard.admit(2).submissions[0]
        _ = shard.feed(.full(a, delivery: submission.delivery, taken: 0))
        #expect(shard.machine.waiting(creditAvailable: true, domains: shard.domains) == .full(a))
        #expect(shard.machine.wait(of: a, domains: shard.domains) == .full)
        let again = shard.feed(.room(a)).submissions
        #expect(again.map(\.records.offsets) == [[0, 1]] && again.map(\.attempt) == [1])
        #expect(shard.machine.waiting(creditAvailable: true, domains: shard.domains) == .input)
        #expect(shard.machine.waiting(creditAvailable: false, domains: shard.domains) == .credit)
    }

    @Test func waitsForCreditOnlyWithABatch() {
        let shard = TestShard()
        #expect(shard.machine.waiting(creditAvailable: false, domains: shard.domains) == .input, "one is guaranteed")
    }

    @Test func namesTheStageItIsParkedAt() {
        var shard = TestShard([StageSpec(name: "a", domain: 0), StageSpec(name: "b", domain: 1)])
        let submissions = shard.admit(1).submissions
        let actions = shard.fail(submissions[1], .fatal)
        #expect(actions.contains { if case .wait(.parked(b)) = $0 { true } else { false } })
        #expect(!shard.machine.isReady)
    }
}

extension [ShardAction] {
    fileprivate var abandons: Bool { contains { if case .abandoned = $0 { true } else { false } } }
}
