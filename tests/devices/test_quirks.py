"""What cameras do that no manual says, each as the conversation that it is: `>` is sent to the camera, `<` by it.

The camera is a simulated one with that quirk switched on; the line is a memory line in virtual time. Questions for
power and position, which go on beside everything, are left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from cuelang import clock
from cuelang.address import Address
from cuelang.commands import Command, FocusTo, Job, MoveBy, Pose, Recall, SetProperty, Tally, ZoomTo
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body, StoredPreset
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import attach, serve
from cuelang.transports.memory import pair
from cuelang.transports.tcp import TcpLine
from cuelang.units import MS

S = 1000 * MS

RECALL_4, RECALL_5 = "81 01 04 3F 02 04 FF", "81 01 04 3F 02 05 FF"
ZOOM, TALLY = "81 01 04 47 01 00 00 00 FF", "81 0A 02 02 02 FF"


class Talk:
    def __init__(self, quirk: str) -> None:
        near, far = pair()
        self.body = Body(DEFAULT, "foh")
        self.body.presets[4] = StoredPreset(2400, 0, 0)
        self.body.presets[5] = StoredPreset(-2400, 0, 0)
        self.lines: list[str] = []
        self.camera_end = attach(far, self.body, Faults.parse(quirk), on_frame=self._frame)
        self.camera = ViscaCamera("foh", near, keepalive=None)

    def _frame(self, way: str, frame: bytes, now: int) -> None:
        text = frame.hex(" ").upper()
        self.lines.append(f"{'>' if way == 'in' else '<'} {text}")

    def start(self, command: Command) -> Job:
        job = Job(command, clock.current().now(), lambda _job: None)
        self.camera.start(job)
        return job

    def stop(self, job: Job) -> None:
        self.camera.end(job, "superseded")

    async def after(self, seconds: float) -> None:
        now = clock.current()
        await now.sleep_until(now.now() + round(seconds * S))

    def was(self, conversation: str) -> None:
        """Everything that was said since, but for questions and their answers."""
        heard, self.lines = self.lines, []
        said = [line for line in heard if line[3:7] != "1 09" and not (line.startswith("<") and "50 " in line[2:8])]
        assert said == [line.strip() for line in conversation.strip().splitlines()]


def talk(quirk: str, scene: Callable[[Talk], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        one = Talk(quirk)
        await one.camera.open()
        await one.after(1)
        one.lines.clear()
        await scene(one)
        await one.camera.close()

    clock.run(main(), kind="virtual")


def test_ack_and_completion_of_a_preset_move_both_come_at_its_end() -> None:
    """PTZOptics G3, ptzoptics-visca#32. When no ACK has come the camera is asked whether it is there, and the recall
    is sent once more, for it may have been lost; the camera then ends the first one, which is not believed."""

    async def scene(t: Talk) -> None:
        move = t.start(Recall(4))
        await t.after(0.2)
        t.was(f"> {RECALL_4}")
        assert (move.outcome, move.acked) == (None, None)
        await t.after(5)
        t.was(f"""
            > {RECALL_4}
            < 90 41 FF
            < 90 51 FF
            < 90 41 FF
            < 90 51 FF
        """)
        assert move.outcome == "completed"
        assert move.done is not None and move.done - move.due > 3 * S // 2

    talk("ack_at_end", scene)


def test_several_commands_in_one_socket() -> None:
    """Move SE and G3, ptzoptics-visca PR 42. The tally's completion is not taken for that of the recall."""

    async def scene(t: Talk) -> None:
        move = t.start(Recall(4))
        tally = t.start(Tally("program"))
        await t.after(0.2)
        t.was(f"""
            > {RECALL_4}
            < 90 41 FF
            > {TALLY}
            < 90 41 FF
            < 90 51 FF
        """)
        assert (move.outcome, tally.outcome) == (None, "completed")
        await t.after(5)
        t.was("< 90 51 FF")
        assert move.outcome == "completed"
        assert move.done is not None and move.done > S

    talk("same_socket", scene)


def test_a_completion_for_a_socket_that_was_never_used() -> None:
    """The same source. The recall is believed when its position says so, not before."""

    async def scene(t: Talk) -> None:
        move = t.start(Recall(4))
        await t.after(0.2)
        t.was(f"> {RECALL_4}\n< 90 41 FF\n< 90 55 FF")
        assert move.outcome is None
        await t.after(5)
        assert move.outcome == "completed"
        assert t.body.pan.at(clock.current().now()) == 2400

    talk("stray_completion", scene)


def test_an_error_with_a_socket_that_has_nothing_to_do_with_its_command() -> None:
    """The same source. Autofocus is on, so the focus is refused; the recall goes on."""

    async def scene(t: Talk) -> None:
        move = t.start(Recall(4))
        await t.after(0.1)
        focus = t.start(FocusTo(0x500))
        await t.after(0.1)
        t.was(f"""
            > {RECALL_4}
            < 90 41 FF
            > 81 01 04 48 00 05 00 00 FF
            < 90 62 41 FF
        """)
        assert (focus.outcome, focus.reason) == ("refused", "the camera cannot do that in its present state")
        assert move.outcome is None
        await t.after(5)
        assert move.outcome == "completed"

    talk("error_socket", scene)


def test_a_superseded_preset_that_still_completes() -> None:
    """ptzoptics-visca#41. The first one's completion comes while the second is on its way, and ends nothing."""

    async def scene(t: Talk) -> None:
        first = t.start(Recall(4))
        await t.after(0.5)
        t.stop(first)
        second = t.start(Recall(5))
        await t.after(0.5)
        t.was(f"""
            > {RECALL_4}
            < 90 41 FF
            > {RECALL_5}
            < 90 41 FF
        """)
        assert (first.outcome, second.outcome) == ("superseded", None)
        await t.after(5)
        t.was("""
            < 90 51 FF
            < 90 51 FF
        """)
        assert second.outcome == "completed"
        assert t.body.pan.at(clock.current().now()) == -2400

    talk("late_superseded", scene)


def test_buffer_full_is_tried_again() -> None:
    async def scene(t: Talk) -> None:
        t.start(Tally("program"))
        await t.after(0.1)
        zoom = t.start(ZoomTo(0x1000))
        await t.after(3)
        t.was(f"""
            > {TALLY}
            < 90 41 FF
            < 90 51 FF
            > {ZOOM}
            < 90 60 03 FF
            > {ZOOM}
            < 90 41 FF
            < 90 51 FF
        """)
        assert zoom.outcome == "completed"

    talk("buffer_full=2", scene)


def test_buffer_full_and_a_relative_move_is_made_once() -> None:
    async def scene(t: Talk) -> None:
        t.start(Tally("program"))
        await t.after(0.1)
        t.start(MoveBy(10, 0, 12, 12))
        await t.after(3)
        assert t.body.pan.at(clock.current().now()) == 10

    talk("buffer_full=2", scene)


def test_replies_from_another_address() -> None:
    """A G3 with SOC 9.1.35 answers as A0 over IP, ptzoptics-visca#57."""

    async def scene(t: Talk) -> None:
        tally = t.start(Tally("program"))
        await t.after(0.1)
        t.was(f"> {TALLY}\n< A0 41 FF\n< A0 51 FF")
        assert tally.outcome == "completed"
        assert t.camera.state.pose == Pose(0, 0, 0)

    talk("reply_from=2", scene)


def test_a_repeated_reply_is_no_reply_to_something_else() -> None:
    async def scene(t: Talk) -> None:
        first, second = t.start(Tally("program")), t.start(Recall(4))
        await t.after(0.2)
        assert first.outcome == "completed"
        assert second.outcome is None  # the copy of the tally's completion is not the recall's
        await t.after(5)
        assert second.outcome == "completed"
        assert second.done is not None and second.done > S

    talk("duplicate=100%", scene)


def test_a_lost_reply_is_asked_for_again_and_a_step_is_not() -> None:
    """Every other datagram is lost: what may be done twice is sent twice, a relative move is not."""

    async def scene(t: Talk) -> None:
        zoom = t.start(ZoomTo(0x1000))
        await t.after(5)
        assert zoom.outcome == "completed"
        move = t.start(MoveBy(10, 0, 12, 12))
        await t.after(70)
        assert move.outcome is not None
        assert t.body.pan.at(clock.current().now()) in (0, 10)
        assert sum(line.startswith("> 81 01 06 03") for line in t.lines) == 1

    talk("loss=40%, seed=4", scene)


def test_replies_that_overtake_one_another() -> None:
    async def scene(t: Talk) -> None:
        jobs = [t.start(ZoomTo(0x1000)), t.start(Tally("program")), t.start(MoveBy(10, 0, 12, 12))]
        await t.after(10)
        assert [job.outcome for job in jobs] == ["completed"] * 3
        assert (t.body.zoom.target, t.body.tally, t.body.pan.target) == (0x1000, "program", 10)

    talk("latency=20ms, reorder=50%, seed=2", scene)


def test_a_disputed_form_that_the_camera_does_not_know() -> None:
    """Gain and bright direct: everybody sends 4C and 4D, PTZOptics' own lists print 0C and 0D (ptzoptics-visca#61)."""

    async def scene(t: Talk) -> None:
        gain = t.start(SetProperty("gain", "value", (5,)))
        await t.after(0.2)
        bright = t.start(SetProperty("bright", "value", (17,)))
        await t.after(0.2)
        t.was("""
            > 81 01 04 4C 00 00 00 05 FF
            < 90 60 02 FF
            > 81 01 04 0C 00 00 00 05 FF
            < 90 41 FF
            < 90 51 FF
            > 81 01 04 4D 00 00 01 01 FF
            < 90 60 02 FF
            > 81 01 04 0D 00 00 01 01 FF
            < 90 41 FF
            < 90 51 FF
        """)
        assert (gain.outcome, bright.outcome) == ("completed", "completed")
        assert (t.body.settings["gain"], t.body.settings["bright"]) == (5, 17)

    talk("manual_forms", scene)


def test_a_form_that_is_not_disputed_is_refused_and_tried_no_other_way() -> None:
    async def scene(t: Talk) -> None:
        odd = t.start(SetProperty("wdr", "value", (3,)))
        await t.after(0.2)
        assert odd.outcome == "completed"
        t.body.settings["gain"] = 2
        t.start(SetProperty("gain", "up"))
        await t.after(0.2)
        assert t.body.settings["gain"] == 3, "a step is no direct form, and is known"

    talk("manual_forms", scene)


# --- streams, over a real socket -----------------------------------------------------------------------------


async def done(camera: ViscaCamera, command: Command) -> Job:
    future: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
    camera.start(Job(command, clock.current().now(), future.set_result))
    return await asyncio.wait_for(future, 40)


@pytest.mark.parametrize(
    "quirk",
    [
        # After a power cycle the stream still takes bytes, but nothing comes back: ptzoptics-visca#87.
        Faults(half_open=150 * MS),
        # After minutes (here: a moment) it is hung up: ptzoptics-visca#75.
        Faults(drop_after=150 * MS),
    ],
    ids=str,
)
async def test_a_stream_that_dies_is_opened_anew_and_goes_on(quirk: Faults) -> None:
    server = await serve(Address("visca+tcp", "visca", host="127.0.0.1", port=0), faults=quirk)
    line = TcpLine("127.0.0.1", server.address.port or 0)
    camera = ViscaCamera("foh", line, keepalive=100 * MS)
    ups = 0
    rises = camera.link.line_up

    def line_up() -> None:
        nonlocal ups
        ups += 1
        rises()

    camera.link.line_up = line_up  # type: ignore[method-assign]  # to count
    await camera.open()
    assert (await done(camera, Tally("program"))).outcome == "completed"
    server.end.faults = Faults()  # from the next connection on it is well
    async with asyncio.timeout(40):
        while ups < 2:
            await asyncio.sleep(0.01)
    assert (await done(camera, Tally("preview"))).outcome == "completed"
    assert server.body.tally == "preview"
    await camera.close()
    await server.close()


# --- the index -----------------------------------------------------------------------------------------------

HERE = {
    "ack_at_end": test_ack_and_completion_of_a_preset_move_both_come_at_its_end,
    "same_socket": test_several_commands_in_one_socket,
    "stray_completion": test_a_completion_for_a_socket_that_was_never_used,
    "error_socket": test_an_error_with_a_socket_that_has_nothing_to_do_with_its_command,
    "late_superseded": test_a_superseded_preset_that_still_completes,
    "buffer_full": test_buffer_full_is_tried_again,
    "reply_from": test_replies_from_another_address,
    "duplicate": test_a_repeated_reply_is_no_reply_to_something_else,
    "loss": test_a_lost_reply_is_asked_for_again_and_a_step_is_not,
    "reorder": test_replies_that_overtake_one_another,
    "manual_forms": test_a_disputed_form_that_the_camera_does_not_know,
    "half_open": test_a_stream_that_dies_is_opened_anew_and_goes_on,
    "drop_after": test_a_stream_that_dies_is_opened_anew_and_goes_on,
}
ELSEWHERE = {
    "preset_speeds": "simulator/test_simulator_faults.py: the speed of one preset",
    "no_positions": "devices/test_visca_arrival.py: a camera that keeps its position to itself is done at completion",
    "no_blocks": "technician/test_profile.py: blocks that nobody answers are given up after the first",
    "reply_port": "transports/test_sony_line.py: cameras that answer to one port are told apart by where they are",
    "silent": "running/test_lines_that_fail.py: a camera that answers rubbish or nothing holds up nothing",
    "rubbish": "running/test_lines_that_fail.py: the same",
    "latency": "devices/test_once_in_effect.py", "jitter": "devices/test_once_in_effect.py",
    "seed": "no fault of its own: whose luck it is",
}  # fmt: skip


def test_every_switch_of_the_simulator_has_its_conversation() -> None:
    assert set(HERE).isdisjoint(ELSEWHERE)
    assert set(HERE) | set(ELSEWHERE) == set(Faults.__struct_fields__)


@pytest.mark.parametrize("where", [where for where in ELSEWHERE.values() if ".py" in where])
def test_what_stands_elsewhere_is_there(where: str) -> None:
    path, _, name = where.partition(": ")
    text = (Path(__file__).parents[1] / path).read_text(encoding="utf-8")
    assert name == "the same" or f"def test_{name.replace(' ', '_')}" in text
