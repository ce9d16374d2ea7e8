"""What `python -m tests.windows` loads into pytest on Windows: `pytest -p tests.windows_guest`.

Each test's name and result are written to a file as they come, so that the one who waits outside knows which test it
was that stood still. A test that wants what Windows lacks is skipped, and so, by name, is what Wine cannot do. Programs
that a test starts are asked to end as Windows asks, by Ctrl-Break, and where Wine does not know it by Ctrl-C.
"""

from __future__ import annotations

import asyncio
import builtins
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOLD = "CUELANG_WINDOWS_TOLD"
"""The environment's name of the file of results: a line for each, "begins NAME", "passed NAME" and so on."""
_FILE = Path(os.environ.get(TOLD, "")).absolute()
"""Before a test goes to another drive."""

LACKING = frozenset({"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"})
"""Modules of Python that are POSIX'."""

BROWSER = frozenset({"playwright", "axe_playwright_python"})
"""Who draws the page is the browser, which is the same program everywhere."""

LOOPBACK = "Wine binds 127.0.9.9, and every other address that it does not find, as 0.0.0.0"
UNHEARD = "Wine does not report that no program listens at a UDP port"
LINKS = "Wine does not say where a link leads"
TIMES = "how long a program waited for a processor is known on Linux alone, and is no fault of the program's"
EMBEDDED = "the Python that is used here has no PYTHONPATH"
WINE = {
    "test_lines.py::test_udp_port_where_nobody_listens_is_an_error_and_not_the_end": UNHEARD,
    "test_opened_again.py::test_another_machine_that_answers_is_named_and_not_believed": LOOPBACK,
    "test_sony_line.py::test_cameras_that_answer_to_one_port_are_told_apart_by_where_they_are": LOOPBACK,
    "test_sony_line.py::test_where_the_port_is_taken_each_camera_has_a_socket_of_its_own": LOOPBACK,
    "test_sony_line.py::test_a_camera_that_was_switched_off_and_on_is_reset_and_goes_on": LOOPBACK,
    "test_osc_door.py::test_an_input_that_cannot_be_opened_says_why": LOOPBACK,
    "test_cgi_pictures.py::test_no_folder_leads_out_of_the_sheets[link/in]": LINKS,
    "test_framing_files.py::test_what_belongs_to_the_program_is_never_written[by a link]": LINKS,
    "test_under_load.py::test_a_panic_and_the_end_are_heard_under_load": TIMES,
    "test_web_files.py::test_only_files_of_the_folder_and_of_known_kinds_are_served": LINKS,
    "test_language_server.py::test_a_machine_without_pygls_is_told_what_to_install": EMBEDDED,
}
"""Of tests, by the end of their names: why they cannot be run here, though Windows can."""


class Lacking(ModuleType):
    """A test that wants something of it is skipped."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        pytest.skip(f"Windows has no {self.__name__}")


def importing(real: Any) -> Any:
    """As `__import__`, but tests, and only they, get what Windows lacks."""

    def get(name: str, globals_: Mapping[str, object] | None = None, *more: Any, **named: Any) -> ModuleType:
        if str((globals_ or {}).get("__name__")).startswith("tests."):
            if name in LACKING:
                return Lacking(name)
            if name.partition(".")[0] in BROWSER:
                pytest.skip("a browser", allow_module_level=True)
            if name == "cuelang.screen.posix":
                pytest.skip("the terminal of Linux and macOS", allow_module_level=True)
        return real(name, globals_, *more, **named)

    return get


def ask_to_end(ask: Callable[[Any], object], kill: Callable[[], object], *events: Any) -> None:
    """With the first of these events that the system knows: Wine 8 has no Ctrl-Break, and nothing without a console."""
    why = ""
    for event in events:
        try:
            ask(event)
        except OSError as error:
            why = str(error)
        else:
            return
    kill()
    pytest.skip(f"a program cannot be asked to end here: {why}")


if sys.platform == "win32":

    class Popen(subprocess.Popen[Any]):
        def __init__(self, *words: Any, creationflags: int = 0, **more: Any) -> None:
            if more.get("text"):
                more.setdefault("encoding", "utf-8")  # as the program writes, on every system
            if more.get("preexec_fn") is not None:
                pytest.skip("Windows runs nothing in a process before its program begins")
            super().__init__(*words, creationflags=creationflags | subprocess.CREATE_NEW_PROCESS_GROUP, **more)

        def send_signal(self, sig: int) -> None:
            if sig in (signal.SIGINT, signal.SIGTERM):
                ask_to_end(super().send_signal, self.kill, signal.CTRL_BREAK_EVENT, signal.CTRL_C_EVENT)
            else:
                super().send_signal(sig)

        def terminate(self) -> None:
            """As on POSIX, where it is a request."""
            self.send_signal(signal.SIGTERM)

    async def _no_subprocess(*_words: Any, **_more: Any) -> Any:
        pytest.skip("the program's loop has no subprocesses on Windows")

    subprocess.Popen = Popen  # type: ignore[misc]
    asyncio.SelectorEventLoop._make_subprocess_transport = _no_subprocess  # type: ignore[attr-defined]
    builtins.__import__ = importing(builtins.__import__)
    asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())  # as the program's own loops are


def read(path: Path) -> dict[str, str]:
    """The last word about each test."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: word for word, _, name in (line.partition(" ") for line in lines)}


def left_out(names: Iterable[str]) -> dict[str, str]:
    """Why, by test."""
    return {
        name: why
        for name in names
        for end, why in WINE.items()
        if name.endswith(end) or name.split("[")[0].endswith(end)
    }


def _tell(word: str, name: str) -> None:
    with _FILE.open("a", encoding="utf-8") as file:
        file.write(f"{word} {name}\n")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _tell("uncollected", report.nodeid)
    elif report.skipped:
        _tell("skipped", report.nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    over = read(_FILE)
    items[:] = [item for item in items if item.nodeid not in over]
    why = left_out(item.nodeid for item in items)
    for item in items:
        if item.nodeid in why:
            item.add_marker(pytest.mark.skip(reason=why[item.nodeid]))


def pytest_runtest_logstart(nodeid: str) -> None:
    _tell("begins", nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or not report.passed:
        _tell(report.outcome, report.nodeid)
