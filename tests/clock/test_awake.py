"""The machine stays awake as long as a show, by whichever authority there is."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from cuelang.clock import RealClock
from cuelang.clock.awake import Awake, AwakeKeeper, by_caffeinate, by_systemd
from cuelang.clock.real import BEAT_NS, SLEEP_NS
from cuelang.units import HOUR, NS


async def sentence(awake: Awake, said: list[str]) -> str:
    awake.ask()
    async with asyncio.timeout(20):
        while not said:
            await asyncio.sleep(0.005)
    return said[0]


async def test_the_first_authority_that_grants_it_keeps_it_until_the_show_ends() -> None:
    kept: list[str] = []
    said: list[str] = []

    def granting(undo: contextlib.ExitStack) -> str:
        kept.append("asked")
        undo.callback(kept.append, "given back")
        return "a desktop"

    awake = Awake(said.append, (lambda _undo: "", granting, lambda _undo: pytest.fail("it has been granted")))
    assert "kept awake until the show ends (a desktop)" in await sentence(awake, said)
    assert kept == ["asked"]
    await awake.close()
    assert kept == ["asked", "given back"]


async def test_a_machine_that_nothing_keeps_awake_is_said() -> None:
    said: list[str] = []
    awake = Awake(said.append, (lambda _undo: "",))
    assert "check its power settings" in await sentence(awake, said)
    await awake.close()


async def test_a_show_that_asked_for_nothing_has_nothing_to_wait_for() -> None:
    await Awake(lambda _text: None).close()


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


INHIBIT = 'echo "$@" > "$0.asked"; while [ "$1" != cat ]; do shift; done; exec "$@"'


@pytest.mark.skipif(os.name != "posix", reason="shell scripts play the programs")
@pytest.mark.parametrize(
    ("name", "script", "keeper", "granted"),
    [
        ("systemd-inhibit", INHIBIT, by_systemd, "systemd"),
        ("systemd-inhibit", "exit 1", by_systemd, ""),
        ("caffeinate", 'echo "$@" > "$0.asked"; exec sleep 60', by_caffeinate, "caffeinate"),
        ("something-else", "", by_caffeinate, ""),
    ],
)
def test_the_systems_programs_hold_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str, keeper: AwakeKeeper, granted: str
) -> None:
    program(tmp_path, name, script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}" if name != "something-else" else str(tmp_path))
    with contextlib.ExitStack() as undo:
        assert keeper(undo) == granted
        if granted == "systemd":
            assert "--what=sleep:idle" in (tmp_path / f"{name}.asked").read_text()


async def test_what_the_clock_missed_is_told_on_systems_of_both_kinds() -> None:
    """On some the monotonic clock goes on in sleep, on others it does not."""
    clock, missing = RealClock(), list[int]()
    clock.watch_stalls()
    clock.watch_sleep(missing.append)
    wall = clock._wall
    clock._note_sleep(wall + BEAT_NS)
    clock._note_sleep(wall + 2 * BEAT_NS + SLEEP_NS - 1)
    assert missing == []
    clock._note_sleep(clock._wall + BEAT_NS + HOUR)
    assert missing == [HOUR]
    clock._note_sleep(clock._wall + BEAT_NS - 2 * HOUR)
    clock._note_sleep(clock._wall + BEAT_NS)
    assert missing == [HOUR] and NS < SLEEP_NS
