"""`cuelang` as an operator starts it: a process with pipes, signals, sockets and a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port

NIGHT = """\
show "Twelfth Night"
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
cue 1 "Open"
    move foh to throne
cue 2 "Storm"
    drive foh left for 1h
on key "F5" go 2
"""
ROOT = Path(__file__).parents[2]
START = "import sys; from cuelang.cli.parser import main; sys.exit(main())"
LESSER = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tests.lesser_system; {START}"
"""Where the loop hears no signals and has no timerfd."""
ON_TERMINAL = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {START}"


def command(*words: str, start: str = START) -> list[str]:
    return [sys.executable, "-c", start, *words]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "night.cues").write_text(NIGHT)
    return tmp_path


@contextlib.contextmanager
def started(folder: Path, *words: str, start: str = START) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command(*words, start=start),
        cwd=folder,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_with(process: subprocess.Popen[str], wanted: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if wanted in line:
            return line
    raise AssertionError(f"{wanted!r} never came; {process.communicate()[1]}")


def records(folder: Path) -> list[dict[str, object]]:
    (log,) = (folder / "logs").glob("Twelfth-Night-*.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def ended_in_order(folder: Path) -> bool:
    """Whether the last of the log is that the show was stopped, and its end."""
    *_, stopped, end = records(folder)
    return stopped["kind"] == "show" and stopped["state"] == "stopped" and end["kind"] == "end"


def test_the_version() -> None:
    done = subprocess.run(command("--version"), capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cuelang ") and done.stderr == ""


def test_a_reader_that_hangs_up_is_no_fault(folder: Path) -> None:
    cues = "".join(f"cue {number}\n    move foh home\n" for number in range(3, 1200))
    (folder / "long.cues").write_text(NIGHT + cues)
    with started(folder, "plan", "long.cues") as process:
        line_with(process, "Cue 1")
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.wait(60) == 0
        assert "Traceback" not in (said := process.stderr.read()) and "Broken" not in said
        process.stdout = None


@pytest.mark.skipif(os.name == "nt", reason="/dev/full")
def test_an_output_that_is_full_or_closed(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(command("plan", "night.cues"), cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "cuelang: the output: No space left on device.\n")
    closed = ["sh", "-c", 'exec "$0" "$@" >&-', *command("plan", "night.cues")]
    assert subprocess.run(closed, cwd=folder, stderr=subprocess.PIPE, text=True).stderr == ""


def test_a_terminal_without_unicode_still_gets_the_rest(folder: Path) -> None:
    (folder / "wrong.cues").write_text("cue 1\n    move fho home\n")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = subprocess.run(command("check", "wrong.cues"), cwd=folder, capture_output=True, env=environment)
    assert done.returncode == 1 and b"Unknown camera" in done.stderr and b"Traceback" not in done.stderr


def free_input() -> tuple[str, str]:
    return "--input", f"osc+udp://127.0.0.1:{free_port()}"


def test_simulated_cameras_answer_any_client_until_ctrl_c(folder: Path) -> None:
    port = free_port()
    (folder / "rig.cues").write_text(
        f'rig "Globe"\ncamera foh "visca+udp://127.0.0.1:{port}"\n    preset throne = 4 at pan 10deg\ncamera s "sim://s"\n'
    )
    with started(folder, "simulate", "--rig", "rig.cues") as process:
        assert f"foh  visca+udp://127.0.0.1:{port}" in line_with(process, "foh")
        line_with(process, "Ctrl-C")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(40)
            client.sendto(bytes.fromhex("81 09 04 00 ff"), ("127.0.0.1", port))
            assert client.recv(64) == bytes.fromhex("90 50 02 ff")
        again = subprocess.run(
            command("simulate", f"visca+udp://127.0.0.1:{port}"), capture_output=True, encoding="utf-8", timeout=20
        )
        assert again.returncode == 1 and "in use" in again.stderr and again.stdout == ""
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stderr is not None and "s (sim://s) was skipped" in process.stderr.read()


@pytest.mark.parametrize("start", [START, LESSER], ids=["this system", "a lesser one"])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_show_without_a_terminal_prints_lines_and_ends_in_order(
    folder: Path, ending: signal.Signals, start: str
) -> None:
    port = free_port()
    with started(
        folder, "run", "night.cues", "--simulate", "--input", f"osc+udp://127.0.0.1:{port}", start=start
    ) as process:
        line_with(process, "show started")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
            console.sendto(b"/go\0,\0\0\0", ("127.0.0.1", port))
            line_with(process, "cue 1 “Open” started")
        process.send_signal(ending)
        assert process.wait(60) == 0
    assert ended_in_order(folder)


def test_a_lesser_system_adds_to_a_log_that_was_cut_off(folder: Path) -> None:
    log = folder / "night.jsonl"
    log.write_bytes(b'{"seq": 1, "wall": "2026')
    with started(folder, "run", "night.cues", "--simulate", "--log", str(log), *free_input(), start=LESSER) as process:
        line_with(process, "Simulated cameras")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    first, *rest = log.read_text().splitlines()
    assert first == '{"seq": 1, "wall": "2026' and json.loads(rest[0])["state"] == "started"


@pytest.mark.parametrize(
    ("words", "said"),
    [((), True), (("--no-priority", "--may-sleep"), False)],
    ids=["by default", "unless asked not to"],
)
def test_a_show_asks_for_precedence_and_to_stay_awake_and_says_what_it_got(
    folder: Path, words: tuple[str, ...], said: bool
) -> None:
    (folder / "short.txt").write_text("0.5s go 1\n")
    done = subprocess.run(
        command("run", "night.cues", "--simulate", "--script", "short.txt", *free_input(), *words),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    notes = [str(one["text"]) for one in records(folder) if one["kind"] == "note"]
    assert done.returncode == 0
    for part in ("precedence over other programs", "awake"):
        assert any(part in note for note in notes) == said, notes
        assert (part in done.stdout) == said


def used(pid: int) -> float:
    """Seconds of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_command_that_is_interrupted_says_so(folder: Path) -> None:
    (folder / "slow.txt").write_text("".join(f"{n}s go 1\n" for n in range(1, 1_000_000, 7)))
    with started(folder, "rehearse", "night.cues", "--script", "slow.txt", "--json") as process:
        while used(process.pid) < 1.2:  # the start takes a third of that
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr is not None and process.stderr.read().endswith("Interrupted.\n")


STYLE = re.compile(rb"\x1b\[[0-9;]*m")


class Terminal:
    """An operator at a terminal of 80 × 24 in front of a running command."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.process = subprocess.Popen(
            command(*words, start=ON_TERMINAL),
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(slave)
        self.seen = b""

    def sees(self, wanted: str) -> None:
        end = time.monotonic() + 20
        while wanted.encode() not in STYLE.sub(b"", self.seen):
            ready, _, _ = select.select([self.master], [], [], 0.1)
            if ready:
                self.seen += os.read(self.master, 65536)
            assert time.monotonic() < end and self.process.poll() is None, self.seen.decode(errors="replace")[-2000:]

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def wait(self) -> int:
        """The exit code; what is still painted is read, as a terminal does."""
        end = time.monotonic() + 15
        while self.process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                if select.select([self.master], [], [], 0.05)[0]:
                    self.seen += os.read(self.master, 65536)
        return self.process.wait(60)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def run(folder: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder, "run", "night.cues", "--simulate", "--input", f"osc+udp://127.0.0.1:{free_port()}")
    yield terminal
    terminal.close()


def test_space_is_go_escape_is_panic_and_q_twice_ends_the_show(folder: Path, run: Terminal) -> None:
    run.sees("STANDBY")
    run.press(b" ")
    run.sees("key space")
    run.press(b"\x1b[15~")
    run.sees("key F5")
    run.press(b"\x1b")
    run.sees("key escape")
    run.press(b"q")
    run.sees("End the show?")
    run.press(b"q")
    assert run.wait() == 0
    assert run.seen.endswith(b"\x1b[?1049l")
    asked = [(r["source"], r["request"], r["verdict"]) for r in records(folder) if r["kind"] == "trigger"]
    assert asked == [("key space", "go", "fired"), ("key F5", "go 2", "fired"), ("key escape", "panic", "fired")]


def test_a_terminal_that_nobody_reads_holds_up_no_show(folder: Path, run: Terminal) -> None:
    run.sees("STANDBY")
    for _ in range(12):
        run.press(b"?")
        time.sleep(0.12)
    run.press(b" ")
    time.sleep(0.3)
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(60) == 0
    (begun,) = [r for r in records(folder) if r["kind"] == "command" and r["action"] == "move"]
    assert float(str(begun["sent_ms"])) - float(str(begun["due_ms"])) < 50


def test_a_terminal_that_is_closed_ends_the_show_in_order(folder: Path) -> None:
    terminal = Terminal(folder, "run", "night.cues", "--simulate", "--input", f"osc+udp://127.0.0.1:{free_port()}")
    terminal.sees("STANDBY")
    os.close(terminal.master)
    assert terminal.process.wait(60) == 0
    assert ended_in_order(folder)
