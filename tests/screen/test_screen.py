"""The terminal show: pages from views, keys from bytes, and a terminal that stalls."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from cuelang.lang.words import KEYS, key_problem
from cuelang.plan import NamedCue
from cuelang.playback.effects import Request, Verb, Verdict
from cuelang.playback.sight import GoView
from cuelang.runtime.board import who
from cuelang.runtime.view import CameraRow, CueRow, NoteRow, RunRow, TriggerRow, View
from cuelang.screen import keys
from cuelang.screen.bindings import Bindings
from cuelang.screen.keys import Keys
from cuelang.screen.page import page
from cuelang.screen.top import KeyboardState
from cuelang.units import NS

WALL = datetime(2026, 3, 28, 19, 42, 7)


def cue(number: str, title: str = "", section: str = "", standby: bool = False, **more: object) -> CueRow:
    row = CueRow(number, title, section, "", standby, "", None, 6 * NS, ())
    return replace(row, **more)


def camera(name: str, **more: object) -> CameraRow:
    row = CameraRow(name, f"sim://{name}", "connected", 0, "off", -30.0, 5.0, 60.0, True, "", "")
    return replace(row, **more)


def view(**more: object) -> View:
    cues = (
        cue("1", "Open", "Act I", state="done"),
        cue("2.5", "Viola enters", "Act I", state="running", progress=0.5),
        cue(
            "3",
            "Storm",
            "Act II",
            True,
            standby_text="LX 24. Stand by camera two.",
            warnings=("W601 foh moves on air.", "W608 …"),
        ),
    )
    show = View(
        title="Twelfth Night",
        wall=WALL,
        elapsed=3723 * NS,
        standby="3",
        cues=cues,
        running=(RunRow(2, "2.5", "Viola enters", False, 3 * NS, 3 * NS, 1, ()),),
        cameras=(
            camera("foh", tally="program", doing="cue 2.5: move"),
            camera("left", link="lost", age=9 * NS, tally=None, error="no answer"),
        ),
        triggers=(
            TriggerRow(1, WALL, "osc udp 10.0.0.7:53211", "go 2.5", "fired", ""),
            TriggerRow(3, WALL, "key space", "go", "window", "0.1 s after the last GO"),
        ),
        notes=(NoteRow(2, WALL, "note", "2.5", "House to half"),),
        commands=4,
        troubles=1,
    )
    return replace(show, **more)


def shown(view: View, width: int = 80, height: int = 24, desk: KeyboardState | None = None) -> list[str]:
    return ["".join(piece.text for piece in line) for line in page(view, width, height, desk or KeyboardState())]


# --- pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 36), (200, 60)])
def test_everything_an_operator_needs_is_on_the_page(width: int, height: int) -> None:
    text = "\n".join(shown(view(), width, height))
    for wanted in (
        "Twelfth Night",
        "19:42:07",
        "1:02:03",
        "STANDBY",
        "LX 24. Stand by camera two.",
        "Act II",
        "▶  3",
        "● 2.5",
        "█████░░░░░",
        "-3.0s",
        "!2",
        "W601 foh moves on air. (and 1 more)",
        "foh   PGM",
        "LOST 9s",
        "-30.0°",
        "cue 2.5: move",
        "no answer",
        "osc udp 10.0.0.7",
        "window",
        "0.1 s after",
        "House to half",
        "space GO",
        "1 problem",
    ):
        assert wanted in text, wanted


def test_a_small_terminal_shows_happenings_in_the_order_of_time() -> None:
    lines = shown(view())
    places = [next(i for i, line in enumerate(lines) if word in line) for word in ("fired", "House", "window")]
    assert places == sorted(places)


@given(st.integers(1, 160), st.integers(1, 50), st.text(max_size=60), st.integers(0, 70), st.booleans())
def test_a_page_has_exactly_the_size_of_the_terminal(
    width: int, height: int, text: str, count: int, asked: bool
) -> None:
    cues = tuple(cue(str(n), text, f"Act {n // 7}", n == count // 2) for n in range(count))
    cameras = tuple(camera(f"c{n}", doing=text if n % 3 else "") for n in range(count // 4))
    lines = shown(
        view(cues=cues, cameras=cameras, title=text),
        width,
        height,
        KeyboardState(help=asked, typed="" if asked else "1"),
    )
    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


def test_both_sides_of_a_wide_terminal_reach_the_bottom() -> None:
    cues = tuple(cue(str(n), standby=n == 0) for n in range(100))
    lines = shown(view(cues=cues, running=()), 120, 36)
    assert all("│" in line for line in lines[4:35]) and "   30   " in lines[34]


def test_nothing_of_a_sheet_is_obeyed_by_the_terminal() -> None:
    nasty = "\x1b]0;hacked\x07\x9b31m\n"
    lines = shown(view(title=nasty, cues=(cue("1", nasty, nasty, True, standby_text=nasty),)))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", "".join(lines))


@pytest.mark.parametrize("standby", [0, 1, 250, 498, 499])
def test_what_stands_by_is_in_sight_in_a_long_list(standby: int) -> None:
    cues = tuple(cue(str(n), f"Cue {n}", f"Section {n // 3}", n == standby) for n in range(500))
    assert any(line.startswith(f"▶  {standby} ") for line in shown(view(cues=cues)))


def test_a_running_cue_a_little_above_stays_in_sight() -> None:
    cues = tuple(cue(str(n), standby=n == 60, state="running" if n == 53 else "") for n in range(100))
    lines = shown(view(cues=cues, running=(RunRow(1, "53", "", False, 0, NS, 1, ()),)))
    assert any(line.startswith(" ● 53 ") for line in lines) and any(line.startswith("▶  60 ") for line in lines)


def test_cameras_in_trouble_come_first_when_there_is_no_room_for_all() -> None:
    cameras = tuple(camera(f"cam{n}", link="lost" if n == 50 else "connected") for n in range(64))
    lines = shown(view(cameras=cameras))
    assert any("cam50" in line for line in lines) and any("more cameras" in line for line in lines)


def test_the_help_names_every_key_that_does_something() -> None:
    text = "\n".join(shown(view(), 100, 40, KeyboardState(help=True)))
    named = {key for row in text.splitlines() for key in re.split(r"[ ,]+", row[:14].strip())}
    assert set(Bindings(FakeShow(IDLE))._table) - {"backspace"} <= named


# --- keys ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b" ", ["space"]),
        (b"2.5\r", ["2", ".", "5", "enter"]),
        (b"\x1b[A\x1bOB", ["up", "down"]),
        (b"\x1bOP\x1b[15~\x1b[24~\x1b[34~\x1b[[A", ["F1", "F5", "F12", "F20", "F1"]),
        (b"\x1b[1;5C", ["right"]),
        (b"\x1b\x1b[A", ["escape", "up"]),
        (b"\x1b ", ["escape"]),
        (b"\x7fb", ["backspace", "b"]),
        ("é".encode(), ["é"]),
        (b"\x1b[200~ go\x1b[201~q", ["q"]),
        (b"\xff\x00\x01", []),
        (b"\x1b[M", []),
    ],
)
def test_what_a_terminal_sends(sent: bytes, keys: list[str]) -> None:
    together = Keys()
    assert together.feed(sent) == keys and not together.waiting


@given(st.sampled_from([b"\x1b[A", b"\x1bOP", b"\x1b[24~", b"\x1b[[B", b"\x1b[1;5C"]), st.data())
def test_a_key_that_comes_in_two_pieces_is_one_key(sent: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(sent) - 1))
    keys, whole = Keys(), Keys()
    assert keys.feed(sent[:cut]) == [] and keys.waiting
    assert keys.feed(sent[cut:]) == whole.feed(sent)


def test_an_escape_that_nothing_follows_is_the_key() -> None:
    keys = Keys()
    assert (keys.feed(b"\x1b"), keys.waiting, keys.settle(), keys.waiting) == ([], True, ["escape"], False)
    assert keys.settle() == []


# --- the operator's hand -------------------------------------------------------------------------------------


class FakeShow:
    """Takes requests down; `own` keys are the sheet's."""

    def take_over(self, *, key: str) -> None:
        self.asked.append(f"take over {key}")

    def __init__(self, view: View, *own: str) -> None:
        self.shown = view
        self.own = own
        self.asked: list[str] = []
        self.ended = asyncio.Event()

    def view(self) -> View:
        return self.shown

    def key(self, verb: Verb, cue: NamedCue | None = None, *, key: str, fires: bool = False) -> Verdict | None:
        self.asked.append(f"{verb} {cue}{' go' if fires else ''}" if cue else verb)
        if verb != "locate":
            return None
        again = self.asked[-2:-1] == self.asked[-1:]
        reason = "" if again else f"Locate {cue}: moves foh; ask once more within 5 s"
        return Verdict(Request(verb, cue, key, 0), "fired" if again else "refused", reason)

    def press(self, key: str) -> bool:
        if key in self.own:
            self.asked.append(f"sheet {key}")
        return key in self.own

    def swap(self, text: str, *, key: str) -> None:
        self.asked.append(f"swap {text}")

    def mute(self, text: str, *, key: str) -> None:
        self.asked.append(f"mute {text}")

    def trace(self, text: str, *, key: str) -> None:
        self.asked.append(f"trace {text}")

    def recover(self, *, key: str) -> None:
        self.asked.append("recover")

    def quit(self) -> None:
        self.asked.append("quit")
        self.ended.set()


IDLE = view(running=())
PAUSED = view(running=(RunRow(1, "3", "", True, 0, None, 0, ()),))


@pytest.mark.parametrize(
    ("typed", "asked", "now"),
    [
        ("space", "go", IDLE),
        ("escape", "panic", IDLE),
        ("up down b backspace", "back,standby next,back,back", IDLE),
        ("p", "pause", view()),
        ("p", "resume", PAUSED),
        ("3 p", "resume 3", PAUSED),
        ("2 p", "pause 2", PAUSED),
        ("s", "stop", IDLE),
        ("1 2 s", "stop 12", IDLE),
        ("r", "reload", IDLE),
        ("2 . 5 enter", "go 2.5", IDLE),
        ("2 5 backspace enter", "go 2", IDLE),
        ("2 space", "go", IDLE),
        ("2 escape enter", "panic", IDLE),
        ("2 r", "reload", IDLE),
        (". enter", "", IDLE),
        ("q", "", IDLE),
        ("q q", "quit", IDLE),
        ("q space q", "go", IDLE),
        ("q x q q", "quit", IDLE),
        ("F5 x", "sheet F5", IDLE),
        ("1 2 l", "locate 12", IDLE),
        ("1 2 l l", "locate 12,locate 12", IDLE),
        ("1 2 l l l", "locate 12,locate 12", IDLE),
        ("1 2 l 1 2 l", "locate 12,locate 12", IDLE),
        ("1 2 L L", "locate 12 go,locate 12 go", IDLE),
        ("1 2 l L", "locate 12", IDLE),
        ("1 2 l x l", "locate 12", IDLE),
        ("1 2 l space l", "locate 12,go", IDLE),
        ("l", "", IDLE),
        ("t f o h = w enter", "trace foh=w", IDLE),
        ("t f o x backspace h enter", "trace foh", IDLE),
        ("t f space o", "go", IDLE),
        ("t f escape", "panic", IDLE),
        ("w a = b enter", "swap a=b", IDLE),
        ("m k e y s enter", "mute keys", IDLE),
        ("i space", "go", IDLE),
    ],
)
def test_keys_become_requests(typed: str, asked: str, now: View) -> None:
    show = FakeShow(now, "F5")
    hand = Bindings(show)

    for key in typed.split():
        hand.press(key)
    assert ",".join(show.asked) == asked


def test_what_a_locate_will_do_is_asked_in_the_foot() -> None:
    hand = Bindings(FakeShow(IDLE))
    for key in "12l":
        hand.press(key)
    assert "Once more: Locate 12: moves foh" in shown(IDLE, desk=hand.desk(0))[-1]
    hand.press("l")
    assert "Once more" not in shown(IDLE, desk=hand.desk(0))[-1]


def test_the_sheets_own_keys_come_before_the_table_but_not_before_go_and_panic() -> None:
    show = FakeShow(IDLE, "s", "space", "escape", "1")
    hand = Bindings(show)
    for key in ("s", "space", "escape", "1", "2", "1", "enter"):
        hand.press(key)
    assert show.asked == ["sheet s", "go", "panic", "sheet 1", "go 21"]


def test_what_a_cue_waits_for_stands_beside_it() -> None:
    waits = view(running=(RunRow(2, "2.5", "Viola enters", False, 3 * NS, 0, 0, ("osc /ready",)),))
    assert any("2.5" in line and "waits for osc /ready" in line for line in shown(waits))


def test_every_key_with_a_name_that_a_terminal_sends_may_stand_in_a_sheet() -> None:
    terminal = {*keys._PLAIN.values(), *keys._FINAL.values(), *keys._TILDE.values()} - {"space"}
    assert [name for name in sorted(terminal) if key_problem(name) is not None] == []
    assert {name.lower() for name in terminal} >= KEYS - {f"f{number}" for number in range(21, 25)}


def test_a_tiny_terminal_has_what_go_does_the_cues_and_the_last_happening() -> None:
    lines = shown(view(), 30, 8)
    assert "STANDBY  3" in lines[0] and any("● 2.5" in line for line in lines)
    assert "window" in lines[-2] and "space GO" in lines[-1]


def test_at_forty_columns_the_last_happening_is_in_sight() -> None:
    lines = shown(view(cameras=(camera("foh"), camera("left"), camera("right"))), 40, 15)
    assert "window" in lines[-2] and sum("zoom" in line or "+" in line or "-30" in line for line in lines) >= 3


def test_a_note_is_not_cut_while_there_is_room() -> None:
    said = "Reload failed; the current sheet stays. night.cues:33:10: E201 Unknown camera or group “leftt”."
    text = "\n".join(shown(view(notes=(NoteRow(5, WALL, "warning", "", said),)), 120, 36))
    assert "E201" in text and "“leftt”." in text


def test_a_long_title_does_not_hide_that_go_releases() -> None:
    title = "Blessing by the bishop, who walks from the high altar to the lectern"
    go = GoView("releases", "2", title, "3", "Storm")
    assert go.label == "GO → Blessing by the bishop,… goes on (cue 2 waits)"
    assert "goes on (cue 2 waits)" in "\n".join(shown(view(go=go)))
    assert "GO →  cue 2 goes on " in "\n".join(shown(view(go=go), 40, 15))


def test_what_a_running_cue_will_bring_is_said_while_it_runs() -> None:
    running = (RunRow(2, "2.5", "Viola enters", False, 3 * NS, 3 * NS, 1, (), then="3"),)
    text = "\n".join(shown(view(running=running)))
    assert "FOLLOWS  3 follows when cue 2.5 is done" in text and "-3.0s →3" in text


def test_the_errors_close_when_a_reload_has_gone_well() -> None:
    text = "\n".join(shown(view(), desk=KeyboardState(reading=0)))
    assert "No reload errors." in text and "● 2.5" in text


def test_a_page_is_named_without_its_port() -> None:
    assert who("page 10.0.0.9:51230") == "page 10.0.0.9" and who("http [::1]:51230") == "http [::1]"
    assert who("osc udp 10.0.0.7:53211") == "osc udp 10.0.0.7:53211"
