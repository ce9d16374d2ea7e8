"""The `cuelang` command's first lines, and `python -m cuelang`: quiet, also for who presses Ctrl-C at once."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """While modules are read nothing has been set going: Ctrl-C may end the process there and then, without a word."""
    interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cuelang.cli import INTERRUPTED
    from cuelang.cli import main as run

    try:
        signal.signal(signal.SIGINT, interrupt)
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
