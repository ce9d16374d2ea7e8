"""A machine that leads does not read the journal of another one, and does no work for it."""

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest

from cuelang.app.pairing import Pairing
from cuelang.clock import current, run
from cuelang.runtime.records import NoteRecord

NOTE = NoteRecord(seq=107, wall="2026-11-30T14:11:49.481+00:00", t_ms=19358.0, cue="1", text="the other one leads")


def pairing(following: object) -> tuple[Pairing, Any, Any]:
    twin, executor = Mock(records=(), zero=None), Mock(following=following)
    made = Pairing(
        twin,
        Mock(),
        {},
        executor,
        Mock(),
        current(),
        Mock(),
        say=Mock(),
        spawn=Mock(),
    )
    return made, twin, executor


@pytest.mark.timeout(20)
def test_who_leads_reads_no_record_of_the_one_that_leads_now() -> None:
    """Its end takes a moment, in which the other one writes already."""

    async def main() -> None:
        made, twin, executor = pairing(None)
        twin.heard(NOTE)
        await asyncio.sleep(1)  # a loop that is never idle never gets there
        assert not made.follows and not executor.takeover.follow.called

    run(main(), kind="virtual")


@pytest.mark.timeout(20)
def test_what_was_heard_and_not_read_before_it_leads_is_left() -> None:
    async def main() -> None:
        _, twin, executor = pairing(Mock(idle=False))
        twin.heard(NOTE)
        executor.following = None
        await asyncio.sleep(1)
        assert not executor.takeover.follow.called

    run(main(), kind="virtual")


@pytest.mark.timeout(20)
def test_who_follows_reads_what_it_hears() -> None:
    async def main() -> None:
        _, twin, executor = pairing(Mock(idle=False))
        for _ in range(200):
            twin.heard(NOTE)
        await asyncio.sleep(1)
        assert executor.takeover.follow.call_count == 200

    run(main(), kind="virtual")
