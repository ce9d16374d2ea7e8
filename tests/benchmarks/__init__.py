"""The figures of the guide, each with its baseline measured in the same run: `python -m tests.benchmarks`.

What is measured live is the real program from outside: `cuelang run` is one process, the cameras are another,
and the kernel stamps every datagram as it passes.
"""
