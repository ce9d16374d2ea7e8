"""What the machine has, the view has: follows, waits, what GO will do, what a pause holds, a panic, and what a verdict
says. Terminal, page, `cuelang remote status` and `/api/state` all show this view."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cuelang.runtime.view import View
from cuelang.screen.page import page
from cuelang.screen.top import KeyboardState
from cuelang.units import NS
from tests.running.night import Night, perform

FOLLOW = """
cue 1 "Hymn"
    move foh to wide
    follow after 6s
cue 2 "Blessing"
    note "TWO"
"""
SERMON = """
cue 4 "Sermon"
    note "He speaks"
    wait for go
    note "Amen"
    wait 5s
cue 5 "Hymn"
    note "Sing"
"""


class Seen:
    """Views by name, taken in the middle of a night."""

    def __init__(self) -> None:
        self.views: dict[str, View] = {}

    def __call__(self, name: str) -> Callable[[Night], object]:
        return lambda night: self.views.__setitem__(name, night.executor.view())

    def __getitem__(self, name: str) -> View:
        return self.views[name]

    def screen(self, name: str, width: int = 80, height: int = 24) -> str:
        lines = page(self.views[name], width, height, KeyboardState())
        return "\n".join("".join(piece.text for piece in line) for line in lines)


@pytest.fixture
def seen() -> Seen:
    return Seen()


def did(night: Night) -> list[str]:
    return [row.did or row.reason for row in night.executor.view().triggers]


def test_a_follow_is_seen_counting_down(seen: Seen) -> None:
    perform(FOLLOW, (0, "go"), (3, seen("counts")), (12, seen("over")), end=13)
    (follow,) = seen["counts"].follows
    assert (follow.cue, follow.next, follow.next_title, follow.paused) == ("1", "2", "Blessing", False)
    assert 0 < follow.left < 6 * NS
    assert seen["counts"].running == () and seen["counts"].pause_does == "pause"
    assert "FOLLOWS  2 follows in 0:0" in seen.screen("counts") and "→ 2 in 0:0" in seen.screen("counts")
    assert seen["over"].follows == () and "follows" not in seen.screen("over")


def test_a_follow_is_paused_and_resumed_by_the_same_key(seen: Seen) -> None:
    night = perform(
        FOLLOW,
        (0, "go"),
        (3, "pause"),
        (4, seen("held")),
        (20, seen("still")),
        (30, "resume"),
        (40, seen("fired")),
        end=41,
    )
    for name in ("held", "still"):
        (follow,) = seen[name].follows
        assert follow.paused and seen[name].pause_does == seen[name].pause_of("1") == "resume"
        assert "PAUSED  the follow of cue 1 (2 in 0:0" in seen.screen(name) and "p resumes" in seen.screen(name)
    assert seen["held"].follows == seen["still"].follows
    assert seen["fired"].cues[1].state == "done"
    assert did(night)[1:3] == ["paused the follow of cue 1", "resumed the follow of cue 1"]


def test_a_follow_is_stopped_by_its_cue_and_by_everything(seen: Seen) -> None:
    for stop in ("stop 1", "stop"):
        night = perform(FOLLOW, (0, "go"), (3, stop), (4, seen("stopped")), end=20)
        assert seen["stopped"].follows == () and "2" not in [cue for cue, _, _ in night.cues()]
        assert did(night)[-1] == "stopped the follow of cue 1"


def test_a_follow_that_will_fire_nothing_is_not_shown(seen: Seen) -> None:
    last = 'cue 1 "Only"\n    note "x"\n    follow after 6s\n'
    night = perform(last, (0, "go"), (1, seen("end")), (2, "pause"), end=8)
    assert seen["end"].follows == () and night.verdicts()[-1] == ("pause", "refused")
    perform(FOLLOW, (0, "go"), (3, "go 2"), (4, seen("since")), end=5)
    assert seen["since"].follows == ()


def test_go_says_that_it_releases_and_which_cue(seen: Seen) -> None:
    night = perform(SERMON, (0, "go"), (1, seen("waits")), (10, "go"), (12, seen("on")), end=20)
    go = seen["waits"].go
    assert (go.does, go.label, go.after) == ("releases", "GO → Sermon goes on (cue 4 waits)", "then 5")
    assert "GO →  Sermon goes on (cue 4 waits)" in seen.screen("waits") and "then 5" in seen.screen("waits")
    assert seen["on"].go.label == "GO 5"
    assert did(night) == ["GO 4 fired", "GO released cue 4"]


def test_at_the_end_of_the_list_nothing_untrue_is_said(seen: Seen) -> None:
    only = SERMON[: SERMON.index("cue 5")]
    perform(only, (0, "go"), (1, seen("waits")), (2, "go"), (30, seen("end")), end=31)
    assert seen["waits"].standby is None and seen["waits"].go.after == "then the list is at its end"
    assert "END OF THE LIST" not in seen.screen("waits") and "nothing left" not in seen.screen("waits")
    assert seen["end"].go.after == "GO fires nothing: the cue list is at its end."
    assert "END OF THE LIST" in seen.screen("end")


def test_go_releases_one_waiting_cue_after_the_other(seen: Seen) -> None:
    two = 'cue 1\n    wait for go\ncue 2\n    wait for go\ncue 3\n    note "x"\n'
    perform(two, (0, "go"), (1, "start 2"), (2, seen("both")), (3, "go"), (4, seen("second")), end=5)
    assert (seen["both"].go.label, seen["both"].go.after) == ("GO → cue 1 goes on", "then cue 2 goes on")
    assert (seen["second"].go.label, seen["second"].go.after) == ("GO → cue 2 goes on", "then 2")


def test_a_paused_wait_for_go_is_not_what_go_does(seen: Seen) -> None:
    perform(SERMON, (0, "go"), (1, "pause"), (2, seen("held")), end=3)
    assert seen["held"].go.label == "GO 5" and "PAUSED  cue 4 · p resumes" in seen.screen("held")


def test_go_says_that_it_would_be_refused(seen: Seen) -> None:
    perform("cue 1\n    wait 60s\n", (0, "start 1"), (1, seen("runs")), end=2)
    assert (seen["runs"].go.does, seen["runs"].go.after) == ("nothing", "GO fires nothing: cue 1 is running.")
    assert "GO fires nothing: cue 1 is running." in seen.screen("runs")


@pytest.mark.parametrize(
    ("wait", "kind", "what", "left", "limit"),
    [
        ("wait for go", "go", "go", None, None),
        ('wait for osc "/ready" up to 20s', "osc", "osc /ready", None, 19),
        ("wait until 00:01", "time", "00:01:00", 59, None),
        ("wait for foh up to 30s", "cameras", "foh", None, 29),
    ],
)
def test_every_wait_is_seen_with_its_countdown(
    seen: Seen, wait: str, kind: str, what: str, left: int | None, limit: int | None
) -> None:
    perform(f"cue 1\n    zoom foh to 80% over 20s\n    {wait}\n    wait 3s\n", (0, "go"), (1, seen("waits")), end=2)
    (run,) = seen["waits"].running
    (found,) = run.waits
    assert (found.kind, found.what) == (kind, what)
    for at, seconds in ((found.left, left), (found.limit, limit)):
        assert at is None if seconds is None else at is not None and round(at / NS) == seconds
    assert run.remaining is None and f"waits for {what}" in seen.screen("waits", 120, 30)


def test_a_cue_that_waited_for_somebody_is_not_late(seen: Seen) -> None:
    perform(SERMON, (0, "go"), (60, "go"), (62, seen("on")), end=63)
    (run,) = seen["on"].running
    assert run.waited == 60 * NS and run.remaining == 3 * NS


def test_waits_side_by_side_count_once(seen: Seen) -> None:
    both = """
cue 1
    together
        do
            wait for go
        do
            wait for osc "/ready"
    wait 5s
"""
    perform(both, (0, "go"), (10, "go"), (20, "osc /ready"), (22, seen("on")), end=23)
    (run,) = seen["on"].running
    assert run.waited == 20 * NS and run.remaining == 3 * NS


def test_pause_asks_the_machine_what_is_held(seen: Seen) -> None:
    sheet = "cue 1\n    wait 60s\ncue 2\n    wait 60s\n"
    perform(sheet, (0, "go"), (1, "pause"), (2, seen("all")), (3, "go"), (4, seen("one")), end=5)
    assert seen["all"].pause_does == "resume"
    assert seen["one"].pause_does == "pause", "what goes on can always be paused"
    assert (seen["one"].pause_of("1"), seen["one"].pause_of("2")) == ("resume", "pause")
    assert "PAUSED  cue 1 · 1 p resumes" in seen.screen("one")


def test_a_stop_of_what_does_not_run_is_refused() -> None:
    night = perform('cue 1\n    note "x"\ncue 2\n    stop cue 1\n', (0, "stop 2"), (1, "stop"), (2, "go 2"), end=3)
    records = night.of("trigger")
    assert (records[0]["verdict"], records[0]["reason"]) == ("refused", "not running")
    assert [record["verdict"] for record in records[1:]] == ["fired"] * 3, "a cue's own stop is no mistake"
    assert did(night)[1] == "nothing was running"


def test_a_drive_that_a_done_cue_left_going_is_stopped_by_its_number() -> None:
    night = perform("cue 1\n    drive foh left speed 5\n", (0, "go"), (2, "stop 1"), (3, "stop 1"), end=4)
    assert night.verdicts() == [("go", "fired"), ("stop 1", "fired"), ("stop 1", "refused")]
    assert did(night)[1] == "stopped what cue 1 left going"


def test_after_a_panic_the_screens_say_so_until_something_is_fired(seen: Seen) -> None:
    perform(
        FOLLOW,
        (0, seen("before")),
        (1, "go"),
        (2, "panic"),
        (9, seen("after")),
        (10, "go"),
        (11, seen("again")),
        end=12,
    )
    assert seen["before"].panic is None and seen["again"].panic is None
    panic = seen["after"].panic
    assert panic is not None and panic.at == 2 * NS and seen["after"].follows == ()
    assert "PANIC  at 00:00:02 by script line 1: nothing fired since." in seen.screen("after")


def test_what_runs_out_of_sight_is_named(seen: Seen) -> None:
    sheet = "cue 1\n    wait 60s\n" + "".join(f'cue {n}\n    note "{n}"\n' for n in range(2, 100))
    perform(sheet, (0, "go"), (1, "standby 90"), (2, seen("far")), end=3)
    assert "also running: 1" in seen.screen("far")


def test_verdicts_say_what_happened() -> None:
    night = perform(
        "cue 1\n    wait 60s\ncue 2\n    restart\n    wait 60s\n",
        (0, "go"),
        (1, "start 2"),
        (2, "start 2"),
        (3, "standby 1"),
        (4, "back"),
        (5, "pause"),
        (6, "resume 1"),
        (7, "stop"),
        (8, "panic"),
        end=9,
    )
    assert did(night) == [
        "GO 1 fired", "cue 2 started", "cue 2 started again", "cue 1 stands by", "the cue list is at its beginning",
        "paused cues 1, 2", "resumed cue 1", "stopped cues 1, 2",
        "PANIC: every cue ended, every camera was told to stop",
    ]  # fmt: skip


def test_what_follows_is_known_while_its_cue_runs(seen: Seen) -> None:
    long = 'cue 1\n    wait 8s\n    follow\ncue 2\n    note "x"\n'
    perform(long, (0, "go"), (1, seen("runs")), (2, "go"), (3, seen("fired")), end=4)
    assert seen["runs"].running[0].then == "2"
    assert "2 follows when cue 1 is done" in seen.screen("runs")
    assert seen["fired"].running[0].then == ""


def test_a_time_of_day_that_has_passed_is_told(seen: Seen) -> None:
    perform('cue 1\n    wait until 23:30\n    note "on"\n', (0, "go"), (1, seen("on")), end=2)
    texts = [note.text for note in seen["on"].notes if note.kind == "warning"]
    assert texts == ["23:30:00 was 0:30:00 ago: the wait is over at once."]
