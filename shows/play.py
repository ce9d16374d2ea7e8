"""`make show`: the play of this folder, on simulated cameras.

On a terminal it is yours: space is GO. Without one it plays through on a script of GOs and prints what happens.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cuelang.cli import main

PLAY = Path(os.path.relpath(Path(__file__).parent / "twelfth-night"))
SHEET = str(PLAY / "twelfth-night.cues")


def command(terminal: bool) -> list[str]:
    """What is typed: the light board's place is taken by this machine, so nothing outside is touched."""
    run = ["run", SHEET, "--simulate"]
    if terminal:
        return [*run, "--input", "desk=osc+udp://127.0.0.1:53000"]
    script = ["--script", str(PLAY / "gos.txt"), "--from", "1", "--set", "storm=3s"]
    return [*run, "--input", "desk=osc+udp://127.0.0.1:0", *script]


if __name__ == "__main__":
    sys.exit(main(command(sys.stdin.isatty() and sys.stdout.isatty())))
