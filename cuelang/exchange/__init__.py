"""Cue lists of other programs: read into a sheet, and written out of one. Pure: texts and tables in, texts out."""
