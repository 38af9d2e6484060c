import Glibc
import Millrace
import MillraceCommand

let registry = Registry.standard.adding(StampKind()).adding(PostgreSQLKind())

// Reference config, man pages and completions that know the new kinds: written while building, say by a Makefile.
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "documents" {
    do throws(MillraceError) {
        try ProgramDocuments(registry: registry).write(into: CommandLine.arguments[2])
        exit(0)
    } catch {
        print(error)
        exit(error.code.exitCode)
    }
}

MillraceCommand.main(registry: registry)
