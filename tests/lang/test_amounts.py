"""No sheet computes forever: numbers, passes, cues and cameras have bounds, and E302 says so."""

from __future__ import annotations

import sys
from itertools import count, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuelang.lang import check as checks
from cuelang.lang import compile as compiler
from cuelang.lang import declare, effort, findings, lower, predict, switchers
from cuelang.lang.findings import Finding, Findings
from cuelang.plan.state import CameraState
from cuelang.source import NOWHERE
from tests.lang.compiling import RIG, check, compiled


def errors(sheet: str) -> list[str]:
    return [one.code for one in compiled(sheet).diagnostics if one.is_error]


def test_squaring_ends() -> None:
    squares = "".join(f"let a{n + 1} = a{n} * a{n}\n" for n in range(40))
    assert errors(f'let a0 = 10\n{squares}cue 1\n    note "{{a40}}"\n') == ["E302"]


def test_fractions_end() -> None:
    sums = "".join(f"let a{n + 1} = a{n} + 1 / {n + 2}\n" for n in range(400))
    assert errors(f'let a0 = 1 / 3\n{sums}cue 1\n    note "{{a400}}"\n') == ["E302"]


def test_no_amount_is_larger_than_a_million_milliards() -> None:
    check(
        """
        let most = 1000000000000000
        let least = -most
        let more = 1000000000000001                 ### E302
        let twice = most * 2                        ### E302
        let hex = 0xFFFFFFFFFFFFFFFF                ### E302
        cue 1
            let here = most + 1                     ### E302
            go most                                 ### E203
        """
    )


@settings(deadline=None)
@given(
    st.recursive(
        st.one_of(
            st.integers(0, 10**6).map(str),
            st.fractions(1, 999, max_denominator=10**6).map(lambda f: f"({f.numerator}/{f.denominator})"),
        ),
        lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
            lambda part: f"({part[0]}{part[1]}{part[2]})"
        ),
        max_leaves=12,
    )
)
def test_any_expression_is_an_amount_or_one_mistake(text: str) -> None:
    assert set(errors(f'let a = {text}\ncue 1\n    note "{{a}}"\n')) <= {"E302"}


def test_a_show_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "MAX_SHOW", 20_000)
    cue = '\n    repeat 100 times\n        note "x"\n'
    assert errors("".join(f"cue {n}{cue}" for n in range(3)) + RIG) == []
    assert errors("".join(f"cue {n}{cue}" for n in range(30)) + RIG) == ["E302"]


def test_a_cue_has_a_size_whatever_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "MAX_WORK", 20_000)
    for body in (
        "let a = 1\n        " + "\n        ".join(f"let b{n} = 1" for n in range(20)),
        'note "' + "x" * 2000 + '"',
        "let a = " + "(1 + 1) * " * 40 + "1",
        'if 1 > 2\n            note "a"',
        "for cam in all\n            stop cam",
        "together\n            wait 1ms\n            wait 1ms",
    ):
        assert errors(f"cue 1\n    repeat 9000 times\n        {body}\n{RIG}") == ["E302"], body


def test_as_many_cues_and_cameras_as_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "MAX_CUES", 5)
    monkeypatch.setattr(declare, "MAX_CAMERAS", 5)
    assert errors("".join(f'cue {n}\n    note "a"\n' for n in range(5)) + RIG) == []
    assert errors("".join(f'cue {n}\n    note "a"\n    go 8\n' for n in range(9)) + RIG) == ["E302"]
    cameras = "".join(f'camera c{n} "sim://c{n}"\n' for n in range(9))
    assert errors(f"{cameras}cue 1\n    stop all\n    stop c8\n") == ["E302"]


def test_a_sheet_of_nothing_but_mistakes_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MAX_MISTAKES", 10)
    one = "cue 1\n" + "".join(f"    stop c{n}\n" for n in range(100)) + RIG
    many = "".join(f"cue {n}\n    stop c{n}\n" for n in range(100)) + RIG
    assert 10 < len(errors(one)) < 15 and 10 < len(errors(many)) < 15


def bomb(head: str, line: str) -> str:
    """A sheet of about 60 kB: the line over and over, @ counts."""
    size = iter(range(len(head), 60_000, len(line)))
    return head + "".join(
        line.replace("@", str(n)) for n, _ in takewhile(lambda _: True, zip(count(), size, strict=False))
    )


BODY = f'{RIG}output eos "osc+udp://10.0.0.5:8000"\ncue 1\n    note "a"\n'
DOUBLING = f'{RIG}define m0()\n    note "a"\n' + "".join(
    f"define m{n + 1}()\n    m{n}()\n    m{n}()\n" for n in range(40)
)


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("", "x y\n"), ("", "m@ y\n"), ("cue 1\n", "    m@ y\n"), (BODY, "    go @\n"), (BODY, "    m@()\n"),
        (BODY, '    note "{w@}"\n'), (RIG, "cue @\n    repeat 99000 times\n        note \"x\"\n"),
        (RIG, "cue @\n    go 99@\n"), (RIG, "cue @\n    zoom foh to 40% over 9h\n"), ("", 'camera c@ "sim://c"\n'),
        (RIG, "cue @\n    repeat 90000 times\n        let a = 1\n"),
        (BODY, "    repeat 90000 times\n        wait for go\n"),
        (BODY, "    wait for go\n    at 1s wait for go\n"), (BODY, "    drive foh up for 1s\n    wait for foh\n"),
        (BODY, 'on osc "/a/@/{x}" go {x}\n'), (BODY, 'on cron "*/7 * @ * *" go 1\n'), (BODY, "on every @s go 1\n"),
        ("", "let a@ = (((((1 + 1) * 2) + 3) * 4) - 5) / 6\n"), (BODY, "    if 1 > 2\n        note \"a\"\n"),
        ('let n = "abcdefgh"\n' + BODY, '    repeat 9000 times\n        note "' + "{n}" * 200 + '"\n'),
        (BODY + "    together\n", "        repeat forever every 1s\n            note \"a\"\n"),
        (BODY, '    repeat 9000 times\n        send eos "/a" ' + "1," * 900 + "1\n"),
        (DOUBLING, "cue @\n    m40()\n"),
    ],
)  # fmt: skip
def test_every_construct_in_heaps_is_bounded(head: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small heap and a small bound: what the compiler does keeps to it, counted in lines that it looks at."""
    monkeypatch.setattr(compiler, "MAX_SHOW", 50_000)
    looked = 0
    line_of = lower.Lowering.line

    def counted(*args: object) -> None:
        nonlocal looked
        looked += 1
        line_of(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(lower.Lowering, "line", counted)
    compiled(bomb(head, line))
    assert looked < 25_000


def test_waits_with_an_else_are_bounded_in_one_block() -> None:
    waits = '    wait for go up to 1s\n    else\n        note "b"\n' * 3000
    assert errors(f"cue 1\n{waits}{RIG}") == ["E302"]


def test_a_branch_that_is_not_taken_may_be_too_much_too() -> None:
    nest = "".join("    " * (depth + 2) + f"for x{depth} in all\n" for depth in range(12))
    assert errors(f"cue 1\n    if 1 > 2\n{nest}{'    ' * 14}stop x1\n{RIG}") == ["E302"]


def test_so_many_branches_wait_beside_one_another() -> None:
    for waits, expected in ((200, []), (201, ["E302"])):
        branches = "        wait for go\n" * waits
        assert errors(f'cue 1\n    together\n{branches}    note "all"\n{RIG}') == expected


def test_so_many_files_are_used() -> None:
    found = compiled("".join(f'use "f{n}.cues"\n' for n in range(1200)) + f'cue 1\n    note "a"\n{RIG}').diagnostics
    codes = [one.code for one in found if one.is_error]
    assert codes.count("E302") == 1 and codes.count("E205") == 1000


def steps_of(sheet: str) -> int:
    """How many calls the compiler makes for a sheet."""
    calls = 0

    def count_call(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count_call)
    try:
        compiled(sheet)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "line",
    [
        "    booth foh photos\n    wait for foh\n", "    booth foh photos\n    zoom foh in\n",
        "    move foh to preset 3\n    wait for foh\n", "    power foh on\n    set foh iris 5\n",
        "    track foh on\n    track foh off\n",
    ],
)  # fmt: skip
def test_a_cue_of_twice_the_length_costs_twice_as_much(line: str) -> None:
    """What a camera has done is not looked at again by every later line."""
    once, twice = (steps_of(BODY + line * times) for times in (300, 600))
    assert twice < 2.5 * once


def test_sources_that_show_one_another_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchers, "MAX_SEEN", 1000)
    head = 'switcher mixer "vmix://10.0.0.9"\n    source s0 = "0"\n'
    chain = [f'    source s{n} = "{n}" shows s{n - 1}\n' for n in range(1, 100)]
    assert errors(head + "".join(chain[:20])) == []
    assert errors(head + "".join(chain)) == ["E302"]


CAMERAS = "".join(f'camera c{n} "sim://c{n}"\n' for n in range(100))


def played(sheet: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many steps the prediction of a sheet plays."""
    steps = 0
    step = predict._Attempt.step

    def counted(*args: object) -> None:
        nonlocal steps
        steps += 1
        step(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(predict._Attempt, "step", counted)
        compiled(sheet)
    return steps


def test_a_cue_that_is_too_large_is_not_predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = f"cue 1\n    repeat 3000 times\n        move foh to preset 3 live\n{RIG}"
    assert played(sheet, monkeypatch) == 3000
    monkeypatch.setattr(lower, "MAX_STEPS", 2000)
    assert errors(sheet) == ["E302"]
    assert played(sheet, monkeypatch) == 0


@pytest.mark.parametrize(
    ("line", "cues"),
    [
        ("move foh to pan @deg arriving at @s live", 999),
        ("with one of all as x\n        move x to pan @deg live\n        zoom x to 5% live", 5),
    ],
)
def test_what_is_played_more_than_once_counts(line: str, cues: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moves that arrive at a time are sought several times, and `with one of` is checked for each camera."""
    lines = [f"cue {n}\n    {line.replace('@', str(n % 50 + 1))}\n" for n in range(1, cues + 1)]
    assert errors(CAMERAS + RIG + "".join(lines)) == []
    monkeypatch.setattr(compiler, "MAX_SHOW", 30_000)
    assert errors(CAMERAS + RIG + "".join(lines)) == ["E302"]
    assert played(CAMERAS + RIG + "".join(lines), monkeypatch) < 30_000 // 10


@pytest.mark.parametrize("line", ['on osc "/a@" move all to pan 1deg live\n', "cue @\n    wait for all\n"])
def test_each_camera_of_a_line_counts(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "MAX_SHOW", 50_000)
    lines = [line.replace("@", str(n)) for n in range(1, 2000)]
    assert errors(CAMERAS + "".join(lines[:20])) == []
    assert errors(CAMERAS + "".join(lines)) == ["E302"]


def test_findings_are_counted_once() -> None:
    class Counted(Findings):
        looks = 0

        def __getitem__(self, index):
            Counted.looks += 1
            return super().__getitem__(index)

    found = Counted()
    for number in range(3000):
        found.append(Finding("W609" if number % 2 else "E201", NOWHERE, "wrong"))
        assert found.too_many == (number >= 2000)
    assert Counted.looks == 3000


def test_what_each_pass_of_a_loop_does_wrong_is_found_once() -> None:
    sheet = f"cue 1\n    repeat 500 times\n        move foh to preset 3 live\n        zoom foh to 5% live\n{RIG}"
    draft = compiled(sheet)
    assert [one.code for one in draft.diagnostics if one.code == "W603"] == ["W603", "W603"]


def test_a_long_circle_is_shown_by_its_ends() -> None:
    circle = "".join(f"cue {n}\n    start {n + 1}\n    start 1\n" for n in range(1, 300))
    found = [one for one in compiled(circle + "cue 300\n    start 1\n").diagnostics if one.code == "E504"]
    assert len(found) == 300 and all(len(one.message) < 200 for one in found)
    assert any("1 → 2 →" in one.message and "→ … →" in one.message for one in found)


def test_cues_that_macros_name_are_looked_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    refs = checks.refs

    def counted(*args: object) -> list[Finding]:
        nonlocal looks
        looks += 1
        return refs(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(checks, "refs", counted)
    macros = "".join(f"define m{n}()\n    go {n}.5\n" for n in range(50))
    assert errors(f'{macros}cue 1\n    note "a"\n').count("E203") == 50
    assert looks == 1


def test_following_cues_that_start_cues_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fired cue costs more than its steps: a thousand cues, each of which starts the next and the first."""
    fired = 0
    fire = predict._Attempt.fire

    def counted(*args: object) -> None:
        nonlocal fired
        fired += 1
        fire(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(predict._Attempt, "fire", counted)
    compiled("".join(f"cue {n}\n    start {n + 1}\n    start 1\n" for n in range(1, 1000)))
    assert fired < 30_000


def test_relative_moves_after_a_recall_do_not_add_up_for_ever() -> None:
    moves = "".join(f"cue {n}\n    move foh by pan 1deg live\n" for n in range(1, 250))
    plan = compiled(f"cue 0\n    move foh to preset 7 live\n{moves}{RIG}").plan
    assert plan is not None
    states = [cue.leaves["foh"] for cue in plan.cues]
    kept = [len(state.moved) for state in states if isinstance(state, CameraState)]
    assert kept[200] == 200 and max(kept) == 200 and kept[-1] == 0
    assert ("pan_tilt", "relative") in states[-1].why
