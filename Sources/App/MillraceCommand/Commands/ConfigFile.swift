import Millrace
import MillraceConfig
import Platform

/// Reads the config that a command was given.
enum ConfigFile {
    /// The file at `path`, checked against the kinds of the program.
    ///
    /// With the option `no-env` variables are left alone. Throws where the file cannot be opened; what is wrong inside it
    /// is in the answer.
    static func load(_ path: String, _ invocation: Invocation) throws(MillraceError) -> LoadedConfig {
        try load(contents(path), path, invocation)
    }

    /// The file at `path` with its variables left alone: for those who want its name and need no secrets for that.
    static func loadWithoutVariables(
        _ path: String, _ invocation: Invocation
    ) throws(MillraceError) -> LoadedConfig {
        ConfigLoader(registry: invocation.surroundings.registry, variables: nil).load(try contents(path), path: path)
    }

    /// The bytes of the file at `path`.
    static func contents(_ path: String) throws(MillraceError) -> [UInt8] {
        do { return try FileSystem.contents(of: path) } catch {
            throw MillraceError(.noInput, "\(error)")
        }
    }

    /// What these bytes of the file at `path` say.
    static func load(_ bytes: [UInt8], _ path: String, _ invocation: Invocation) throws(MillraceError) -> LoadedConfig {
        let variables = invocation.has("no-env") ? nil : variables(invocation)
        return ConfigLoader(registry: invocation.surroundings.registry, variables: variables, paths: paths)
            .load(bytes, path: path)
    }

    /// What lies where the config wants to make something.
    private static let paths = PathLook { path in
        switch try? FileSystem.kind(path) {
        case .missing: .missing
        case .file: .file
        case .folder: .folder
        case .other, nil: .other
        }
    }

    /// Where the variables of a config get their values from.
    private static func variables(_ invocation: Invocation) -> Variables {
        Variables(
            environment: { Environment.value($0) },
            file: { (path) throws(Variables.Unreadable) in
                do { return try FileSystem.contents(of: path, limit: 1 << 20) } catch {
                    throw Variables.Unreadable("\(error)")
                }
            }, credentials: invocation.text("credentials") ?? Environment.value("CREDENTIALS_DIRECTORY"))
    }
}
