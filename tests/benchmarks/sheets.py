"""Sheets of any size."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

CAMERAS = 8
PRESETS = 10


def _rig(chance: Random) -> list[str]:
    lines = []
    for camera in range(CAMERAS):
        lines += [f'camera cam{camera} "visca+udp://10.0.0.{camera + 1}"', '    model "ptzoptics-move-4k-20x"']
        lines += [
            f"    preset p{preset} = {preset + 1} at pan {chance.randint(-100, 100)}deg "
            f"tilt {chance.randint(-20, 60)}deg zoom {chance.randint(0, 100)}%"
            for preset in range(PRESETS)
        ]
        lines.append("")
    return lines


def long_sheet(cues: int) -> str:
    """Seven lines a cue, and hardly two lines alike."""
    chance = Random(1)
    lines = ['show "Big"', "    fps 25", "", *_rig(chance)]
    lines += [
        "define push(cam, amount = 80%, time = 6s)",
        "    tally cam preview",
        "    zoom cam to amount over time ease out",
        "    wait time",
        "    tally cam program only",
        "",
    ]
    for cue in range(1, cues + 1):
        camera = chance.randrange(CAMERAS)
        other = (camera + 1) % CAMERAS
        lines += [
            f'cue {cue} "Cue number {cue}"',
            f'    on osc "/eos/out/event/cue/1/{cue}/fire"',
            f"    at 0s     move cam{camera} to p{chance.randrange(PRESETS)} speed {chance.randint(1, 24)}",
            (
                f"    at {chance.randint(1, 40) / 10}s   zoom cam{other} to {chance.randint(0, 100)}% "
                f"over {chance.randint(3, 9)}s ease in_out"
            ),
            f"    at {5 + chance.randint(1, 40) / 10}s   tally cam{camera} program",
            "    at 10s",
            f"        tally cam{camera} off",
        ]
    return "\n".join(lines) + "\n"


def edited(text: str, cue: int, again: int) -> str:
    """The sheet with one line of one cue changed."""
    there = text.index(f'cue {cue} "')
    line = text.index("    at 0s ", there)
    end = text.index("\n", line)
    return f"{text[:line]}    at 0s     move cam{again % CAMERAS} to p{again % PRESETS} speed {9 + again}{text[end:]}"


def evening(cues: int) -> str:
    """Five camera statements a cue, a ramp in every tenth, 10.8 s a cue: a thousand of them are three hours."""
    chance = Random(2)
    lines = ['show "An evening"', "", *_rig(chance)]
    for cue in range(1, cues + 1):
        a, b, c, d = chance.sample(range(CAMERAS), 4)
        zoom = (
            f"zoom cam{b} from {chance.randint(0, 40)}% to {chance.randint(60, 100)}% over {chance.randint(3, 6)}s"
            if cue % 10 == 0
            else f"zoom cam{b} to {chance.randint(0, 100)}%"
        )
        lines += [
            f'cue {cue} "Cue {cue}"',
            f"    move cam{a} to p{chance.randrange(PRESETS)} speed {chance.randint(8, 24)} live",
            f"    {zoom} live",
            f"    at 3.5s   tally cam{c} preview",
            f"    at 3.5s   set cam{d} iris {chance.randint(1, 12)}",
            f"    at 7.2s   tally cam{c} off",
            "    wait 3.6s",
        ]
    return "\n".join(lines) + "\n"


IRISES = (0, *range(3, 26))
"""The numbers that the iris of `rig`'s cameras takes."""


SMALL = """\
show "Small"
    fps 25

camera foh "visca+udp://10.0.0.21"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%

camera left "visca+udp://10.0.0.22"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%

cue 1 "House open"
    move foh, left to wide

cue 2 "Storm"
    on osc "/eos/out/event/cue/1/2/fire"
    move foh to throne over 6s ease in_out
    at 2.5s   zoom left to 80% over 3s
    at 9s
        tally foh program
"""


def rig(ports: Sequence[int], desk: int, rate: int = 10) -> list[str]:
    """Cameras at these ports of this machine, and a desk that is heard at `desk`."""
    lines = ['show "Bench"', "    interlock off", "    go_window 0s", "    debounce 0s", ""]
    lines += [f'input desk "osc+udp://127.0.0.1:{desk}"', ""]
    for number, port in enumerate(ports):
        lines += [f'camera cam{number} "visca+udp://127.0.0.1:{port}"', '    model "sony-srg-x400"']
        lines += [f"    ramp_rate {rate}", ""]
    return lines
