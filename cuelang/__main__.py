"""The `cuelang` command's first lines, and `python -m cuelang`: quiet, also for who presses Ctrl-C at once."""

from __future__ import annotations

import gc
import os
import signal
import sys


def main() -> int:
    """While modules are read nothing has been set going: Ctrl-C may end the process there and then, without a word."""
    interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # the command decides
    _open_closed()
    from cuelang.cli.parser import INTERRUPTED
    from cuelang.cli.parser import main as run

    try:
        signal.signal(signal.SIGINT, interrupt)
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if not gc.isenabled():
            gc.freeze()  # a brief command leaves nothing that is worth collecting while the process ends


def _open_closed() -> None:
    """Standard streams that were closed (`<&-`, some service managers) read and write nothing; left closed, the first
    socket that is opened would be standard output."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    sys.exit(main())
