/// The commands of the program.
enum CommandTable {
    /// In the order of the list that `millrace` prints.
    static let all: [Command] = [
        DemoCommand.declaration, InitCommand.declaration, CheckCommand.declaration, TryCommand.declaration,
        TestCommand.declaration, RunCommand.declaration, ReplayCommand.declaration, SeekCommand.declaration,
        DlqListCommand.declaration, DlqShowCommand.declaration, DlqRedriveCommand.declaration,
        BrokerCommand.declaration, ProduceCommand.declaration,
        StatusCommand.declaration, TopCommand.declaration, PauseCommand.declaration, ResumeCommand.declaration,
        SkipCommand.declaration, ResolveCommand.declaration,
    ]
}
