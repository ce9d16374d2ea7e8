"""Each fault does what its line says, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.models import DEFAULT
from cuelang.simulator.body import Body, StoredPreset
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.visca import ViscaEnd
from cuelang.units import MS
from tests.simulator.simulated import DONE, Talk, nibbles

POWER = "81 09 04 00 FF"
IS_ON = "90 50 02 FF"
WB = "81 01 04 35 01 FF"
RECALL = "81 01 04 3F 02 01 FF"
SLOW = f"81 01 06 02 01 01 {nibbles(2000)} {nibbles(0)} FF"
BACK = f"81 01 06 02 18 14 {nibbles(0)} {nibbles(0)} FF"


def with_preset(faults: str) -> Talk:
    camera = Talk(faults=faults)
    camera.body.presets[1] = StoredPreset(500, 0, 0)
    return camera


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", NO_FAULTS),
        ("loss=5%,latency=30ms", Faults(loss=0.05, latency=30 * MS)),
        ("loss = 0.25 , jitter=1.5s", Faults(loss=0.25, jitter=1500 * MS)),
        ("ack-at-end, buffer_full=3", Faults(ack_at_end=True, buffer_full=3)),
        ("silent=off, rubbish, drop_after=2m", Faults(rubbish=1.0, drop_after=120_000 * MS)),
    ],
)
def test_faults_are_read_from_text(text: str, faults: Faults) -> None:
    assert Faults.parse(text) == faults


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("los=5%", "Unknown fault “los”. Did you mean “loss”? Known: latency, jitter, loss,"),
        ("loss=120%", "loss=120%: a chance is needed, such as loss=5% or loss=0.05."),
        ("loss", "loss=: a chance is needed"),
        ("latency=fast", "latency=fast: a time is needed, such as latency=30ms or latency=2s."),
        ("latency=-3ms", "a time is needed"),
        ("buffer_full=0", "buffer_full=0: a whole number from 1 to 1000000 is needed."),
        ("silent=maybe", "silent=maybe: “silent” must be on or off."),
        ("loss=1%, loss=2%", "The fault “loss” is given twice."),
    ],
)
def test_a_bad_fault_says_what_can_be_written(text: str, says: str) -> None:
    with pytest.raises(ValueError) as error:
        Faults.parse(text)
    assert says in str(error.value)


@given(
    st.builds(
        Faults,
        latency=st.integers(0, 10_000).map(lambda ms: ms * MS),
        loss=st.integers(0, 100).map(lambda percent: percent / 100),
        buffer_full=st.integers(0, 99),
        seed=st.integers(0, 99),
        reply_from=st.integers(1, 7),
        silent=st.booleans(),
        no_blocks=st.booleans(),
    )
)
def test_what_is_shown_can_be_read_again(faults: Faults) -> None:
    assert Faults.parse(str(faults)) == faults


def test_latency_comes_before_the_answer_and_jitter_keeps_the_order() -> None:
    camera = Talk(faults="latency=30ms, jitter=20ms, seed=1")
    for _ in range(20):
        assert camera.say(WB) == []
    assert camera.until(30 * MS - 1) == []
    assert camera.until(51 * MS) == DONE * 20
    assert all(30 * MS <= at <= 50 * MS for at in camera.arrivals)


def test_loss_takes_requests_and_answers_alike() -> None:
    camera = Talk(faults="loss=30%, seed=7")
    answered = sum(bool(camera.say(POWER)) for _ in range(1000))
    assert 430 < answered < 550  # 0.7 of 0.7
    taken = 0
    for _ in range(1000):
        camera.body.settings["wb_mode"] = 0
        camera.say(WB)
        taken += camera.body.settings["wb_mode"]
    assert 650 < taken < 750


def test_the_same_seed_has_the_same_luck() -> None:
    def evening(seed: int) -> list[bool]:
        camera = Talk(faults=f"loss=30%, seed={seed}")
        return [bool(camera.say(POWER)) for _ in range(50)]

    assert evening(3) == evening(3) != evening(4)


def test_two_cameras_do_not_lose_the_same_packets() -> None:
    def evening(name: str) -> list[bool]:
        end = ViscaEnd(Body(DEFAULT, name), Faults.parse("loss=30%, seed=3"))
        return [bool(end.receive(bytes.fromhex(POWER), now)) for now in range(50)]

    assert evening("left") != evening("right")


def test_duplicates_come_twice() -> None:
    assert Talk(faults="duplicate=100%").say(POWER) == [IS_ON, IS_ON]


def test_reordered_answers_are_overtaken() -> None:
    camera = Talk(faults="reorder=50%, seed=2")
    heard: list[str] = []
    for number in range(20):
        heard += camera.say(f"81 01 04 53 0{number % 6} FF 81 09 04 53 FF") + camera.after(0.001)
    heard += camera.after(1)
    values = [frame for frame in heard if frame.startswith("90 50 0")]
    expected = [f"90 50 0{number % 6} FF" for number in range(20)]
    assert sorted(values) == sorted(expected)
    assert values != expected


def test_the_ack_of_a_recall_comes_at_its_end() -> None:
    camera = with_preset("ack_at_end")
    assert camera.say(RECALL) == []
    assert camera.say(WB) == ["90 42 FF", "90 52 FF"]
    assert camera.after(60) == DONE
    assert camera.say(BACK) == ["90 41 FF"]


def test_several_commands_in_one_socket() -> None:
    camera = Talk(faults="same_socket")
    assert camera.say(SLOW) == ["90 41 FF"]
    assert camera.say("81 01 04 47 04 00 00 00 FF") == ["90 41 FF"]
    assert camera.say(WB) == DONE


def test_a_completion_for_a_socket_that_nobody_used() -> None:
    camera = Talk(faults="stray_completion")
    assert camera.say(WB) == [*DONE, "90 55 FF"]
    assert camera.say(SLOW) == ["90 41 FF", "90 55 FF"]


def test_errors_with_a_socket_that_has_nothing_to_do_with_them() -> None:
    camera = Talk(faults="error_socket")
    assert camera.say("81 01 04 99 FF") == ["90 62 02 FF"]
    assert camera.say("81 01 04 48 00 00 00 00 FF") == ["90 62 41 FF"]


def test_a_superseded_recall_completes_when_it_would_have_arrived() -> None:
    camera = with_preset("late_superseded")
    camera.say(RECALL)
    due = camera.end.due
    assert due is not None
    camera.after(0.1)
    assert camera.say("81 01 06 01 01 01 03 03 FF") == DONE
    assert camera.until(due - 1) == []
    assert camera.until(due) == ["90 51 FF"]
    assert camera.position()[0] < 500


def test_every_third_command_finds_the_buffer_full() -> None:
    camera = Talk(faults="buffer_full=3")
    heard = [camera.say(WB) for _ in range(6)]
    assert heard == [DONE, DONE, ["90 60 03 FF"]] * 2
    assert camera.say(POWER) == [IS_ON]


def test_a_silent_camera_says_nothing_and_comes_back() -> None:
    camera = Talk()
    camera.say(SLOW)
    camera.end.faults = Faults(silent=True)
    assert camera.say(POWER) == []
    assert camera.say("81 01 06 04 FF") == []
    assert camera.after(200) == []
    camera.end.faults = NO_FAULTS
    assert camera.say(POWER) == [IS_ON]
    assert camera.position() == (2000, 0)


def test_rubbish_is_the_same_rubbish_each_time() -> None:
    def evening() -> list[str]:
        camera = Talk(faults="rubbish, seed=5")
        return [frame for _ in range(20) for frame in camera.say(POWER)]

    assert len(evening()) == 20
    assert IS_ON not in evening()
    assert evening() == evening()


def test_answers_from_another_address() -> None:
    camera = Talk(faults="reply_from=2")
    assert camera.say(WB) == ["A0 41 FF", "A0 51 FF"]
    assert camera.say(POWER) == ["A0 50 02 FF"]
    assert camera.say("81 99 FF") == ["A0 60 02 FF"]


def test_inquiries_that_a_camera_lacks() -> None:
    camera = Talk(faults="no_positions, no_blocks")
    for inquiry in ("81 09 06 12 FF", "81 09 04 47 FF", "81 09 7E 7E 00 FF", "81 09 7E 7E 03 FF"):
        assert camera.say(inquiry) == []
    assert camera.say(POWER) == [IS_ON]


@pytest.mark.parametrize(("faults", "answers"), [("preset_speeds", DONE), ("", ["90 60 02 FF"])], ids=["known", "not"])
def test_the_speed_of_one_preset(faults: str, answers: list[str]) -> None:
    """Seven bytes, as a Companion button sends them: some firmware takes them, a G3 does not."""
    camera = Talk(faults=faults)
    camera.say("81 01 04 3F 01 05 FF")
    assert camera.say("81 01 06 01 05 03 FF") == answers
    assert camera.say("81 01 06 01 12 FF") == DONE  # the speed of every other preset
    assert camera.body.speed_of_preset == ({5: 3} if faults else {})
    assert camera.say("81 01 06 01 05 19 FF") == ["90 60 02 FF"]


def test_every_fault_has_its_text() -> None:
    for name in Faults.__struct_fields__:
        with pytest.raises(ValueError, match=name):
            Faults.parse(f"{name}=?")


@pytest.mark.parametrize("text", ["latency=30", "jitter=2.5", "half_open=10"])
def test_a_time_without_a_unit_is_refused_with_the_way_to_write_it(text: str) -> None:
    value = text.partition("=")[2]
    with pytest.raises(ValueError, match=f"Write {value}ms or {value}s"):
        Faults.parse(text)
    assert Faults.parse("latency=0").latency == 0
