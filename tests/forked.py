"""Tests in several processes at once: `pytest -p tests.forked --workers 6`.

pytest-xdist starts each worker from nothing, and each collects all tests for itself: ten thousand of them take some
seconds of a processor, and half a minute after a fresh checkout, when their asserts are rewritten. Here they are
collected once, and each worker is a fork that has them already.

Every worker begins with tests that follow one another, so that what they share is made once. One that has none left
takes over half of what another one still has.
"""

from __future__ import annotations

import io
import os
import signal
import warnings
from collections import deque
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, NoReturn

import pytest
from _pytest.config import create_terminal_writer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--workers", type=int, default=0, help="run the tests in this number of processes")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    count = min(session.config.option.workers, len(session.items))
    if count < 2 or session.config.option.collectonly or session.testsfailed:
        return None
    Foreman(session, count).run()
    return True


class Worker:
    """One process, seen from the one that collected."""

    def __init__(self, session: pytest.Session, number: int, share: deque[int]) -> None:
        self.number, self.share = number, share
        """What it has still to be given."""
        self.given: deque[int] = deque()
        """What it does now, and what it does next."""
        self.ends = False
        """It has been told that there is no more."""
        self.line, far = Pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self.line.close()
            _work(session, number, far)
        far.close()
        self.give()
        if not self.ends:
            self.give()

    def give(self) -> None:
        """The next test; None after the last: what a test shares with the next one is kept."""
        following = self.share.popleft() if self.share else None
        if following is None:
            self.ends = True
        else:
            self.given.append(following)
        self.line.send(following)


class Foreman:
    """Hands out the tests, and takes in what the workers report."""

    def __init__(self, session: pytest.Session, count: int) -> None:
        self.session, self.hook = session, session.config.hook
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        ends = [len(session.items) * number // count for number in range(count + 1)]
        self.workers: list[Worker] = []
        for number in range(count):
            self.workers.append(Worker(session, number, deque(range(ends[number], ends[number + 1]))))

    def run(self) -> None:
        try:
            while self.workers:
                for line in wait([worker.line for worker in self.workers]):
                    self.hear(next(worker for worker in self.workers if worker.line is line))
                if self.session.shouldfail:
                    raise self.session.Failed(self.session.shouldfail)
        finally:
            for worker in self.workers:
                os.kill(worker.pid, signal.SIGTERM)

    def hear(self, worker: Worker) -> None:
        try:
            kind, said = worker.line.recv()
        except (EOFError, ConnectionError):
            self.gone(worker)
            return
        if kind == "report":
            report = self.hook.pytest_report_from_serializable(config=self.session.config, data=said)
            self.hook.pytest_runtest_logreport(report=report)
        elif kind == "warning":
            self.hook.pytest_warning_recorded.call_historic(kwargs=said)
        else:
            worker.given.popleft()
            if not worker.ends:
                self.share_out(worker)
                worker.give()

    def share_out(self, idle: Worker) -> None:
        if idle.share:
            return
        busiest = max(self.workers, key=lambda worker: len(worker.share))
        for _ in range((len(busiest.share) + 1) // 2):
            idle.share.appendleft(busiest.share.pop())

    def gone(self, worker: Worker) -> None:
        """It has done its share, or it has died over a test; then another one does the rest."""
        os.waitpid(worker.pid, 0)
        self.workers.remove(worker)
        if worker.given:
            item = self.session.items[worker.given.popleft()]
            died = pytest.TestReport(
                item.nodeid, item.location, {}, "failed", "The process died over this test.", "call"
            )
            self.hook.pytest_runtest_logreport(report=died)
            rest = worker.given + worker.share
            if rest:
                self.workers.append(Worker(self.session, worker.number, rest))


def _work(session: pytest.Session, number: int, line: Connection) -> NoReturn:
    """The life of a worker."""
    try:
        config = session.config
        folders = config._tmp_path_factory  # type: ignore[attr-defined]
        folders._basetemp = folders.mktemp(f"worker{number}-")
        captured = config.pluginmanager.getplugin("capturemanager")
        captured.stop_global_capturing()  # into a file that all of them would share
        captured.start_global_capturing()
        config.pluginmanager.unregister(name="terminalreporter")
        config.pluginmanager.register(Reporter(config, line), "terminalreporter")
        item = line.recv()
        while item is not None:
            following = line.recv()
            config.hook.pytest_runtest_protocol(
                item=session.items[item], nextitem=None if following is None else session.items[following]
            )
            line.send(("done", None))
            item = following
    except (EOFError, ConnectionError, KeyboardInterrupt):
        pass
    finally:
        os._exit(0)


class Reporter:
    """In a worker: passes on what the terminal of the other process shows."""

    def __init__(self, config: pytest.Config, line: Connection) -> None:
        self.config, self.line = config, line
        self._tw = create_terminal_writer(config, io.StringIO())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        self.line.send(("report", said))

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: Any
    ) -> None:
        told = warnings.WarningMessage(
            str(warning_message.message), warning_message.category, warning_message.filename, warning_message.lineno
        )
        self.line.send(("warning", {"warning_message": told, "when": when, "nodeid": nodeid, "location": location}))
