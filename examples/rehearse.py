"""What a sheet does, from a program: check it, rehearse it, and say when each cue was done.

python examples/rehearse.py examples/01-first-cue.cues
"""

from __future__ import annotations

import sys

import cuelang


def main(sheet: str) -> int:
    compiled = cuelang.compile_sheet(sheet)
    for finding in compiled.diagnostics:
        print(f"{finding.span.file}:{finding.span.line}: {finding.severity} {finding.code}: {finding.message}")
    if compiled.plan is None:
        return 1
    for cue in compiled.plan.cues:
        length = "without end" if cue.duration is None else f"{cue.duration / 1e9:.1f} s"
        print(f"cue {cue.number} “{cue.title}”: {length} in the plan")
    for record in cuelang.rehearse(compiled.plan):
        if record["kind"] == "cue" and record["state"] == "done":
            print(f"cue {record['cue']} was done after {record['t_ms'] / 1000:.1f} s of the show")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
