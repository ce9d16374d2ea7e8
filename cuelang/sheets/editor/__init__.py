"""A sheet in an editor: the language server, and what editors need to know of the language.

Pure but for `server`, which speaks with the editor, and for the sheets that are read from the disk.
"""
