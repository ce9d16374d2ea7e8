"""Tables of beginners' mistakes: each is a sheet with one mistake, and gets one message with what to write instead."""

from __future__ import annotations

import re

from tests.lang.compiling import compiled

SHOW = """\
camera foh "visca+udp://10.0.0.21"
    model "ptzoptics-move-4k-20x"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "visca+udp://10.0.0.22"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
camera right "visca+udp://10.0.0.23"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
group wings = left, right
define bows(cam, time = 3s)
    wait time
    stop cam
output eos "osc+udp://10.0.0.5:8000"
cue 4
    bows(foh)
    stop wings
    send eos "/x"
"""


def rows(table: str) -> list[tuple[str, str]]:
    found = [tuple(re.split(r"\s+=> ", line, maxsplit=1)) for line in table.strip("\n").split("\n")]
    return [(one.rstrip(), says) for one, says in found]


def only(sheet: str, says: str) -> None:
    found = compiled(sheet).diagnostics
    assert len(found) == 1, [(one.code, one.message, one.hint) for one in found]
    said = f"{found[0].message} {found[0].hint}"
    assert says in said, said
    assert found[0].hint


def unsuitable(table: str, sheet: str) -> list[tuple[str, str, str]]:
    """What is suggested for the mistakes of a table, and is not a line that the show can have: not only a line of the
    language, with the names of this show it compiles. `sheet` has `{}` for the line."""
    vision = 'switcher vision "obs://10.0.0.9"\n' + "".join(
        f'    source {n} = "{n}"\n' for n in ("foh", "left", "right")
    )
    wrong = []
    modules = {"moves": "define unused(cam)\n    stop cam\n"}
    for mistake, _ in rows(table):
        for found in compiled(sheet.format(mistake) + SHOW).diagnostics:
            whole = re.fullmatch(
                r"(?:Write|For example) `((?:move|tally|zoom|focus|drive|set|stop|track|snapshot|booth|store|wait|"
                r"note|go|send|repeat|follow|let|for|cue|on|camera|group|input|output|section|define|use)\b[^`…]*)`\.",
                found.hint,
            )
            if whole is not None:
                line = whole[1].replace("CAMERA", "foh").replace("OUTPUT", "eos").replace("SWITCHER", "vision")
                text = sheet.format(line) + SHOW
                if "dissolve" in line or "cut to" in line or "vision" in line:
                    text += vision
                bad = [one for one in compiled(text, modules=modules).diagnostics if one.is_error]
                if {one.code for one in bad} - UNFINISHED:
                    wrong.append((mistake, line, bad[0].message))
    return wrong


UNFINISHED = {"E102", "E203", "E205", "E207", "E306"}
"""What a suggested line cannot mend: its block, a cue's number, a missing module, an input without `allow`."""
