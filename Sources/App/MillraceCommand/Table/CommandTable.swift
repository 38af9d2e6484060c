/// The commands of the program.
enum CommandTable {
    /// In the order of the list that `millrace` prints.
    static let all: [Command] = [
        DemoCommand.declaration, InitCommand.declaration, CheckCommand.declaration, TryCommand.declaration,
        RunCommand.declaration, BrokerCommand.declaration, ProduceCommand.declaration,
    ]

    /// Names that the design has and this version has not: refused by name.
    static let later = [
        "test", "status", "top", "pause", "resume", "skip", "resolve", "seek", "replay", "dlq",
    ]
}
