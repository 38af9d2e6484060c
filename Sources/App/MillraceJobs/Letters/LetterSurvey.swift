import Millrace

/// What there is in a dead letter topic: how many of which reason and cause, and the newest. Pure.
public struct LetterSurvey: Sendable {
    /// What is alike in letters of one cause.
    public struct Kind: Sendable, Hashable {
        /// Where records failed.
        public let stage: String
        /// Why.
        public let reason: String
        /// Alike for errors that differ in numbers and quoted parts alone.
        public let fingerprint: String
    }

    /// How many there are of something.
    public struct Count: Sendable, Hashable {
        /// All of them.
        public internal(set) var letters = 0
        /// Those that were not redriven.
        public internal(set) var left = 0
        /// The error of the last one.
        public internal(set) var error = ""
    }

    /// Letters by their reason.
    public private(set) var reasons: [String: Count] = [:]
    /// Letters by their cause.
    public private(set) var kinds: [Kind: Count] = [:]
    /// Letters by the pipeline that gave them up.
    public private(set) var pipelines: [String: Int] = [:]
    /// The newest, the newest last; without payloads.
    public private(set) var newest: [FoundLetter] = []
    /// All letters.
    public private(set) var total = Count()
    /// Records that are no letters.
    public private(set) var foreign = 0
    /// The first few of them.
    public private(set) var firstForeign: [FoundLetter] = []
    /// When the first and the last was written, milliseconds since 1970.
    public private(set) var times: ClosedRange<Int64>?

    private let keeps: Int

    /// Nothing yet; it keeps so many of the newest.
    public init(keeps: Int) { self.keeps = keeps }

    /// Counts `found`.
    public mutating func add(_ found: FoundLetter) {
        guard let letter = found.letter else {
            foreign += 1
            if firstForeign.count < LetterSurvey.mostForeign { firstForeign.append(found) }
            return
        }
        let left = found.isRedriven ? 0 : 1
        let kind = Kind(stage: letter.stage, reason: letter.reason.rawValue, fingerprint: letter.fingerprint)
        func count(_ count: inout Count) {
            count.letters += 1
            count.left += left
            count.error = letter.error
        }
        count(&total)
        count(&reasons[kind.reason, default: Count()])
        count(&kinds[kind, default: Count()])
        pipelines[letter.pipeline, default: 0] += 1
        if found.timestamp >= 0 {
            times =
                times.map { min($0.lowerBound, found.timestamp)...max($0.upperBound, found.timestamp) }
                ?? found.timestamp...found.timestamp
        }
        keep(found)
    }

    /// The causes, the commonest first.
    public var sortedKinds: [(kind: Kind, count: Count)] {
        kinds.map { ($0.key, $0.value) }.sorted { left, right in
            left.1.letters != right.1.letters
                ? left.1.letters > right.1.letters
                : (left.0.stage, left.0.fingerprint) < (right.0.stage, right.0.fingerprint)
        }
    }

    /// The reasons, the commonest first.
    public var sortedReasons: [(reason: String, count: Count)] {
        reasons.map { ($0.key, $0.value) }.sorted { left, right in
            left.1.letters != right.1.letters ? left.1.letters > right.1.letters : left.0 < right.0
        }
    }

    private static let mostForeign = 5

    /// Keeps the newest over all partitions, in the order of their times.
    private mutating func keep(_ found: FoundLetter) {
        guard keeps > 0 else { return }
        if newest.count == keeps, let oldest = newest.first, oldest.timestamp > found.timestamp { return }
        let place = newest.lastIndex { $0.timestamp <= found.timestamp }.map { $0 + 1 } ?? 0
        newest.insert(found, at: place)
        if newest.count > keeps { newest.removeFirst() }
    }
}
