"""Drivers of video switchers: a pure machine for each protocol (`cuelang/protocols`) on a line, with a clock."""
