import Glibc
import Millrace
import Platform

/// The commands of `millrace`, for a program of one's own:
///
/// ```swift
/// import MillraceCommand
///
/// MillraceCommand.main(registry: .standard.adding(MySink()))
/// ```
public enum MillraceCommand {
    /// Runs the command that the process was called with, and ends the process with its exit code.
    ///
    /// To be called by the first thread, before others start: commands that end in good order on a signal must block it
    /// in every thread.
    /// - Parameter registry: The kinds of sources, sinks and transforms that configs may name.
    public static func main(registry: Registry = .standard) -> Never {
        StandardStream.holdPlaces()
        // A shell gives 1,024, a file sink takes two a shard.
        Process.raiseDescriptorLimit()
        exit(run(Array(CommandLine.arguments.dropFirst()), Surroundings(registry: registry)))
    }

    /// Runs the command of `words` (without the program's name); answers the exit code.
    static func run(_ words: [String], _ surroundings: Surroundings) -> Int32 {
        let parser = CommandParser(
            commands: CommandTable.all, surroundings: surroundings)
        do throws(CommandParser.Failure) {
            switch try parser.parse(words) {
            case .nothing:
                surroundings.error.write(HelpPage.list(parser.commands))
                return ExitCode.usage.number
            case .list: return show(HelpPage.list(parser.commands), surroundings)
            case .help(let command): return show(HelpPage.page(command), surroundings)
            case .family(let commands): return show(HelpPage.family(commands), surroundings)
            case .version: return show(Version.line, surroundings)
            case .run(let invocation): return run(invocation)
            }
        } catch {
            return report(error.error, of: error.command, surroundings)
        }
    }

    private static func run(_ invocation: Invocation) -> Int32 {
        do throws(MillraceError) {
            return try invocation.command.run(invocation)
        } catch {
            return report(error, of: invocation.command.name, invocation.surroundings)
        }
    }

    private static func show(_ text: String, _ surroundings: Surroundings) -> Int32 {
        surroundings.output.write(text) ? 0 : MillraceError.Code.cannotCreate.exitCode
    }

    private static func report(_ error: MillraceError, of command: String?, _ surroundings: Surroundings) -> Int32 {
        surroundings.error.writeLine("\((["millrace"] + [command].compactMap { $0 }).joined(separator: " ")): \(error)")
        return error.code.exitCode
    }
}
