import Millrace
import MillraceService
import Platform

/// `millrace status CONFIG`: how the running worker stands, and why something waits.
enum StatusCommand {
    static let declaration = Command(
        "status", "says how the running worker stands, and why something waits",
        details: [
            "For each shard: its checkpoint, how far behind it is in records and in time, and what it waits for since when; "
                + "for what is wrong the last error and what happens next. Then the sinks, the last dead letters and "
                + "the books.",
            RunningWorker.detail,
        ],
        arguments: [RunningWorker.argument],
        options: [.flag("json", "prints what /status says")],
        example: "millrace status orders.yaml", exits: RunningWorker.exits, run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        let client = try RunningWorker.client(invocation)
        let isJSON = invocation.has("json")
        let text = try isJSON ? json(client) : text(client, width: width(invocation.surroundings.output))
        try invocation.write(text)
        return ExitCode.done.number
    }

    /// The text for a terminal of `width` columns.
    static func text(_ client: ControlClient, width: Int) throws(MillraceError) -> String {
        let answer = try client.call("GET", "/status", [("as", "text"), ("width", "\(width)")])
        guard answer.status == 200 else { throw RunningWorker.error(answer) }
        return answer.text
    }

    private static func json(_ client: ControlClient) throws(MillraceError) -> String {
        let answer = try client.call("GET", "/status")
        guard answer.status == 200 else { throw RunningWorker.error(answer) }
        return answer.text
    }

    /// The columns of the terminal; 80 where there is none.
    static func width(_ stream: StandardStream) -> Int { Terminal.size(stream)?.columns ?? 80 }
}
