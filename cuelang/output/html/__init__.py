"""A rehearsal on paper: what happened, when, and where it is written, as one file to look at and to print."""
