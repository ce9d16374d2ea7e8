"""One statement of the language, for one camera."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cuelang import clock
from cuelang.commands import Drive, MoveTo, Ramp, Raw, Recall, Replay, SetProperty
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.models import DEFAULT, write_model
from cuelang.plan import CameraAct
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.source import Source
from cuelang.technician import statement
from cuelang.technician.session import CameraError, camera_at, opened
from cuelang.technician.statement import StatementMistake, action
from cuelang.units import MS
from tests.models.known import known
from tests.technician.workbench import Bench, S, on_bench

FOH = camera_at("visca+udp://10.0.0.21")


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("zoom to 50% over 2s", "zoom it to 50% over 2s"),
        ("zoom it to 50%", "zoom it to 50%"),
        ("  stop ", "stop it"),
        ('snapshot save "it"', 'snapshot it save "it"'),
        ("set  iris 9", "set it iris 9"),
    ],
)
def test_the_camera_is_left_out_or_called_it(text: str, spelt: str) -> None:
    assert statement.spelt_out(text) == spelt


@pytest.mark.parametrize("text", ["", "wait 3s", "fly", "zoom to 50%\ncue 2", "go 2", "note “it”"])
def test_what_is_no_statement_of_a_camera_is_said_so(text: str) -> None:
    with pytest.raises(CameraError, match="Expected one camera statement"):
        statement.spelt_out(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("zoom to 50% over 2s", Ramp), ("move to preset 4 speed 9", Recall), ("move to pan 3deg tilt 1deg", MoveTo),
        ("drive up_left speed 4, 2 for 2s", Drive), ("set white_balance indoor", SetProperty),
    ],
)  # fmt: skip
def test_it_becomes_the_command_of_a_sheet(text: str, kind: type) -> None:
    ((offset, command),) = statement.compiled(text, FOH).commands
    assert offset == 0 and isinstance(command, kind)


def test_mistakes_are_those_of_a_sheet() -> None:
    with pytest.raises(StatementMistake) as found:
        statement.compiled("zoom to 150%", FOH)
    assert [one.code for one in found.value.diagnostics] == ["E302"]
    with pytest.raises(StatementMistake) as found:
        statement.compiled("set brightness 3", camera_at("visca+udp://10.0.0.21", "sony-brc-x400"))
    assert [one.code for one in found.value.diagnostics] == ["E401"]


def test_the_units_are_those_of_its_model(tmp_path) -> None:
    from cuelang.models import read_model

    sony = known("sony-brc-x400")
    assert sony is not None
    path = tmp_path / "foh.model.toml"
    path.write_text(write_model(sony, "foh", []), encoding="utf-8")
    measured = read_model(path.read_text(encoding="utf-8"), str(path))
    camera = camera_at("visca+udp://10.0.0.21", str(path), measured)
    ((_, command),) = statement.compiled("move to pan 10deg tilt 0deg", camera).commands
    assert isinstance(command, MoveTo) and command.pose.pan == sony.pan(10) != DEFAULT.pan(10)


def done(text: str, faults: Faults = NO_FAULTS) -> tuple[bool, list[str], Bench]:
    async def act(bench: Bench) -> tuple[bool, list[str]]:
        said: list[str] = []
        return await statement.carry_out(bench.session, statement.compiled(text, FOH), said.append), said

    (good, said), bench = on_bench(act, faults)
    return good, said, bench


def test_it_is_carried_out_and_told() -> None:
    good, said, bench = done("zoom to 50% over 2s", Faults(latency=10 * MS))
    assert good and bench.body.zoom.at(10 * S) == 0x2000
    assert said[0].startswith("zoom to 50% over 2s: completed, acknowledged after 10 ms, done after 2.0")
    assert said[0].endswith("20 frames")


def test_a_camera_s_no_is_told() -> None:
    good, said, _ = done("focus to 1234")
    assert (good, said) == (False, ["focus to 1234: refused, the camera cannot do that in its present state"])
    good, said, _ = done("tally program", Faults(silent=True))
    assert not good and "unreachable" in said[0]


@pytest.mark.parametrize("text", ["drive left speed 3", "zoom in", "move to pan 100deg tilt 0deg speed 1",
                                  "zoom to 100% over 60s", "focus near"])  # fmt: skip
@pytest.mark.parametrize("faults", [NO_FAULTS, Faults(loss=0.3, seed=4), Faults(latency=80 * MS)], ids=str)
def test_nothing_goes_on_after_it_was_interrupted(text: str, faults: Faults) -> None:
    async def main() -> None:
        bench = Bench(faults, DEFAULT)
        if text.startswith("focus"):
            bench.body.focus_auto = False

        async def work() -> None:
            async with opened(camera_at("sim://foh"), bench.driver) as session:
                await statement.carry_out(session, statement.compiled(text, FOH), lambda _line: None)

        task = asyncio.create_task(work())
        while not bench.body.moving(clock.current().now()):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.2)
        assert not bench.body.moving(clock.current().now())

    clock.run(main(), kind="virtual")


def test_files_of_a_running_show_s_folder_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "walk.trace").write_text(
        "# cuelang.trace/1 ptzoptics-move-4k-20x\n0.0 -30.00 5.00 60.0\n1.0 -20.00 5.00 60.0\n", encoding="utf-8"
    )
    sheet = Source(str(tmp_path / "night.cues"), 'camera foh "sim://foh"\n    model "ptzoptics-move-4k-20x"\ncue 1\n')
    plan = Compiler(Library()).compile(sheet).plan
    assert plan is not None
    foh, folder = plan.camera("foh"), str(tmp_path)
    (step,) = action('replay "walk.trace"', foh, folder).program.steps
    assert isinstance(step.act, CameraAct) and isinstance(step.act.command, Replay) and step.act.camera == "foh"
    (step,) = action('raw "81 01 06 05 FF"', foh, folder).program.steps
    assert isinstance(step.act, CameraAct) and isinstance(step.act.command, Raw) and step.act.camera == "foh"
    with pytest.raises(StatementMistake, match=r"none\.toml"):
        action('profile "none.toml"', foh, folder)
    for name in ("/etc/passwd", "C:secret.toml", "c:/secret.toml", "../secret.toml", "traces/../../secret.toml"):
        with pytest.raises(CameraError, match="the show's own folder"):
            action(f'profile "{name}"', foh, folder)
