import Millrace
import MillraceCommand

MillraceCommand.main(registry: .standard.adding(StampKind()).adding(PostgreSQLKind()))
