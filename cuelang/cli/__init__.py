"""The commands of `cuelang`."""
