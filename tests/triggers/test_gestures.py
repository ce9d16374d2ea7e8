"""A hand on a page, in the whole show: precedence, who drives, LIVE, and what a silence does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cuelang.playback.hands import Deflection, Driven
from cuelang.protocols.midi import Hit
from cuelang.triggers.gestures import LIVES_NS, Gestures, checked
from cuelang.triggers.joystick import Joysticks
from cuelang.units import MS, NS
from tests.running.night import Night, perform
from tests.triggers.test_hands import RIG, STOP, ZOOM_STOP

CUE = """
cue 1
    move foh to pan 90deg speed 1
    wait for foh
    note "arrived"
cue 2
    tally foh program
cue 3
    tally foh off
"""


class People:
    """Anna and Ben at pages, and one more person at the sticks."""

    def __init__(self, *, locked: bool = False) -> None:
        self.joysticks: Joysticks | None = None
        self.locked = locked
        self.told: list[tuple[str, Driven]] = []
        self.driven: list[dict[str, str]] = []

    def sticks(self, night: Night) -> Joysticks:
        if self.joysticks is None:
            self.joysticks = Joysticks(
                night.plan,
                night.clock,
                night.executor.hands.steer,
                night.executor.hands.release,
                refused=night.executor.settled,
                hindered=night.executor.hands.hindered,
            )
        return self.joysticks

    def of(self, night: Night) -> Gestures:
        return self.sticks(night).gestures

    def drive(self, who: str, **wanted: Any) -> Callable[[Night], None]:
        def do(night: Night) -> None:
            now = night.clock.now()
            done = self.of(night).drive(who, who, Deflection("foh", **wanted), f"page {who}", now, guarded=self.locked)
            self.told.append((who, done))
            self.driven.append(self.of(night).driven)

        return do

    def keeps(self, who: str, start: float, end: float, **wanted: Any) -> list[Any]:
        """A page repeats what its hand does every 100 ms."""
        count = round((end - start) * 10)
        return [(round(start + n / 10, 1), self.drive(who, **wanted)) for n in range(count)]

    def stick(self, value: int) -> Callable[[Night], None]:
        return lambda night: self.sticks(night).moved(Hit("control", 1, value, 1), "desk", night.clock.now())

    def said(self, who: str) -> list[str]:
        return [done.state for name, done in self.told if name == who]


def played(*doings: Any, interlock: str = "block") -> Night:
    return perform(CUE, *sorted(doings, key=lambda one: one[0]), rig=RIG.format(interlock=interlock), end=20)


def sent(night: Night) -> list[str]:
    return [frame for _, frame in night.wire("foh")]


def test_a_hand_on_the_page_is_one_request_and_stops_when_it_rests() -> None:
    people = People()
    night = played(*people.keeps("Anna", 1, 2, pan=1, tilt=-0.5), (2, people.drive("Anna")))
    assert sent(night) == ["81 01 06 01 18 0a 02 02 ff", STOP]
    (trigger,) = night.of("trigger")
    assert (trigger["request"], trigger["verdict"], trigger["source"]) == ("drive foh by hand", "fired", "page Anna")
    assert people.driven[0] == {"foh": "Anna"} and people.driven[-1] == {}
    assert people.said("Anna") == ["driving"] * 10 + ["rest"]


def test_a_page_that_falls_silent_lets_the_camera_stop_after_300_ms() -> None:
    people = People()
    night = played((1, people.drive("Anna", pan=1)), (1.2, people.drive("Anna", pan=1)))
    (_, drive), (at, stop) = night.wire("foh")
    assert (drive, stop) == ("81 01 06 01 18 01 02 03 ff", STOP)
    assert 1.5 <= at < 1.6


def test_a_page_that_is_closed_stops_at_once() -> None:
    people = People()
    night = played((1, people.drive("Anna", zoom=-1)), (1.1, lambda night: people.of(night).gone("Anna")))
    assert night.wire("foh")[-1] == (1.1, ZOOM_STOP)


def test_a_speed_is_the_share_of_the_fastest() -> None:
    people = People()
    slow, fast = people.drive("Anna", pan=1, speed=0.25), people.drive("Anna", pan=1, zoom=1, focus=1, speed=1)
    night = played((1, slow), (1.1, fast), (1.2, people.drive("Anna")))
    assert sent(night)[:4] == [
        "81 01 06 01 06 01 02 03 ff", "81 01 06 01 18 01 02 03 ff", "81 01 04 07 27 ff", "81 01 04 08 27 ff",
    ]  # fmt: skip


def test_the_hand_takes_a_camera_from_a_cue_whose_wait_then_ends() -> None:
    people = People()
    night = played((1, "go 1"), *people.keeps("Anna", 2, 3, pan=1), (3, people.drive("Anna")))
    assert ("move", "superseded") in night.outcomes()


ELSE = """
cue 1
    move foh to pan 90deg speed 1
    wait for foh
    else
        note "lost"
    note "arrived"
"""


@pytest.mark.parametrize("who", ["page", "gamepad", "stick"])
def test_a_wait_for_a_motion_that_a_hand_takes_goes_to_its_else(who: str) -> None:
    people = People()
    hand: list[Any] = [(0.5, people.stick(64)), (2, people.stick(127)), (3, people.stick(64))]
    if who != "stick":  # a gamepad is the page's hand, with both axes of its stick
        hand = [*people.keeps("Anna", 2, 3, pan=1, tilt=0.3 if who == "gamepad" else 0), (3, people.drive("Anna"))]
    rig = RIG.format(interlock="off") + "on midi control 1 drive foh pan\n"
    night = perform(ELSE, (1, "go 1"), *hand, rig=rig, end=20)
    assert ("move", "superseded") in night.outcomes()
    notes = [(round(one["t_ms"]), one["text"]) for one in night.of("note") if one["text"] in ("lost", "arrived")]
    assert [text for _, text in notes] == ["lost"] and 2000 <= notes[0][0] <= 2100


def test_a_cue_takes_the_camera_until_the_hand_has_been_at_rest() -> None:
    people = People()
    night = played(
        *people.keeps("Anna", 1, 2, pan=1),
        (1.55, "go 1"),
        *people.keeps("Anna", 2, 2.5, pan=0.5),
        (2.5, people.drive("Anna")),
        (3, people.drive("Anna", pan=1)),
        (3.1, people.drive("Anna")),
    )
    told = [frame[:11] for at, frame in night.wire("foh") if at < 2.9]
    assert told == ["81 01 06 01", "81 01 06 02"], "the hand is still deflected: the cue keeps its axes"
    assert next(done.reason for _, done in people.told if done.state == "lost") == "cue 1 has taken foh"
    assert [frame for at, frame in night.wire("foh") if at > 2.9] == ["81 01 06 01 18 01 02 03 ff", STOP]


def test_a_short_silence_is_not_rest_for_a_hand_that_lost_its_camera() -> None:
    people = People()
    night = played(
        *people.keeps("Anna", 1, 1.6, pan=1),
        (1.55, "go 1"),
        (2.2, people.drive("Anna", pan=1)),
        (4.5, people.drive("Anna", pan=1)),
        (4.6, people.drive("Anna")),
    )
    assert [frame[:11] for at, frame in night.wire("foh") if at < 4] == ["81 01 06 01", "81 01 06 02"]
    assert [frame for at, frame in night.wire("foh") if at > 4] == ["81 01 06 01 18 01 02 03 ff", STOP]


def test_one_person_drives_and_another_takes_over_by_a_press() -> None:
    people = People()
    night = played(
        *people.keeps("Anna", 1, 2.05, pan=1),
        (1.25, people.drive("Ben", pan=-1)),
        (1.3, people.drive("Ben")),
        (1.45, people.drive("Ben", pan=-1, take=True)),
        *people.keeps("Ben", 1.6, 2, pan=-1),
        (2.1, people.drive("Ben")),
    )
    assert people.said("Ben")[:3] == ["lost", "rest", "driving"]
    assert next(done.reason for who, done in people.told if who == "Ben") == "foh is driven by Anna"
    assert {done.reason for who, done in people.told if who == "Anna"} == {"", "Ben has taken over"}
    right, left = "81 01 06 01 18 01 02 03 ff", "81 01 06 01 18 01 01 03 ff"
    assert [frame for frame in sent(night) if frame != STOP] == [right, left]
    assert [record["verdict"] for record in night.of("trigger")] == ["fired", "refused", "fired"]
    assert people.driven[-1] == {}


def test_a_stick_and_a_page_are_two_people() -> None:
    people = People()
    night = played(
        (1, people.stick(127)),
        (1.5, people.drive("Anna", pan=-1)),
        (2, people.stick(64)),
        (2.1, people.drive("Anna")),
        *people.keeps("Anna", 3, 4, pan=-1),
        (3.5, people.stick(127)),
    )
    assert people.told[0][1] == Driven("lost", "foh is driven by desk")
    assert [frame for frame in sent(night) if frame != STOP] == [
        "81 01 06 01 18 01 02 03 ff", "81 01 06 01 18 01 01 03 ff",
    ]  # fmt: skip
    assert [record["verdict"] for record in night.of("trigger")] == ["fired", "refused", "fired", "refused"]


@pytest.mark.parametrize("word", ["panic", "stop"])
def test_after_a_panic_a_hand_that_is_still_deflected_does_nothing(word: str) -> None:
    people = People()
    night = played(*people.keeps("Anna", 1, 3, pan=1), (2.05, word), (3, people.drive("Anna")))
    assert [frame for at, frame in night.wire("foh") if at > 2.5 and frame.startswith("81 01 06 01 18")] == []
    assert people.said("Anna")[-2:] == ["lost", "rest"]


def test_in_show_mode_a_camera_on_program_moves_only_while_live_is_held() -> None:
    people = People(locked=True)
    night = played(
        (0.5, "go 2"),
        *people.keeps("Anna", 1, 2, pan=1),
        (2, people.drive("Anna")),
        *people.keeps("Anna", 3, 4, pan=1, live=True),
        *people.keeps("Anna", 4, 5, pan=1),
        (5, people.drive("Anna")),
        interlock="off",
    )
    times = {frame: at for at, frame in night.wire("foh") if frame.startswith("81 01 06")}
    assert times == {"81 01 06 01 18 01 02 03 ff": 3, STOP: 4}, "LIVE was let go: it stops"
    assert people.told[0][1] == Driven("lost", "foh is on program; hold LIVE if intended")


def test_a_camera_that_comes_to_program_stops_unless_live() -> None:
    people = People(locked=True)
    night = played(*people.keeps("Anna", 1, 3, pan=1), (2.05, "go 2"), (3, people.drive("Anna")), interlock="off")
    assert [at for at, frame in night.wire("foh") if frame == STOP] == [2.1]


def test_a_word_that_lay_for_long_is_no_drive() -> None:
    people = People()

    def late(night: Night) -> None:
        done = people.of(night).drive("Anna", "Anna", Deflection("foh", pan=1), "page", night.clock.now() - LIVES_NS)
        people.told.append(("Anna", done))

    assert sent(played((1, late))) == [] and people.said("Anna") == ["rest"]
    assert LIVES_NS == 300 * MS < NS


def test_a_reload_without_the_camera_ends_the_gesture() -> None:
    people = People()

    def reload(night: Night) -> None:
        night.load(CUE.replace("foh", "left"), 'show "Night"\ncamera left "visca+udp://10.0.0.22"\n')
        people.sticks(night).load(night.executor.plan)

    night = played(*people.keeps("Anna", 1, 1.2, pan=1), (1.15, reload))
    assert night.wire("foh")[-1][1] == STOP and people.of(night).driven == {}


@pytest.mark.parametrize(
    "data", [{"pan": 2}, {"pan": "1"}, {"pan": True}, {"speed": -0.1}, {"live": 1}, {"take": "yes"}]
)
def test_nonsense_is_no_deflection(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="`"):
        checked(data, "foh")


def test_a_camera_that_a_hand_drives_is_not_recovered() -> None:
    people = People()
    cues = "cue 1\n    move foh to pan 10deg tilt 0deg\ncue 2\n    recover foh\n"
    night = perform(
        cues,
        (0, "go 1"),
        *people.keeps("Anna", 3, 4, pan=1),
        (3.5, "go 2"),
        (4, people.drive("Anna")),
        rig=RIG.format(interlock="off"),
        end=20,
    )
    (refused,) = night.commands("foh", "recover")
    assert (refused["outcome"], refused["reason"]) == ("refused", "foh is driven by hand")
    assert [one["outcome"] for one in night.commands("foh", "move")] == ["completed"]


def test_a_word_that_lay_for_long_gives_no_hand_back_what_it_lost() -> None:
    people = People()

    def late(who: str, **wanted: Any) -> Callable[[Night], None]:
        def do(night: Night) -> None:
            wants = Deflection("foh", **wanted)
            done = people.of(night).drive(who, who, wants, f"page {who}", night.clock.now() - LIVES_NS)
            people.told.append((who, done))

        return do

    night = played(
        *people.keeps("Anna", 1, 1.6, pan=1),
        (1.55, "go 1"),
        (1.65, late("Anna", pan=1)),
        (1.7, people.drive("Anna", pan=1)),
        (1.75, late("Ben", pan=-1, take=True)),
        (4, people.drive("Anna", pan=1)),
        (4.1, late("Ben", pan=-1, take=True)),
        (4.2, people.drive("Anna", pan=1)),
        (4.3, people.drive("Anna")),
    )
    assert [frame[:11] for at, frame in night.wire("foh") if at < 3.9] == ["81 01 06 01", "81 01 06 02"]
    taken = Driven("lost", "cue 1 has taken foh")
    assert [done for who, done in people.told if who == "Anna"][6:8] == [taken] * 2
    assert [frame for at, frame in night.wire("foh") if at > 3.9] == ["81 01 06 01 18 01 02 03 ff", STOP]
    assert people.said("Ben") == ["rest", "rest"]
