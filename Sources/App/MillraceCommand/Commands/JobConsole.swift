import Millrace
import MillraceConfig
import MillraceJobs
import Platform

/// Shows a job on the terminal: the result on standard output, the rest on standard error.
final class JobConsole: JobView {
    private let invocation: Invocation
    private let title: String
    private var meter: ProgressMeter?
    private var total: Int?

    /// The console of a job called `title`.
    init(_ invocation: Invocation, title: String) {
        self.invocation = invocation
        self.title = title
    }

    func say(_ line: String) {
        meter?.finish()
        invocation.surroundings.error.writeLine(line)
    }

    func result(_ text: String) throws(MillraceError) {
        meter?.finish()
        try invocation.write(text)
    }

    func progress(_ done: Int, of total: Int, note: String) {
        if meter == nil || total != self.total {
            // Another part of the work.
            meter?.finish()
            self.total = total
            meter = ProgressMeter(title, total: total, from: done, to: invocation.surroundings.error)
        }
        meter?.update(done, note: note)
    }

    func confirm(_ question: String) -> Bool? {
        let input = invocation.surroundings.input
        guard Terminal.isTerminal(input), Terminal.isTerminal(invocation.surroundings.error) else { return nil }
        meter?.finish()
        invocation.surroundings.error.write("\(question) [y/N] ")
        guard let bytes = try? input.read(upTo: 256) else { return false }
        let answer = String(decoding: bytes, as: UTF8.self).lowercased().filter { !$0.isWhitespace }
        return answer == "y" || answer == "yes"
    }
}

extension Invocation {
    /// The checked config of the argument `CONFIG`; nil when something is wrong with it, which was said.
    func config() throws(MillraceError) -> (config: PipelineConfig, path: String)? {
        let path = try required("CONFIG")
        let loaded = try ConfigFile.load(path, self)
        guard let config = loaded.config, loaded.isValid else {
            surroundings.error.write(loaded.report)
            return nil
        }
        return (config, path)
    }
}
