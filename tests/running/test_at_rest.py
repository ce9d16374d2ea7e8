"""A camera is at rest when it has said so: stops that are lost, drives whose successor never comes, ends of shows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cuelang import clock
from cuelang.commands import PAN_TILT, Drive, Job, MoveTo, Pose
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import attach
from cuelang.transports import memory
from cuelang.units import MS
from tests.benchmarks import panics
from tests.models.known import known
from tests.running.night import Night, perform

S = 1_000_000_000


def loses(night: Night) -> None:
    end = night.far["foh"].end.end
    end.faults = replace(end.faults, loss=1.0)


def hears(night: Night) -> None:
    end = night.far["foh"].end.end
    end.faults = replace(end.faults, loss=0.0)


def moves(night: Night, camera: str = "foh") -> bool:
    body, now = night.far[camera].body, night.clock_at_end
    return [axis.at(now) for axis in (body.pan, body.tilt, body.zoom)] != [
        axis.at(now + S) for axis in (body.pan, body.tilt, body.zoom)
    ]


@pytest.mark.parametrize("link", panics.LINKS)
def test_no_camera_moves_after_a_panic_or_an_end_on_a_line_that_loses_frames(link: str) -> None:
    found = panics.count(link, 0.05, 10)
    assert (found.moving, found.after) == (0, 0)


@pytest.mark.parametrize("full", [1, 2, 3])
def test_a_panic_stops_a_camera_whose_buffer_is_full_and_whose_completions_are_stray(full: int) -> None:
    """A stop that is answered with “buffer full” has not been carried out."""
    sheet = "cue 1\n    drive foh right speed 1 live\n    zoom foh in live\n    wait 60s\n"

    def gets_full(night: Night) -> None:
        end = night.far["foh"].end.end
        end.faults = replace(end.faults, buffer_full=full + 1)

    night = perform(
        sheet, (1, "go"), (1.9, gets_full), (2, "panic"), end=20, faults={"foh": Faults(stray_completion=True)}
    )
    body = night.far["foh"].body
    assert (body.pan.at(8 * S), body.zoom.at(8 * S)) == (body.pan.at(12 * S), body.zoom.at(12 * S))
    assert body.pan.at(2 * S) > 0


def test_the_end_of_a_show_repeats_its_stops_until_they_are_taken() -> None:
    sheet = "cue 1\n    drive foh right speed 1 for 60s live\n"
    night = perform(
        sheet, (1, "go"), (4.99, loses), (5, lambda night: night.clock.at(int(6.0 * S), hears, night)), end=5
    )
    assert not moves(night)


def test_a_camera_that_does_not_confirm_its_stop_is_named_at_the_end() -> None:
    sheet = "cue 1\n    drive foh right speed 1 for 60s live\n"
    night = perform(sheet, (1, "go"), (4.99, loses), end=5)
    assert any("foh may still be moving" in str(record) for record in night.sink.records)
    named = next(record["seq"] for record in night.records if "foh may still be moving" in record.get("text", ""))
    assert all(record["seq"] < named for record in night.of("command"))


@pytest.mark.parametrize("silent", [True, False])
def test_a_camera_that_a_crash_has_left_moving_is_named_if_it_does_not_confirm_its_stop(silent: bool) -> None:
    night = perform(
        "cue 1\n    wait 1s\n",
        (1, loses if silent else hears),
        (2, lambda night: night.executor.halt(("foh",), "The last show ended without being closed.")),
        end=20,
    )
    assert any("foh may still be moving" in text for text in night.says()) is silent


SLOW = known("sony-brc-x1000")


@pytest.mark.parametrize("over", [None, 900 * S])
def test_a_slow_move_has_the_time_of_its_way(over: int | None) -> None:
    async def main() -> Job:
        near, far = memory.pair()
        attach(far, Body(SLOW, "foh"), Faults(no_positions=True))
        camera = ViscaCamera("foh", near, SLOW)
        await camera.open()
        now = clock.current()
        job = Job(MoveTo(Pose(SLOW.pan(60), 0), 1, 1, over=over), now.now(), lambda _job: None)
        camera.start(job)
        await now.sleep_until(3000 * S)
        await camera.close()
        return job

    job = clock.run(main(), kind="virtual")
    assert job.outcome == "completed" and (job.done or 0) > 60 * S


def answers(latency: int) -> list[object]:
    """What a camera says of its settings, one question after the other."""

    async def main() -> list[object]:
        near, far = memory.pair()
        attach(far, Body(DEFAULT, "foh"), Faults(latency=latency))
        camera = ViscaCamera("foh", near, keepalive=None)
        await camera.open()
        found: list[object] = []
        for row in (
            "inq.r_gain",
            "inq.b_gain",
            "inq.iris",
            "inq.shutter",
            "inq.bright",
            "inq.lr_reverse",
            "inq.flicker",
        ):
            camera.link.ask(row, lambda fields, _now: found.append(fields))
        now = clock.current()
        await now.sleep_until(now.now() + 30 * S)
        await camera.close()
        return found

    return clock.run(main(), kind="virtual")


@pytest.mark.parametrize("latency", [200, 260, 300, 500])
def test_answers_to_questions_that_were_asked_again_are_no_answers_to_others(latency: int) -> None:
    """A question is asked again after 250 ms, until it is known how long the line takes."""
    assert answers(latency * MS) == answers(0)


def test_the_refusal_of_a_command_that_was_repeated_ends_no_other() -> None:
    sheet = "cue 1\n    focus foh to 0x3000\n    move foh to pan 40deg tilt 10deg zoom 60%\n    wait for foh\n"
    night = perform(sheet, (3, "go"), end=20, faults={"foh": Faults(latency=260 * MS)})
    assert night.outcomes("foh") == [("focus", "refused"), ("move", "completed")]


@pytest.mark.parametrize("seed", [5, 7, 10])
def test_acknowledged_never_after_done(seed: int) -> None:
    """Sent to where it stands already: its place is read before the lost acknowledgement has come again."""
    sheet = (
        "cue 1\n    move foh to pan 0deg tilt 0deg zoom 0%\n    wait for foh\n    zoom foh to 0%\n    wait for foh\n"
    )
    night = perform(sheet, (1, "go"), end=20, faults={"foh": Faults(loss=0.2, seed=seed, latency=2 * MS)})
    done = [record for record in night.commands("foh") if "done_ms" in record and "acked_ms" in record]
    assert done and all(record["sent_ms"] <= record["acked_ms"] <= record["done_ms"] for record in done)


def test_a_stop_is_acknowledged_and_the_camera_stands() -> None:
    async def main() -> ViscaCamera:
        near, far = memory.pair()
        attach(far, Body(DEFAULT, "foh"))
        camera = ViscaCamera("foh", near)
        await camera.open()
        now = clock.current()
        camera.start(Job(Drive("left", 5, 5), now.now(), lambda _job: None))
        await now.sleep_until(S)
        assert camera.link.ledger.restless() == {PAN_TILT}
        camera.settle()
        assert camera.unsettled() == {PAN_TILT}
        await now.sleep_until(2 * S)
        await camera.close()
        return camera

    assert not clock.run(main(), kind="virtual").unsettled()


@pytest.mark.parametrize("holds", [True, False])
def test_a_connection_is_cut_only_while_it_holds_what_was_given_up(
    holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system still has of a command that is unreachable would be carried out when the cable is back."""
    cut: list[int] = []

    async def main() -> str | None:
        near, far = memory.pair()
        attach(far, Body(DEFAULT, "foh"))
        now = clock.current()
        monkeypatch.setattr(memory.MemoryEnd, "stream", True)
        monkeypatch.setattr(memory.MemoryEnd, "holds", lambda _end: holds, raising=False)
        monkeypatch.setattr(memory.MemoryEnd, "restart", lambda _end, _error: cut.append(now.now()))
        camera = ViscaCamera("foh", near)
        await camera.open()
        await now.sleep_until(S)
        near.plugged = False
        job = Job(MoveTo(Pose(500, 0), 12, 12), now.now(), lambda _job: None)
        camera.start(job)
        await now.sleep_until(3 * S)
        await camera.close()
        return job.outcome

    assert clock.run(main(), kind="virtual") == "unreachable"
    assert [at // S for at in cut] == [2] * holds
