"""What an editor takes as the state before a cue is what the list comes to, cue by cue."""

from __future__ import annotations

from random import Random

import pytest

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import cue_key
from cuelang.sheets.editor.look import state_before
from cuelang.source import Source

RIG = "".join(
    f'camera c{n} "visca+udp://10.0.0.{n + 1}"\n    preset wide = 1 at pan 0deg tilt 0deg zoom 0%\n' for n in range(4)
)


def sheet(dice: Random) -> str:
    """Some cues use some cameras; one camera is hardly used; some are asides, some disabled."""
    lines = [RIG]
    for number in range(1, 40):
        lines.append(f"cue {number}")
        lines += [f"    {word}" for word in ("aside", "disabled") if dice.random() < 0.15][:1]
        camera = dice.choice(["c0", "c1", "c2"] if number != 20 else ["c3"])
        lines.append(f"    move {camera} to pan {dice.randint(-90, 90)}deg" if dice.random() < 0.7 else '    note "x"')
    return "\n".join([*lines, ""])


@pytest.mark.parametrize("seed", range(5))
def test_the_state_before_a_cue_is_that_of_the_list(seed: int) -> None:
    work = Compiler(Library()).begin(Source("night.cues", sheet(Random(seed))))
    for _ in work.slices():
        pass
    assert work.compiled.plan is not None, work.compiled.diagnostics
    for number in ("0.5", "1", "19.5", "20", "21", "40", "999"):
        state: dict[str, object] = {}
        for cue in work.plan.cues:
            if cue_key(cue.number) < cue_key(number) and cue.in_list:
                state |= cue.leaves
        assert state_before(work, number) == state
