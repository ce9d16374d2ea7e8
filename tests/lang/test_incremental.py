"""The compiler never raises, and compiling again after an edit is the same as compiling afresh."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from cuelang.lang.compile import Compiled, Compiler
from cuelang.output.plan import plan_json, plan_rows
from cuelang.source import Source
from tests.drawn import examples
from tests.lang.compiling import RIG, Texts

LINES = (
    "move foh to throne", "move foh to throne over 4s ease in_out", "move wings to door speed 5", "move foh home",
    "move foh to pan 10deg zoom 4x over 3s", "move left by pan 5deg live", "drive foh left for 2s", "drive all up",
    "zoom foh to 60% over 2s", "zoom foh from 1x to 4x over 1s", "zoom left in for 300ms", "focus foh to 500",
    "stop foh", "set foh iris 9", "set all freeze on", "tally foh program only", "tally wings off", "wait 2s",
    "wait for foh", "wait for wings up to 3s", "wait for go", 'wait for osc "/a"', "wait until 19:30", "push(foh)",
    "push(left, amount = 30%, time = 1s)", "go 2", "go next", "start 3", "stop cue 1", 'note "x"',
    "at storm / 2 stop all",
    "move foh to preset 4", "move wings to preset 1", "move foh to preset 9",
    "at 9s move foh to throne arriving at 20s", "let t = storm * 2", "wait t", "track foh on", "power left on",
    'send eos "/eos/go" 1', 'raw foh "81 01 06 05 FF"',
    "store foh preset 4", 'profile all "evening.toml"', "booth foh photos every 2s", "move foh to wide over 3s",
    "move nobody to wide", "zoom foh to 300%", "wait 3s + 10%", "go 99", "push()", "follow after 3s", "follow",
    "restart", "disabled", 'on osc "/x"', 'on key "F1"', "mvoe foh", "zoom foh to", '"', "\tstop foh",
)  # fmt: skip
SOUND = tuple(
    line
    for line in LINES[: LINES.index("store foh preset 4")]
    if line.split()[0] not in ("at", "go", "start", "let") and line != "wait t"
)
"""Lines that no neighbour can spoil."""
HEADS = (
    "together", "do", "repeat 3 times every 4s", "repeat 2 times", "repeat forever every 5s", "for c in wings every 1s",
    "if storm > 5s", "at 4s",
)  # fmt: skip
DECLARED = """
let storm = 12s
output eos "osc+udp://10.0.0.5:8000"
define push(cam, amount = 80%, time = 2s)
    tally cam preview
    zoom cam to amount over time ease out
    wait time
"""
TOPS = (
    'on osc "/go/{n}" go {n}', "let u = storm / 0", "group more = foh, more", 'camera foh "sim://x"', 'use "gone.cues"',
    "on every day at 10:00 start 1", 'section "Act"', "on key \"F9\" move foh to wide", "define again()\n    again()",
    'section "Any time" aside', 'on key "F9" go {n}', "cue 8\n    go 9\n\ncue 9\n    go 8",
)  # fmt: skip


def blocks(pick: random.Random, depth: int, indent: str, sound: bool) -> list[str]:
    lines: list[str] = []
    heads = tuple(head for head in HEADS if "every" not in head and not head.startswith("at")) if sound else HEADS
    for _ in range(pick.randint(1, 4)):
        if depth and pick.random() < 0.3:
            lines.append(indent + pick.choice(heads))
            lines += blocks(pick, depth - 1, indent + "    ", sound)
        else:
            lines.append(indent + pick.choice(SOUND if sound else LINES))
    return lines


def cue(pick: random.Random, number: int, sound: bool = False) -> str:
    return "\n".join([f'cue {number} "Cue {number}"', *blocks(pick, 2, "    ", sound)]) + "\n"


def sheet(parts: list[str], rig: str = RIG) -> str:
    return DECLARED + rig + "".join(parts)


def other_rig(pick: random.Random, rig: str) -> str:
    """One line of a camera says something else, is gone or is there twice."""
    lines = rig.split("\n")
    at = pick.choice([number for number, line in enumerate(lines) if line.startswith("    ")])
    match pick.randrange(7):
        case 5:
            lines[at] += pick.choice((" focus 200", " focus 300", " picture off"))
        case 6:
            lines[at] = re.sub(r"= \d+", f"= {pick.randint(1, 9)}", lines[at])
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines.insert(at, "    move_speed 3")
        case _:
            lines[at] = re.sub(r"-?\d+(?=deg|%)", lambda _found: str(pick.randint(0, 20)), lines[at])
    return "\n".join(lines)


def settled(done: Compiled) -> tuple[object, ...]:
    """All that is to be seen of it."""
    plan = done.plan
    rows = [plan_rows(plan, one) for one in plan.cues] if plan else None
    return (
        done.diagnostics,
        plan_json(plan) if plan else None,
        rows,
        plan.triggers and len(plan.triggers) if plan else 0,
    )


@given(st.integers(0, 2**32), st.booleans())
@examples(60)
def test_compiling_again_is_compiling_afresh(seed, sound):
    pick = random.Random(seed)
    parts = [cue(pick, number, sound) for number in range(1, 6)]
    kept, rig = Compiler(Texts()), RIG
    for _ in range(5):
        source = Source("main.cues", sheet(parts, rig))
        again = kept.compile(source)
        assert settled(again) == settled(Compiler(Texts()).compile(source))
        match pick.randrange(7):
            case 5 | 6:
                rig = other_rig(pick, RIG if pick.random() < 0.5 else rig)
            case 0 if not sound:
                parts.insert(pick.randrange(len(parts)), pick.choice(TOPS) + "\n")
            case 1 if not sound:
                parts[pick.randrange(len(parts))] = cue(pick, pick.randint(1, 7))
            case 2:
                parts.pop(pick.randrange(len(parts)))
                parts.append(cue(pick, pick.randint(6, 9) if not sound else 10 + pick.randrange(10**6), sound))
            case 3:
                parts.insert(0, "# a comment\n\n")
            case _:
                pick.shuffle(parts)


def test_after_a_preset_s_edit_only_cues_are_worked_out_again_that_use_it_or_begin_somewhere_else() -> None:
    parts = [
        "cue 1\n    move foh to wide\n", "cue 2\n    move foh to throne\n", "cue 3\n    move foh to wide\n",
        "cue 4\n    move foh to throne over 6s\n", "cue 5\n    move left to door\n", "cue 6\n    move foh to wide\n",
        "cue 7\n    zoom foh to 10%\n", "cue 8\n    move foh to preset 4\n",
    ]  # fmt: skip
    kept = Compiler(Texts())
    edits = (("60%", "61%", {"2", "3", "4", "6", "8"}), ("12deg", "13deg", set()))
    before = kept.compile(Source("main.cues", sheet(parts)))
    rig = RIG
    for old, new, again in edits:
        assert old in rig
        rig = rig.replace(old, new)
        after = kept.compile(Source("main.cues", sheet(parts, rig)))
        assert before.plan is not None and after.plan is not None
        pairs = zip(after.plan.cues, before.plan.cues, strict=True)
        assert {one.number for one, was in pairs if one is not was} == again
        before = after


@given(st.integers(0, 2**32))
@examples(40)
def test_a_sound_sheet_has_a_plan(seed):
    pick = random.Random(seed)
    done = Compiler(Texts()).compile(Source("main.cues", sheet([cue(pick, number, True) for number in range(1, 5)])))
    assert done.plan is not None, [(one.span[1:3], one.message) for one in done.diagnostics if one.is_error]
    for one in plan_json(done.plan)["cues"]:
        offsets = [event["at_ms"] for event in one["events"]]
        assert offsets == sorted(offsets)
        assert all(event["until_ms"] is None or event["until_ms"] >= event["at_ms"] for event in one["events"])
        for event in one["events"]:
            assert all(event["at_ms"] <= frame["at_ms"] for frame in event["wire"])


@given(st.integers(0, 2**32))
@examples(60)
def test_a_spoilt_sheet_is_told_what_is_wrong_and_nothing_raises(seed):
    pick = random.Random(seed)
    text = sheet([cue(pick, 1), cue(pick, 2), pick.choice(TOPS) + "\n"])
    for _ in range(pick.randint(1, 6)):
        at = pick.randrange(len(text))
        match pick.randrange(4):
            case 0:
                text = text[:at] + text[at + pick.randint(1, 9) :]
            case 1:
                text = (
                    text[:at]
                    + pick.choice(['"', "(", ")", "\n", "\t", "    ", ",", "=", "é", "0", "-", "1e9", ":"])
                    + text[at:]
                )
            case 2:
                other = pick.randrange(len(text))
                text = text[:at] + text[other : other + 20] + text[at:]
            case 3:
                text = (
                    text[:at]
                    + pick.choice(["99999999999", "-1s", "0%", "999deg", "{n}", " all ", " storm "])
                    + text[at:]
                )
    done = Compiler(Texts()).compile(Source("main.cues", text))
    settled(done)
    assert done.plan is not None or any(one.is_error for one in done.diagnostics)


@given(st.text(max_size=200))
@examples(60)
def test_any_text_compiles_or_is_told_why_not(text):
    settled(Compiler(Texts()).compile(Source("main.cues", text)))


@given(st.lists(st.tuples(st.sampled_from(["a", "storm", "foh", "x y", ""]), st.text(max_size=10)), max_size=3))
@examples(40)
def test_any_option_of_the_command_line_compiles_or_is_told_why_not(pairs):
    done = Compiler(Texts()).compile(
        Source("main.cues", sheet([])), settings=dict(pairs), without=frozenset(name for name, _ in pairs)
    )
    settled(done)
