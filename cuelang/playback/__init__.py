"""The cue-list machine: requests and reports in, effects out. Pure: no clock and no I/O."""
