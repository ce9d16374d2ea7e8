"""`make show`: the play of this folder, on simulated cameras.

On a terminal it is yours: space is GO. Without one it plays through on a script of GOs and prints what happens.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cuelang.cli.parser import main

PLAY = Path(os.path.relpath(Path(__file__).parent / "twelfth-night"))
SHEET = str(PLAY / "twelfth-night.cues")


def command(terminal: bool) -> list[str]:
    """What is typed. Nothing outside this machine is heard or touched: the light board's door is shut, and on a
    terminal any program of this machine may be the board."""
    run = ["run", SHEET, "--simulate", "--input", "desk=osc+udp://127.0.0.1:0"]
    if terminal:
        return [*run, "--input", "osc+udp://127.0.0.1:53000"]
    return [*run, "--script", str(PLAY / "gos.txt"), "--from", "1", "--set", "storm=3s"]


if __name__ == "__main__":
    sys.exit(main(command(sys.stdin.isatty() and sys.stdout.isatty())))
