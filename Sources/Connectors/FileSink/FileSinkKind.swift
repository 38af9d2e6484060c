import Millrace
import Platform

/// `file`: records in a file a shard.
///
/// ## Configuration keys
/// `path`, `rotate`, `sync`, `framing`: see ``keys``.
public struct FileSinkKind: SinkKind {
    /// The kind itself has no state.
    public init() {}

    /// `file`.
    public let name = "file"
    /// One sentence for the reference.
    public let meaning =
        "Appends each record's payload to a file a shard, as a line or behind its length, safe after every sync."

    /// `path`, which every config must have, and `rotate`, `sync`, `framing`.
    public var keys: [Key] {
        [
            .required(
                "path", .string, example: "\"out/{shard}.jsonl\"",
                "The file. `{topic}`, `{partition}`, `{shard}` and `{date}` (UTC) stand for the record's; `{shard}`, or `{partition}` with one topic, must be in it."
            ),
            Key(
                "rotate", .size(1...(1 << 50)), example: "64MiB",
                "The size at which a file is finished: it becomes NAME-<first offset>, and a new one is begun."),
            Key(
                "sync", .duration(0...3_600_000, allowsInfinite: false), default: "1s",
                "The longest time after which a written line is safe on the disk, and the checkpoint may pass it."),
            Key(
                "framing", .choice(["line", "length"]), default: "line",
                "How payloads are told apart: a line each, or the number of its bytes before each (4 bytes, big endian)."
            ),
        ]
    }

    /// Refuses a path that would lead two shards to one file, and by name what a later version has.
    public func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue] {
        var issues: [ConfigIssue] = []
        let path = options.string("path") ?? ""
        if let tilde = ConfigIssue.tilde(path, of: "path", at: options.place(of: "path")) { issues.append(tilde) }
        do throws(PathTemplate.Problem) {
            let template = try PathTemplate(path)
            let topics = context.source.strings("topics").count
            if !template.isUnique(topics: topics) {
                let message =
                    topics == 1
                    ? "path: must contain `{shard}` or `{partition}`, or several shards would share a file"
                    : "path: must contain `{shard}`, or several shards would share a file"
                issues.append(
                    ConfigIssue(
                        message, at: options.place(of: "path"), width: path.count, hint: "out/{shard}.jsonl"))
            }
        } catch {
            issues.append(
                ConfigIssue(
                    "path: \(error.message)", at: options.place(of: "path"), width: max(path.count, 1),
                    hint: error.hint))
        }
        return issues
    }

    /// Makes the folder that all files share, if it is missing, and starts the writer.
    ///
    /// - Throws: 73 when the folder can be neither made nor written to, or the path is another pipeline's. A disk that is
    ///   full is waited for instead. That a file is locked by another worker of the group is only known once its shard is:
    ///   then the shard parks, `fatal`.
    public func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink {
        let template: PathTemplate
        do throws(PathTemplate.Problem) {
            template = try PathTemplate(options.string("path") ?? "")
        } catch {
            throw MillraceError(.config, "sink \(context.name): path: \(error.message)", remedy: error.hint)
        }
        do throws(SystemError) {
            try prepare(template.fixedFolder)
        } catch {
            throw cannotWrite(error, context)
        }
        let claim = try claim(template, context)
        do throws(SystemError) {
            return try FileSink(
                name: context.name, template: template, claim: claim,
                limits: FileState.Limits(
                    sync: options.duration("sync") ?? 1_000, rotate: options.size("rotate").map(Int64.init),
                    lockWait: context.revoke + 5_000,
                    framing: Framing(rawValue: options.string("framing") ?? "") ?? .line),
                memory: context.memory, notes: context.notes)
        } catch {
            throw cannotWrite(error, context)
        }
    }

    private func cannotWrite(_ error: SystemError, _ context: SinkContext) -> MillraceError {
        MillraceError(
            .cannotCreate, "sink \(context.name): \(error)",
            remedy: "make the folder and give this user the right to write there, or change `path`")
    }

    private func claim(_ template: PathTemplate, _ context: SinkContext) throws(MillraceError) -> PathClaim {
        let pipeline = context.pipeline
        do throws(PathClaim.Taken) {
            return try PathClaim(
                template, topics: context.source.strings("topics"),
                group: context.source.string("group") ?? pipeline, pipeline: pipeline)
        } catch {
            let holder = error.holder.isEmpty ? "another process" : error.holder
            throw MillraceError(
                .cannotCreate, "sink \(context.name): the files of `path` are written by \(holder)",
                remedy: "stop that one, or give one of the two another `path`; only workers of one group share it")
        }
    }

    private func prepare(_ folder: String) throws(SystemError) {
        do throws(SystemError) {
            try FileSystem.makeFolders(folder)
            let probe = "\(folder)/.millrace-\(Process.identifier)"
            _ = try File(probe, [.writing, .creating])
            try FileSystem.remove(probe)
        } catch {
            if !error.isFull { throw error }
        }
    }
}
