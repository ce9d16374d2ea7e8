"""`cuelang` in a process of its own, without the half second that Python takes to start and to import it.

The process is a fork of the tests' own, which has everything imported. Its words, folder, environment and standard
streams, its signals and its end are those of a program that was started; the interpreter's start is proved in
`tests/cli/test_cli_process.py`.
"""

from __future__ import annotations

import ctypes
import gc
import io
import logging
import os
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

# What the commands import when they are asked for.
import cuelang.app
import cuelang.app.show
import cuelang.cli.parser
import cuelang.simulator.standalone
import cuelang.web.server  # noqa: F401
from cuelang.__main__ import main

PR_SET_PDEATHSIG = 1  # linux/prctl.h
FORKS = sys.platform == "linux"


def started(
    *words: str,
    env: Mapping[str, str] | None = None,
    preexec_fn: Callable[[], object] | None = None,
    **more: Any,
) -> subprocess.Popen[Any]:
    """`cuelang` with these words; the rest as for `subprocess.Popen`."""
    if not FORKS:
        return subprocess.Popen([sys.executable, "-m", "cuelang", *words], env=env, preexec_fn=preexec_fn, **more)

    lasts = threading.current_thread() is threading.main_thread()

    def become() -> None:
        if lasts:  # for it is the thread's end that counts
            _dies_with_its_parent()
        if words[0] == "simulate":
            with suppress(OSError):  # a camera is a machine of its own: other tests do not keep it from answering
                os.setpriority(os.PRIO_PROCESS, 0, -10)
        if preexec_fn is not None:
            preexec_fn()
        _become(main, ["cuelang", *words], env)

    return subprocess.Popen(["cuelang", *words], preexec_fn=become, **more)


def ran(*words: str, timeout: float = 40, **more: Any) -> subprocess.CompletedProcess[Any]:
    """`cuelang` with these words, at its end, and what it printed; the rest as for `subprocess.Popen`."""
    with started(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more) as process:
        try:
            said, wrong = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, said, wrong)


def called(
    function: Callable[[], object], *words: str, timeout: float, **more: Any
) -> subprocess.CompletedProcess[Any]:
    """A function of a program in a process of its own, with these words on its command line. Linux alone."""
    line = [function.__module__, *words]
    return subprocess.run(line, timeout=timeout, preexec_fn=lambda: _become(function, line), **more)


def _dies_with_its_parent() -> None:
    """A test that dies leaves no show behind, which has precedence over all that is run after it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _become(function: Callable[[], object], words: list[str], env: Mapping[str, str] | None = None) -> None:
    """The whole life of the process; never returns. What pytest and the tests have set is put back first."""
    code = 1
    try:
        gc.freeze()  # what tests left behind, collected here, would close what has its descriptor's number by then
        os.closerange(3, 4096)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGCHLD, signal.SIGWINCH):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_IGN)  # as Python does when it starts
        logging.getLogger().handlers.clear()
        warnings.simplefilter("ignore")
        sys.excepthook, sys.unraisablehook = sys.__excepthook__, sys.__unraisablehook__
        threading.excepthook = threading.__excepthook__
        if env is not None:
            os.environ.clear()
            os.environ.update(env)
        sys.argv = words
        sys.stdin, sys.stdout, sys.stderr = _stream(0), _stream(1), _stream(2)
        gc.enable()
        result = function()
        code = result if isinstance(result, int) else 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):
                stream.flush()
        os._exit(code & 0xFF)


def _stream(number: int) -> Any:
    """A standard stream as Python opens it; None if it was closed."""
    try:
        raw = open(number, "wb" if number else "rb", closefd=False)  # noqa: SIM115
    except OSError:
        return None
    return io.TextIOWrapper(
        raw,
        encoding="utf-8",
        errors="backslashreplace" if number == 2 else "strict",
        line_buffering=number == 2 or raw.isatty(),
    )
