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
    _load_msgspec()
    from cuelang.cli.parser import INTERRUPTED
    from cuelang.cli.parser import main as run

    sys.unraisablehook = _unraisable
    try:
        signal.signal(signal.SIGINT, interrupt)
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if not gc.isenabled():
            gc.freeze()  # a brief command leaves nothing that is worth collecting while the process ends


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """Ctrl-C that comes where nothing can be raised (a module is being read, an object goes) counts a moment later."""
    if issubclass(what.exc_type, KeyboardInterrupt):
        import _thread
        import threading

        threading.Timer(0.02, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(what)


def _load_msgspec() -> None:
    """msgspec takes from typing_extensions, which needs a tenth of what `check` takes, what every Python that we run
    on has in typing."""
    if "typing_extensions" not in sys.modules:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment]
        try:
            import msgspec  # noqa: F401
        finally:
            del sys.modules["typing_extensions"]


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
