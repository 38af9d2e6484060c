import Millrace
import MillraceConfig
import MillraceService
import Platform

/// What is generated from a program's commands and from the keys of its kinds: a reference config, the page about keys,
/// man pages and completions.
///
/// A program with kinds of its own generates its own:
///
/// ```swift
/// try ProgramDocuments(registry: .standard.adding(MySink())).write(into: "share")
/// ```
public struct ProgramDocuments: Sendable {
    /// A file and its text.
    public struct File: Sendable {
        /// Where it belongs, relative to `/usr/share` or a folder laid out like it.
        public let path: String
        /// Its content.
        public let text: String
    }

    /// All files, each with a path of its own.
    public let files: [File]

    /// The documents of `millrace` with the kinds of `registry`.
    public init(registry: Registry) {
        let commands = CommandTable.all
        let catalog = KeyCatalog(registry)
        files =
            [
                File(path: "doc/millrace/reference.yaml", text: ReferenceConfig(registry).text),
                File(path: "doc/millrace/configuration.md", text: KeyPage(registry).text),
                File(path: "doc/millrace/metrics.md", text: MetricsPage.text),
                File(path: "bash-completion/completions/millrace", text: BashCompletion(commands).text),
                File(path: "zsh/vendor-completions/_millrace", text: ZshCompletion(commands).text),
                File(path: "fish/vendor_completions.d/millrace.fish", text: FishCompletion(commands).text),
                File(path: "man/man1/millrace.1", text: ManPages.program(commands)),
                File(path: "man/man5/millrace.yaml.5", text: ManPages.config(registry, catalog)),
            ]
            + commands.map { command in
                File(
                    path: "man/man1/millrace-\(command.words.joined(separator: "-")).1",
                    text: ManPages.command(command, of: commands))
            }
    }

    /// Writes all files below `folder`, which is made where it is missing; what is there is replaced.
    /// - Throws: An error of code `cannotCreate` that names the file.
    public func write(into folder: String) throws(MillraceError) {
        for file in files {
            let path = folder + "/" + file.path
            do throws(SystemError) {
                try FileSystem.makeFolders(FileSystem.folder(of: path))
                let target = try Platform.File(path, [.writing, .creating])
                try target.truncate(to: 0)
                try target.write(file.text)
                try target.close()
            } catch {
                throw MillraceError(.cannotCreate, "\(path): \(error)")
            }
        }
    }
}

extension Command {
    /// The words of its name: one, or two for a command of a family (`dlq list`).
    var words: [String] { name.split(separator: " ").map(String.init) }
}
