"""What Windows and macOS do otherwise than Linux, each held here on any of them."""

from __future__ import annotations

import ast
import asyncio
import errno
import io
import os
import re
import socket
import struct
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from cuelang import library
from cuelang.address import port_at
from cuelang.cli.common import DONE, ERRORS
from cuelang.cli.parser import main
from cuelang.lang.tables import cache_folder
from cuelang.library import take_place
from cuelang.plan import Port
from cuelang.runtime import loglock
from cuelang.sheets.editor.convert import path_of
from cuelang.source import NOWHERE
from cuelang.transports import keep_alive, listening
from cuelang.triggers import osc_wire
from cuelang.triggers.access import cannot_open
from tests import windows, windows_guest
from tests.forwarding import forwarding

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("platform", "set_", "folder"),
    [
        ("win32", {"LOCALAPPDATA": r"C:\Users\anna\AppData\Local"}, r"C:\Users\anna\AppData\Local"),
        ("darwin", {}, "~/Library/Caches"), ("linux", {}, "~/.cache"), ("linux", {"LOCALAPPDATA": "/no"}, "~/.cache"),
        ("darwin", {"XDG_CACHE_HOME": "/var/mine"}, "/var/mine"),
    ],
)  # fmt: skip
def test_the_grammar_s_tables_are_where_a_system_keeps_such_things(
    monkeypatch: pytest.MonkeyPatch, platform: str, set_: dict[str, str], folder: str
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in set_.items():
        monkeypatch.setenv(name, value)
    assert cache_folder(platform) == os.path.expanduser(folder)


def test_a_file_that_a_virus_scanner_holds_is_replaced_when_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[str, str]] = []

    def replace(new: str, path: str) -> None:
        tried.append((new, path))
        if len(tried) < free_at:
            raise PermissionError(13, "being used by another process")

    monkeypatch.setattr(library, "PAUSE_S", 0.001)
    monkeypatch.setattr(library, "BUSY_S", 0.01)
    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(os, "name", "nt")
    free_at = 3
    take_place("new", "old")
    assert tried == [("new", "old")] * 3
    tried, free_at = [], 99
    with pytest.raises(PermissionError):
        take_place("new", "old")
    assert len(tried) == 11
    tried = []
    monkeypatch.setattr(os, "name", "posix")
    with pytest.raises(PermissionError):
        take_place("new", "old")
    assert len(tried) == 1, "there it is a matter of rights"


async def test_a_datagram_input_goes_on_after_the_reset_that_windows_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer came to a port that no program listens on any more: recvfrom says so, as if the socket were broken."""
    real, resets = osc_wire._datagram, [ConnectionResetError(10054, "forcibly closed")] * 3

    def datagram(link: socket.socket) -> object:
        if resets:
            raise resets.pop()
        return real(link)

    monkeypatch.setattr(osc_wire, "_datagram", datagram)
    heard: list[bytes] = []
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk,
    ):
        link.setblocking(False)
        link.bind(("127.0.0.1", 0))
        asyncio.get_running_loop().add_reader(link, lambda: osc_wire.UdpInput._readable(_Input(link, heard), link))
        try:
            desk.sendto(b"/go", link.getsockname())
            async with asyncio.timeout(40):
                while not heard:
                    await asyncio.sleep(0.01)
        finally:
            asyncio.get_running_loop().remove_reader(link)
    assert heard == [b"/go"] and not resets


class _Input(osc_wire.UdpInput):
    """Only the reading."""

    def __init__(self, link: socket.socket, heard: list[bytes]) -> None:
        self._looked = {link: 0}
        self._ears = _Ears()  # type: ignore[assignment]
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str, int], received: int | None = None) -> None:
        self._heard.append(data)


class _Ears:
    def __init__(self) -> None:
        self.clock = self
        self._now = 0

    def now(self) -> int:
        self._now += 1
        return self._now

    def since(self, stamp: int) -> int:
        return 0

    def stall(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("platform", "kind", "options"),
    [
        ("win32", socket.SOCK_STREAM, [-5]), ("win32", socket.SOCK_DGRAM, [-5]),
        ("linux", socket.SOCK_STREAM, [socket.SO_REUSEADDR]), ("linux", socket.SOCK_DGRAM, []),
    ],
)  # fmt: skip
def test_no_other_program_can_take_a_port_of_the_show(
    monkeypatch: pytest.MonkeyPatch, platform: str, kind: socket.SocketKind, options: list[int]
) -> None:
    asked = []

    class Link:
        type = kind

        def setsockopt(self, level: int, option: int, value: int) -> None:
            assert (level, value) == (socket.SOL_SOCKET, 1)
            asked.append(option)

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    listening.alone(Link())  # type: ignore[arg-type]
    assert asked == options


@pytest.mark.parametrize(
    ("named", "idle", "rest"),
    [
        ({"TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 6}, (4, 5), [(5, 2), (6, 3)]),
        ({"TCP_KEEPALIVE": 16, "TCP_KEEPINTVL": 257, "TCP_KEEPCNT": 258}, (16, 5), [(257, 2), (258, 3)]),
        ({}, None, []),
    ],
    ids=["Linux, Windows 10", "macOS", "neither"],
)
def test_a_pulled_cable_is_noticed_under_the_name_that_each_system_has_for_it(
    monkeypatch: pytest.MonkeyPatch, named: dict[str, int], idle: tuple[int, int] | None, rest: list[tuple[int, int]]
) -> None:
    for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT"):
        monkeypatch.delattr(socket, name, raising=False)
    for name, number in named.items():
        monkeypatch.setattr(socket, name, number, raising=False)
    asked: list[tuple[int, int]] = []

    class Link:
        def setsockopt(self, level: int, option: int, value: int) -> None:
            if level == socket.IPPROTO_TCP and option != socket.TCP_NODELAY:
                asked.append((option, value))

    keep_alive(Link(), 5, 2, 3)  # type: ignore[arg-type]
    assert asked == [*([idle] if idle else []), *rest]


@pytest.mark.parametrize(
    ("number", "taken"), [(errno.EACCES, True), (0, True), (errno.EINVAL, False), (errno.ENOLCK, False)]
)
def test_a_log_s_lock_that_another_show_has_is_refused_on_windows_without_access_or_a_reason(
    number: int, taken: bool
) -> None:
    assert loglock.is_taken(OSError(number, "Error")) == taken


@pytest.mark.parametrize(("platform", "code"), [("win32", DONE), ("linux", ERRORS)])
def test_an_output_whose_reader_has_gone_is_an_invalid_argument_on_windows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], platform: str, code: int
) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "stdout", Gone())
    assert main(["--version"]) == code
    assert capsys.readouterr().err == ("" if code == DONE else "cuelang: the output: Invalid argument.\n")


def test_the_tests_for_windows_can_be_collected_without_what_it_lacks() -> None:
    """They get a module that Windows lacks as a whole, and are skipped where they use it."""
    unfit = set()
    for room in windows.ROOMS:
        for path in (HERE / room).glob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            taken = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)} & windows_guest.LACKING
            marks = [ast.unparse(mark) for node in tree.body for mark in getattr(node, "decorator_list", ())]
            if taken or any("os.geteuid()" in mark and "hasattr" not in mark for mark in marks):
                unfit.add(path.relative_to(HERE).as_posix())
    assert unfit == set()


@pytest.mark.parametrize("name", windows_guest.WINE)
def test_what_is_left_out_under_wine_is_a_test(name: str) -> None:
    file, _, test = name.partition("::")
    (path,) = HERE.rglob(file)
    assert f"def {test.partition('[')[0]}(" in path.read_text(encoding="utf-8")
    whole = f"tests/{path.relative_to(HERE).as_posix()}::{test}"
    assert windows_guest.left_out([whole, f"tests/{file}::test_other[link]"]) == {whole: windows_guest.WINE[name]}


def test_a_test_that_is_left_out_is_left_out_with_each_of_its_parameters() -> None:
    name = "test_sony_line.py::test_where_the_port_is_taken_each_camera_has_a_socket_of_its_own"
    assert list(windows_guest.left_out([f"{name}[1]", "x.py::test_no_folder_leads_out_of_the_sheets[other]"])) == [
        f"{name}[1]"
    ]


def test_only_tests_are_given_what_windows_lacks() -> None:
    get = windows_guest.importing(_refused)
    with pytest.raises(pytest.skip.Exception, match="Windows has no termios"):
        get("termios", {"__name__": "tests.screen.test_screen"}).tcgetattr(0)
    with pytest.raises(pytest.skip.Exception, match="a browser"):
        get("playwright.sync_api", {"__name__": "tests.web.test_page"})
    for name, by in (("termios", "cuelang.screen.posix"), ("json", "tests.screen.x"), ("playwright", "cuelang.web")):
        with pytest.raises(ModuleNotFoundError):
            get(name, {"__name__": by})


@pytest.mark.parametrize(
    ("known", "asked"),
    [(("BREAK", "C"), ["BREAK"]), (("C",), ["BREAK", "C"]), ((), ["BREAK", "C", "killed"])],
    ids=["Windows", "Wine 8", "no console"],
)
def test_a_program_that_a_test_started_is_asked_to_end_as_the_system_can(
    known: tuple[str, ...], asked: list[str]
) -> None:
    said = []

    def ask(event: str) -> None:
        said.append(event)
        if event not in known:
            raise OSError(9, "Invalid handle")

    def kill() -> None:
        said.append("killed")

    with nullcontext() if known else pytest.raises(pytest.skip.Exception, match="Invalid handle"):
        windows_guest.ask_to_end(ask, kill, "BREAK", "C")
    assert said == asked


def test_a_library_that_wine_lacks_is_one_function_that_is_another_library_s() -> None:
    made = forwarding("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036")
    head = int.from_bytes(made[0x3C:0x40], "little")
    assert made[:2] == b"MZ" and made[head : head + 4] == b"PE\0\0" and len(made) % 512 == 0
    size, rva, length, where = struct.unpack_from("<IIII", made, head + 24 + 240 + 8)
    assert struct.unpack_from("<II", made, head + 24 + 112) == (rva, size), "its table is its only piece"
    assert where + length == len(made)

    def text(at: int) -> str:
        return made[at - rva + where :].split(b"\0")[0].decode()

    name, _, count, names, functions, called, _ = struct.unpack_from("<7I", made, where + 12)
    function, is_called = (struct.unpack_from("<I", made, at - rva + where)[0] for at in (functions, called))
    assert (count, names) == (1, 1) and rva < function < rva + size, "in the table: not code, but a name"
    assert (text(name), text(is_called)) == ("bcryptprimitives.dll", "ProcessPrng")
    assert text(function) == "advapi32.SystemFunction036"


def _refused(name: str, *_more: object) -> object:
    raise ModuleNotFoundError(name)


def test_what_became_of_the_tests_on_windows_is_read_from_what_each_of_them_told(tmp_path: Path) -> None:
    told = tmp_path / "told.txt"
    assert windows_guest.read(told) == {}
    told.write_text("begins a::b[c d]\npassed a::b[c d]\nbegins a::e\n", encoding="utf-8")
    assert windows_guest.read(told) == {"a::b[c d]": "passed", "a::e": "begins"}


@pytest.mark.parametrize(
    ("platform", "why"),
    [
        ("win32", "Windows has reserved this port, as it does for Hyper-V and Docker; give"),
        ("linux", "this user may not"),
    ],
)
def test_a_port_that_may_not_be_opened_says_what_that_means_there(
    monkeypatch: pytest.MonkeyPatch, platform: str, why: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    port = Port("desk", port_at("osc+udp://localhost:50000"), NOWHERE)
    assert why in str(cannot_open(port, PermissionError(errno.EACCES, "Forbidden by its access permissions")))


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///c%3A/shows/act%201.cues", r"c:\shows\act 1.cues"), ("file:///C:/globe.cues", r"C:\globe.cues"),
        ("file://nas/shows/night.cues", r"\\nas\shows\night.cues"), ("file:///shows/night.cues", "/shows/night.cues"),
    ],
)  # fmt: skip
def test_a_sheet_that_an_editor_opens_is_named_as_the_sheets_that_it_uses(uri: str, path: str) -> None:
    """Windows takes both, but two names are two sheets."""
    assert path_of(uri) == path


def test_the_program_uses_no_loopback_address_that_macos_lacks() -> None:
    found = [
        (path.name, address)
        for path in (HERE.parent / "cuelang").rglob("*.py")
        for address in re.findall(r"\b127\.\d+\.\d+\.[1-9]\d*\b", path.read_text(encoding="utf-8"))
    ]
    assert found and {address for _, address in found} == {"127.0.0.1"}
