import Millrace
import Platform

/// Where lies what must outlive a process: the progress of replays and redrives.
public struct StateFolder: Sendable {
    /// The folder.
    public let path: String

    /// `given` where it is, else `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/millrace`, else `~/.local/state/millrace`.
    public init(
        _ given: String?, environment: (String) -> String? = { Environment.value($0) }
    ) throws(MillraceError) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        if let given {
            path = given
        } else if let folders = value("STATE_DIRECTORY") {
            // Several are separated by colons; the first is the unit's main one.
            path = String(folders.prefix { $0 != ":" })
        } else if let state = value("XDG_STATE_HOME") {
            path = "\(state)/millrace"
        } else if let home = value("HOME") {
            path = "\(home)/.local/state/millrace"
        } else {
            throw MillraceError(
                .usage, "there is no place for progress: neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME is set",
                remedy: "name a folder: --state DIR")
        }
    }

    /// The file `name` in it.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes it.
    func make() throws(MillraceError) {
        do { try FileSystem.makeFolders(path, permissions: 0o700) } catch {
            throw MillraceError(.cannotCreate, "\(error)", remedy: "name another folder: --state DIR")
        }
    }
}
