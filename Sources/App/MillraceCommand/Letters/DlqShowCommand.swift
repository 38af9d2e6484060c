import Millrace
import MillraceJobs
import Platform

/// `millrace dlq show CONFIG`: single letters, whole.
enum DlqShowCommand {
    static let declaration = Command(
        "dlq show", "shows single dead letters: what happened, headers and payload",
        details: [
            "A letter is named by its origin, topic:partition:offset of the source. Where a record has several, all are shown, "
                + "the newest last. A record of the topic that is no letter is named by its place there.",
            "The payload is shown as the config's decode reads it, and as the bytes that lie in the topic; long ones are cut, "
                + "unless --full is there. Then what the pipeline as it is now would make of it, short of its sinks.",
        ],
        arguments: [.init("CONFIG", "the config, a YAML file")],
        options: LetterOptions.filter + [
            .value("limit", .integer("N", 1...100_000), default: "10", "shows the N newest of those that are meant"),
            .flag("full", "shows payloads of any length whole"),
            .flag("json", "prints an object a line, with payload and headers"),
        ] + LetterOptions.places,
        example: "millrace dlq show orders.yaml --origin orders:3:0",
        exits: [.done, .data, .noInput, .unavailable, .cannotCreate, .notPermitted, .config], run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        guard let (config, path) = try invocation.config() else { return ExitCode.config.number }
        let letters = try LetterOptions.letters(invocation, config)
        defer { letters.close() }
        let console = JobConsole(invocation, title: "reading \(letters.topic)")
        let limit = invocation.integer("limit") ?? 10
        var newest: [FoundLetter] = []
        var count = 0
        try letters.read(payloads: true, console) { (found) throws(MillraceError) in
            count += 1
            // In the order of their times, over all partitions.
            let place = newest.lastIndex { $0.timestamp <= found.timestamp }.map { $0 + 1 } ?? 0
            newest.insert(found, at: place)
            if newest.count > limit { newest.removeFirst() }
        }
        guard !newest.isEmpty else {
            throw MillraceError(
                .data, "no such letter in \(letters.topic)",
                remedy: "`millrace dlq list \(path)` says what there is; letters expire with the topic's retention")
        }
        if count > newest.count {
            console.say("the \(newest.count) newest of \(Figures.grouped(count)); --limit N shows more")
        }
        let hasColour = Terminal.hasColour(invocation.surroundings.output)
        for (index, found) in newest.enumerated() {
            if invocation.has("json") {
                try console.result(LetterJSON.line(found, payload: true))
                continue
            }
            let text = LetterShowText(
                found: found, config: config, path: path, isFull: invocation.has("full"), now: WallClock.now())
            let gap: [StyledText] = index > 0 ? [""] : []
            try console.result((gap + text.lines).map { $0.rendered(hasColour: hasColour) + "\n" }.joined())
        }
        return ExitCode.done.number
    }
}
