import Millrace
import MillraceConfig
import MillraceJobs
import Platform

/// `millrace dlq list CONFIG`: what is in the dead letter topic, and why.
enum DlqListCommand {
    static let declaration = Command(
        "dlq list", "says what is in the dead letter topic, and why",
        details: [
            "How many letters there are of each reason and of each cause (stage, reason and fingerprint, which is alike for "
                + "errors that differ in numbers alone), then the newest. LEFT are those that were not redriven yet, as far "
                + "as the state folder knows.",
            "Records of the topic that are no letters of Millrace are counted and named by where they lie. With --json each "
                + "letter is one object on a line of its own.",
        ],
        arguments: [.init("CONFIG", "the config, a YAML file")],
        options: LetterOptions.filter + [
            .value("limit", .integer("N", 0...100_000), default: "10", "lists the N newest"),
            .flag("json", "prints all letters, an object a line"),
        ] + LetterOptions.places,
        example: "millrace dlq list orders.yaml --since -24h",
        exits: [.done, .noInput, .unavailable, .cannotCreate, .notPermitted, .config], run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        guard let (config, path) = try invocation.config() else { return ExitCode.config.number }
        let letters = try LetterOptions.letters(invocation, config)
        defer { letters.close() }
        let console = JobConsole(invocation, title: "reading \(letters.topic)")
        if invocation.has("json") {
            var lines = ""
            try letters.read(payloads: false, console) { (found) throws(MillraceError) in
                lines += LetterJSON.line(found)
                guard lines.utf8.count > 1 << 16 else { return }
                try console.result(lines)
                lines = ""
            }
            try console.result(lines)
            return ExitCode.done.number
        }
        var survey = LetterSurvey(keeps: invocation.integer("limit") ?? 10)
        try letters.read(payloads: false, console) { (found) throws(MillraceError) in survey.add(found) }
        let text = LetterListText(
            survey: survey, topic: letters.topic, partitions: letters.partitions, path: path,
            filter: LetterOptions.words(invocation), pipeline: config.name, now: WallClock.now())
        let output = invocation.surroundings.output
        let hasColour = Terminal.hasColour(output)
        let width = StatusCommand.width(output)
        try console.result(text.lines(width: width).map { $0.rendered(hasColour: hasColour) + "\n" }.joined())
        return ExitCode.done.number
    }
}
