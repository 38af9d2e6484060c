import Millrace
import MillraceCommand

MillraceCommand.main(registry: .standard.adding(FragileKind()))
