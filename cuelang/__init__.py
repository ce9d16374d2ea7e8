"""cuelang: a cue sheet becomes a timed plan, and the plan runs on cameras."""

__version__ = "0.1.0"
