import MillraceCommand

MillraceCommand.main()
