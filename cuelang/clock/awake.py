"""Keeping the machine awake while a show runs.

By wakepy, which asks the desktop (GNOME and others over D-Bus), macOS' `caffeinate` or Windows. On a Linux without a
desktop systemd is asked, by a `systemd-inhibit` that lives as long as the show. All of it happens on a thread, because
a bus may take long to answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

PATIENCE_S = 5.0
"""Seconds for the answer of systemd."""
ENDING_S = 1.0
"""Seconds for which the end of a show waits for the machine to have its own will again."""

AwakeKeeper = Callable[[contextlib.ExitStack], str]
"""Asks one authority, until the stack is closed; returns its name, empty if it refused."""


class Awake:
    """`ask` once; `said` is called on the loop with what came of it. `close` lets the machine sleep again."""

    def __init__(self, said: Callable[[str], object], keepers: tuple[AwakeKeeper, ...] | None = None) -> None:
        self._said = said
        self._keepers = keepers if keepers is not None else KEEPERS
        self._over, self._ended = threading.Event(), threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ask(self) -> None:
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._keep, name="awake", daemon=True).start()

    async def close(self) -> None:
        self._over.set()
        if self._loop is not None:
            await asyncio.to_thread(self._ended.wait, ENDING_S)

    def _keep(self) -> None:
        try:
            with contextlib.ExitStack() as undo:
                by = next(filter(None, (keeper(undo) for keeper in self._keepers)), "")
                if by:
                    self._tell(f"This machine is kept awake until the show ends ({by}).")
                else:
                    self._tell("This machine could not be told to stay awake: check its power settings.")
                self._over.wait()
        finally:
            self._ended.set()

    def _tell(self, text: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the show is over
            if self._loop is not None and not self._over.is_set():
                self._loop.call_soon_threadsafe(self._said, text)


def by_caffeinate(undo: contextlib.ExitStack) -> str:
    """macOS: against idle sleep, display sleep and sleep on mains power, until this process ends in whatever way."""
    found = shutil.which("caffeinate")
    if found is None:
        return ""
    with contextlib.suppress(OSError):
        undo.enter_context(_running([found, "-d", "-i", "-m", "-s", "-w", str(os.getpid())]))
        return "caffeinate"
    return ""


def by_wakepy(undo: contextlib.ExitStack) -> str:
    # The one broad catch: a desktop's bus has errors of many kinds, and a show goes on without it.
    try:
        from wakepy import keep  # 0.1 s, which only a show waits for

        mode = undo.enter_context(keep.presenting(on_fail="pass", omit=["caffeinate"]))
        return mode.method.name if mode.active and mode.method is not None else ""
    except Exception:
        return ""


def by_systemd(undo: contextlib.ExitStack) -> str:
    """`cat` holds the lock as long as its input is open: until this process ends in whatever way."""
    found = shutil.which("systemd-inhibit")
    if found is None:
        return ""
    words = ["--what=sleep:idle", "--who=cuelang", "--why=A show is running", "--mode=block", "cat"]
    with contextlib.suppress(OSError):
        process = undo.enter_context(_running([found, *words]))
        assert process.stdin is not None and process.stdout is not None
        patience = threading.Timer(PATIENCE_S, process.kill)
        patience.start()
        try:
            process.stdin.write(b"\n")
            process.stdin.flush()
            return "systemd" if process.stdout.read(1) == b"\n" else ""
        finally:
            patience.cancel()
    return ""


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Ctrl-C is for the show and not for this process."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=_environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _environment() -> dict[str, str]:
    """Without the libraries that the single-file program brings along for itself."""
    given = dict(os.environ)
    before = given.pop("LD_LIBRARY_PATH_ORIG", None)
    if getattr(sys, "frozen", False):
        given.pop("LD_LIBRARY_PATH", None)
    return given if before is None else {**given, "LD_LIBRARY_PATH": before}


KEEPERS: tuple[AwakeKeeper, ...] = {"darwin": (by_caffeinate,), "win32": (by_wakepy,)}.get(
    sys.platform, (by_wakepy, by_systemd)
)
