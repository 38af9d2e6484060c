import Millrace
import MillraceService
import Platform

/// `millrace top CONFIG`: `status`, live.
enum TopCommand {
    static let declaration = Command(
        "top", "shows the status of the running worker, live",
        details: [
            "What `millrace status` says, anew four times a second, until q or Ctrl-C. A worker that goes away is said and "
                + "waited for. Where there is no terminal it prints the status once.",
            RunningWorker.detail,
        ],
        arguments: [RunningWorker.argument], options: [.flag("once", "prints it once and ends")],
        example: "millrace top --once orders.yaml", exits: RunningWorker.exits, run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        let client = try RunningWorker.client(invocation)
        let (input, output) = (invocation.surroundings.input, invocation.surroundings.output)
        // Asked before the screen changes: an error should stand where it was called.
        let first = try StatusCommand.text(client, width: StatusCommand.width(output))
        guard LiveView.isPossible(input: input, output: output), !invocation.has("once") else {
            try invocation.write(first)
            return ExitCode.done.number
        }
        do throws(SystemError) {
            let view = try LiveView(input: input, output: output)
            _ = try view.run({ !leaves($0) }, { frame(client, $0) })
        } catch { throw MillraceError(.internal, "\(error)") }
        return ExitCode.done.number
    }

    private static func leaves(_ key: TerminalKey) -> Bool {
        [.character("q"), .escape, .control("c"), .control("d")].contains(key)
    }

    private static func frame(_ client: ControlClient, _ size: Terminal.Size) -> [StyledText] {
        do throws(MillraceError) {
            let text = try StatusCommand.text(client, width: size.columns)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { styled(String($0)) }
            let room = max(1, size.rows - 1)
            return lines.prefix(room) + [StyledText(foot(cut: lines.count - room), .dim)]
        } catch {
            return [StyledText(error.message, .bad), "", StyledText("asked again; q quit", .dim)]
        }
    }

    /// The last line, which says so where lines had no room: sinks stand below the shards.
    static func foot(cut: Int) -> String {
        guard cut > 0 else { return "q quit" }
        return "q quit   \(cut) more \(cut == 1 ? "line" : "lines"): make the window higher, or take millrace status"
    }

    private static func styled(_ line: String) -> StyledText {
        if line.hasPrefix("NOT READY") || line.contains("BOOKS DO NOT") { return StyledText(line, .bad) }
        if line.hasPrefix("ready:") { return StyledText(line, .good) }
        let isHeading = ["SHARD ", "SINK ", "DEAD LETTERS "].contains { line.hasPrefix($0) }
        return StyledText(line, isHeading ? .dim : .plain)
    }
}
