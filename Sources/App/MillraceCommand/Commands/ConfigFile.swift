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
        let bytes: [UInt8]
        do { bytes = try FileSystem.contents(of: path) } catch {
            throw MillraceError(.noInput, "\(error)")
        }
        let variables = invocation.has("no-env") ? nil : variables(invocation)
        return ConfigLoader(registry: invocation.surroundings.registry, variables: variables)
            .load(bytes, path: path)
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
