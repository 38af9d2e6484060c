import Glibc
import Millrace
import MillraceCommand
import Platform

// Called while building (`make generate`), never installed: the commands that people type stay those of the design.
guard CommandLine.arguments.count == 2 else {
    StandardStream.error.writeLine("usage: MillraceGenerator FOLDER")
    exit(64)
}
do throws(MillraceError) {
    try ProgramDocuments(registry: .standard).write(into: CommandLine.arguments[1])
} catch {
    StandardStream.error.writeLine("MillraceGenerator: \(error)")
    exit(error.code.exitCode)
}
