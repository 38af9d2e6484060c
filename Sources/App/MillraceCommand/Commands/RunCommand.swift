import Millrace
import MillraceConfig
import MillraceJobs
import MillraceService
import Platform

/// `millrace run CONFIG`: the service.
enum RunCommand {
    static let declaration = Command(
        "run", "runs the pipeline of a config",
        details: [
            "It looks for everything the config names before it reads anything: a missing topic or permission ends it, a "
                + "broker that is away is waited for. Once running it waits, whatever happens, and says what for.",
            "SIGTERM and SIGINT drain: what was begun is finished and committed within limits.drain; a second signal stops "
                + "at once. The log, on standard error, ends with the books.",
        ],
        arguments: [.init("CONFIG", "the config, a YAML file")],
        options: [
            .value("credentials", .folder, "where ${credential:NAME} looks, instead of $CREDENTIALS_DIRECTORY"),
            .value("state", .folder, "where it is kept what the process had in hand, should it die"),
        ],
        example: "millrace run orders.yaml",
        exits: [.done, .noInput, .unavailable, .cannotCreate, .undone, .notPermitted, .config, .fenced],
        run: run)

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        try Worker.blockSignals()
        let path = try invocation.required("CONFIG")
        let bytes = try ConfigFile.contents(path)
        let loaded = try ConfigFile.load(bytes, path, invocation)
        guard let config = loaded.config, loaded.isValid else {
            invocation.surroundings.error.write(loaded.report)
            return ExitCode.config.number
        }
        let log = try invocation.openLog()
        defer { log.close() }
        for issue in loaded.issues {
            log.note(Note(.warn, "config", [("where", "\(path):\(issue.place.line)"), ("what", issue.message)]))
        }
        let text = ConfigText(bytes, loaded)
        // Without any place for it the worker runs all the same.
        let folder = try? StateFolder(invocation.text("state"))
        return Worker(
            config, path: path, text: text, version: Version.current, notes: log, stateFolder: folder?.path
        ).run().exitCode
    }
}
