"""VISCA: the table of commands, the bytes of a row, the rows of a command. Pure."""
