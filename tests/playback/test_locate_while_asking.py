"""What happens between a `locate` and the answers of its cameras."""

from __future__ import annotations

from typing import Any

import pytest

from cuelang.commands import Pose
from cuelang.playback.effects import Begin, LocateMoment, PlacesAsked, Say
from cuelang.units import MS
from tests.playback.stage import MOVE, RECALL, Desk, act, cue, note, plan

AWAY = Pose(pan=500, tilt=500, zoom=500)


def asked(*, moved: tuple[str, ...] = ("foh", "left", "right")) -> Desk:
    """Cue 1 has moved the cameras; `locate 2` has been requested, and no camera has answered yet."""
    desk = Desk(
        cue("1", *(act(name, MOVE) for name in moved)),
        cue("2", act("foh", MOVE)),
        cue("3", note("x")),
        debounce=0,
        start="1",
    )
    desk.ask("locate", "2")
    return desk


def answered(desk: Desk, which: int = -1) -> list[str]:
    """The cameras that get something when all say that they are elsewhere."""
    question = desk.of(PlacesAsked)[which]
    desk.until(desk.now + 150 * MS)
    before = len(desk.of(Begin))
    desk.hear(desk.playback.located(question.request, dict.fromkeys(question.cameras, AWAY), desk.now))
    return [begin.camera for begin in desk.of(Begin)[before:]]


def test_what_differs_is_sent_when_they_answer() -> None:
    assert set(answered(asked())) == {"foh", "left", "right"}


@pytest.mark.parametrize("verb", ["panic", "stop"])
def test_nothing_moves_after_a_panic_or_a_stop(verb: Any) -> None:
    desk = asked()
    assert desk.until(desk.now + 50 * MS).ask(verb) == "fired"
    assert answered(desk) == []


def test_a_newer_locate_takes_the_place_of_the_older_one() -> None:
    desk = asked()
    desk.until(desk.now + 50 * MS).ask("locate", "3")
    assert answered(desk, 0) == []
    assert answered(desk, 1) != []


def test_a_cue_that_is_fired_meanwhile_keeps_its_cameras() -> None:
    desk = asked()
    desk.until(desk.now + 50 * MS).ask("go")
    assert set(answered(desk)) == {"left", "right"}


def test_a_camera_that_comes_to_program_meanwhile_is_left() -> None:
    desk = asked()
    desk.hear(desk.playback.on_air("left", "program", desk.now))
    assert "left" not in answered(desk)


def test_a_recall_that_was_superseded_owns_nothing_when_its_cue_is_stopped_on_program() -> None:
    """Its focus is nothing that goes on."""
    desk = Desk(
        cue("1", act("left", RECALL), act("left", MOVE, live=True)),
        cue("2", note("x")),
        debounce=0,
        start="1",
        air={"left": "program"},
    )
    assert desk.ask("go") == "fired"
    desk.ask("locate", "2")
    desk.until(desk.now + 50 * MS)
    assert [claim.command for claim in desk.playback.claims() if not claim.live] == []


def test_a_moment_that_a_reload_has_taken_out_meanwhile_is_told() -> None:
    desk = Desk(cue("1", act("foh", MOVE)), cue("2", act("foh", MOVE), length=5000 * MS), debounce=0, start="1")
    assert desk.ask("locate", "2", moment=LocateMoment(3000 * MS)) == "fired"
    desk.hear(desk.playback.load(plan(cue("1", act("foh", MOVE)), cue("2", act("foh", MOVE), length=0)), desk.now))
    assert answered(desk) == []
    assert desk.of(Say)[-1].text.startswith("Locate 2 came to nothing: the sheet was reloaded meanwhile. Cue 2 ends")
