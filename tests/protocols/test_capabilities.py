"""Which protocol and which make can be asked for what."""

from typing import get_args

import pytest

from cuelang.commands import (
    Booth,
    Clear,
    Command,
    Drive,
    Focus,
    FocusDrive,
    FocusTo,
    Home,
    MoveBy,
    MoveTo,
    Pose,
    Power,
    Ramp,
    Raw,
    Recall,
    Recover,
    Replay,
    SetProperty,
    Snapshot,
    Stop,
    Store,
    Tally,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.protocols import CAPABILITIES, can, why_not
from cuelang.protocols.visca.encode import messages
from cuelang.protocols.visca.properties import PROPERTIES
from tests.models.known import known

MOVE = known("ptzoptics-move-4k-20x")
SONY = known("sony-brc-x400")
FR7 = known("sony-ilme-fr7")

ONE_OF_EACH: list[Command] = [
    MoveTo(Pose(1, 1, 1), 1, 1),
    MoveBy(1, 1, 1, 1),
    Home(),
    Recall(1),
    Drive("up", 1, 1),
    ZoomTo(1),
    ZoomDrive("in", 1),
    Ramp("zoom", 0, 1, 1, 1),
    Ramp("focus", 0x1000, 0x1001, 1, 1),
    *(Focus(mode) for mode in ("auto", "manual", "snap", "lock", "unlock")),
    FocusTo(0x1000),
    FocusDrive("near", 1),
    Stop(),
    *(SetProperty(prop.name, word) for prop in PROPERTIES.values() for word in prop.words),
    Store(1),
    Clear(1),
    Tally("program"),
    Power(True, 0),
    Track(True),
    Booth("photos", 1, 1, ""),
    Snapshot(""),
]


def test_one_of_each_is_one_of_each():
    """But for `recover`, which the show turns into others, and the two that need more than a model."""
    missing = set(get_args(Command)) - {type(command) for command in ONE_OF_EACH} - {Recover, Replay, Raw}
    assert not missing, f"add {missing} to ONE_OF_EACH; ARCHITECTURE.md: A command that cameras take"


def test_what_a_family_cannot_has_its_words():
    for command in ONE_OF_EACH:
        for family in CAPABILITIES:
            if not isinstance(command, CAPABILITIES[family]):
                assert " cannot " in (why_not(family, MOVE, command) or ""), (family, command)


def test_visca_carries_everything_to_a_ptzoptics():
    assert [command for command in ONE_OF_EACH if not can("visca", MOVE, command)] == []


@pytest.mark.parametrize("family", ["pelco-d", "pelco-p"])
def test_pelco_can_what_the_language_says_and_no_more(family):
    assert [command for command in ONE_OF_EACH if can(family, MOVE, command)] == [
        Recall(1), Drive("up", 1, 1), ZoomDrive("in", 1), Focus("auto"), Focus("manual"), FocusDrive("near", 1),
        Stop(), Store(1), Clear(1),
    ]  # fmt: skip


def test_cgi_alone():
    able = {type(command) for command in ONE_OF_EACH if can("cgi", MOVE, command)}
    assert able == {
        MoveTo, MoveBy, Home, Recall, Drive, ZoomTo, ZoomDrive, Ramp, Focus, FocusDrive, Stop, SetProperty, Store,
        Track, Booth, Snapshot,
    }  # fmt: skip
    assert not can("cgi", MOVE, Ramp("focus", 0, 1, 1, 1))


@pytest.mark.parametrize("model", [MOVE, SONY], ids=["ptzoptics", "sony"])
def test_what_visca_can_is_what_the_encoder_encodes(model):
    for command in ONE_OF_EACH:
        if isinstance(command, Booth | Snapshot):
            continue
        if can("visca", model, command):
            assert messages(command, model)
        else:
            with pytest.raises(ValueError, match=model.title):
                messages(command, model)


@pytest.mark.parametrize(
    ("family", "model", "command", "reason"),
    [
        ("pelco-d", MOVE, Home(), "Pelco-D cannot move home"),
        ("pelco-p", MOVE, Focus("lock"), "Pelco has no focus lock"),
        ("cgi", MOVE, Tally("off"), "HTTP-CGI alone cannot light the tally"),
        ("visca", SONY, Track(True), "Sony BRC-X400 has no auto-tracking over VISCA"),
        ("visca", SONY, SetProperty("drc", "value", (1,)), "Sony BRC-X400 has no drc; it is a PTZOptics setting"),
        ("visca", FR7, SetProperty("limit_up_right", "value", (1, 1)),
         None),
        ("visca", FR7, SetProperty("limit_up_right", "clear"), None),
        ("visca", FR7, SetProperty("iris", "value", (9,)), "Sony ILME-FR7 has no iris number; it takes `up` or `down`"),
        ("visca", FR7, SetProperty("gain", "up"), "Sony ILME-FR7 has no gain; it is not in its list"),
    ],
)  # fmt: skip
def test_why_not(family, model, command, reason):
    assert why_not(family, model, command) == reason
