"""A preset written into a sheet: the numbers that changed, and every other byte as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands import Pose
from cuelang.lang.compile import Compiler
from cuelang.lang.rewriting import Unfit, added, found, put_back, updated, written
from cuelang.library import Library
from cuelang.models import DEFAULT, find
from cuelang.plan import Camera, Preset
from cuelang.source import NOWHERE, Source

CAMERA = 'camera foh "sim://foh"\n'
THERE = Preset("throne", 4, -410, 72, 9216, NOWHERE)


def camera_of(text: str) -> Camera:
    main = Source("main.cues", 'cue 1\n    note "x"\n')
    found = Compiler(Library()).compile(main, rig=Source("rig.cues", text))
    assert found.plan is not None, [(one.code, one.message) for one in found.diagnostics if one.is_error]
    return found.plan.camera("foh")


def preset_of(text: str, name: str = "throne") -> Preset:
    return next(one for one in camera_of(text).presets if one.name == name)


def place(preset: Preset) -> tuple[int | None, ...]:
    return preset.pan, preset.tilt, preset.zoom


def update(text: str, new: Preset = THERE) -> str:
    source = Source("rig.cues", text)
    return updated(source, "foh", preset_of(text, new.name), new, camera_of(text).figures)


def test_the_numbers_change_and_nothing_else() -> None:
    text = CAMERA + "    preset throne = 4 at pan -30deg  tilt 5deg zoom 60% picture off  # the queen\n"
    assert update(text) == CAMERA + (
        "    preset throne = 4 at pan -28.5deg  tilt 5deg zoom 56.25% picture off  # the queen\n"
    )


def test_a_number_that_says_the_place_already_stays_in_its_words() -> None:
    text = "let seat = 4\nlet far = 0x2400\n" + CAMERA + "    preset throne = seat at pan -30deg tilt 72 zoom far\n"
    assert update(text).endswith("    preset throne = seat at pan -28.5deg tilt 72 zoom far\n")


@pytest.mark.parametrize(
    ("pan", "what"),
    [("side", "the name `side`"), ("-side", "the name `side`"), ("(1deg + 2deg)", "not a plain number")],
)
def test_a_name_or_a_sum_is_refused_with_its_place(pan: str, what: str) -> None:
    text = "let side = 10deg\n" + CAMERA + f"    preset throne at pan {pan} tilt 5deg\n"
    with pytest.raises(Unfit, match=r"^rig\.cues:3:\d+: the pan of throne is " + re.escape(what)):
        update(text)


def test_a_line_without_a_place_gets_one() -> None:
    text = CAMERA + "    preset throne = (2 + 2) picture off # c\n"
    assert update(text).endswith("= (2 + 2) at pan -28.5deg tilt 5deg zoom 56.25% picture off # c\n")


def test_an_axis_that_the_line_leaves_out_stays_left_out() -> None:
    text = CAMERA + "    preset throne at pan 1deg\n"
    assert update(text) == CAMERA + "    preset throne at pan -28.5deg\n"


def test_a_manual_focus_comes_and_goes() -> None:
    text = CAMERA + "    preset throne at pan (1deg) tilt 2deg zoom 3% picture off\n"
    focused = Preset("throne", None, -410, 72, 9216, NOWHERE, focus=0x2A0)
    with_focus = update(text, focused)
    assert "pan (-28.5deg) tilt 5deg zoom 56.25% focus 0x2A0 picture off" in with_focus
    assert preset_of(with_focus).focus == 0x2A0
    other = Preset("throne", None, -410, 72, 9216, NOWHERE, focus=0x300)
    assert "zoom 56.25% focus 0x300 picture" in update(with_focus, other)
    assert "zoom 56.25% picture off" in update(with_focus)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (CAMERA + "    preset a = 1  # one\n\n# end\n", "    preset a = 1  # one\n    NEW\n\n# end\n"),
        (CAMERA.replace("\n", "\r\n") + "\tpreset a = 1\r\n", "\tpreset a = 1\r\n\tNEW\r\n"),
        (CAMERA + "    drive_speed 20  # fast", "    drive_speed 20  # fast\n    NEW"),
        (CAMERA, "foh\"\n    NEW\n"),
        (CAMERA + "  preset a at pan (1deg +\n     2deg)\n  drive_speed 9\n", "2deg)\n  NEW\n  drive_speed 9\n"),
    ],
)  # fmt: skip
def test_a_new_preset_is_a_line_more(text: str, line: str) -> None:
    new = added(Source("rig.cues", text), "foh", THERE, camera_of(text).figures)
    said = "preset throne = 4 at pan -28.5deg tilt 5deg zoom 56.25%"
    assert new.endswith(line.replace("NEW", said))
    assert place(preset_of(new)) == place(THERE)
    one = found(Source("rig.cues", new), "foh", "throne")
    assert one is not None
    assert put_back(Source("rig.cues", new), "foh", "throne", new[one.begin : one.end], "") == text


def test_a_line_that_somebody_changed_is_not_put_back() -> None:
    with pytest.raises(Unfit, match="changed in another way since"):
        put_back(Source("rig.cues", CAMERA + "    preset throne = 4\n"), "foh", "throne", "    preset throne = 5", "x")


SPACE = st.sampled_from([" ", "  ", "\t", " \t "])
COMMENT = st.sampled_from(["", "  # a comment", " # pan 3deg tilt 4deg", "\t#", ' # "text" (', "   "])
ENDINGS = st.sampled_from(["\n", "\r\n"])
NUMBERS = {
    "pan": st.sampled_from(["-30deg", "30deg", "(-30deg)", "- 30deg", "0", "100", "0deg", "( 12.5deg )"]),
    "tilt": st.sampled_from(["5deg", "-3.25deg", "(4deg)", "0", "0x48"]),
    "zoom": st.sampled_from(["60%", "0x1000", "2x", "(10%)", "0%"]),
}


@st.composite
def layouts(draw: st.DrawFn) -> str:
    gap = [draw(SPACE) for _ in range(12)]
    indent, end = draw(st.sampled_from(["    ", "  ", "\t"])), draw(ENDINGS)
    number = draw(st.sampled_from(["", f"{gap[0]}={gap[1]}4", "=4", f"{gap[0]}= seat", " = (2 + 2)"]))
    axes = draw(st.permutations(["pan", "tilt", "zoom"]))
    axes = axes[: draw(st.integers(1, 3))]
    where = "".join(f"{gap[i + 3]}{axis}{gap[i + 6]}{draw(NUMBERS[axis])}" for i, axis in enumerate(axes))
    rest = draw(st.sampled_from(["", f"{gap[10]}picture{gap[11]}off"]))
    lines = [
        "# the rig of tonight", "let seat = 4", f'camera foh "sim://foh"{draw(COMMENT)}', f"{indent}# above",
        f"{indent}preset wide = 1{draw(COMMENT)}",
        f"{indent}preset{gap[9]}throne{number}{gap[2]}at{where}{rest}{draw(COMMENT)}", "",
        f"{indent}preset late = 9", 'camera left "sim://left"', f"{indent}preset throne = 4 at pan 1deg",
    ]  # fmt: skip
    return end.join(lines) + draw(st.sampled_from(["", end]))


@given(layouts(), st.integers(-2000, 2000), st.integers(-300, 1000), st.integers(0, 0x4000))
def test_whatever_the_layout_one_line_changes_and_says_the_place(text: str, pan: int, tilt: int, zoom: int) -> None:
    new = update(text, Preset("throne", 4, pan, tilt, zoom, NOWHERE))
    old, now = preset_of(text), preset_of(new)
    for axis, raw in (("pan", pan), ("tilt", tilt), ("zoom", zoom)):
        assert getattr(now, axis) == (None if getattr(old, axis) is None else raw)
    assert (now.number, now.picture) == (old.number, old.picture)
    before, after = text.splitlines(keepends=True), new.splitlines(keepends=True)
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) <= 1 and all("throne" in a for a, _ in changed)
    numbers = re.compile(r"(?<=[ \t])(?:pan|tilt|zoom)[ \t]+\(?[ \t]*-?[ \t]*[\w.%]+")
    for a, b in changed:
        (head_a, _, tail_a), (head_b, _, tail_b) = a.partition("at"), b.partition("at")
        assert head_a == head_b and numbers.sub("N", tail_a, count=3) == numbers.sub("N", tail_b, count=3)


@pytest.mark.parametrize("model", ["ptzoptics-move-4k-20x", "sony-brc-x400"])
@given(data=st.data())
def test_what_is_written_is_read_as_the_same_counts(model: str, data: st.DataObject) -> None:
    figures = find(model) or DEFAULT
    pan = data.draw(st.integers(*figures.pan_range))
    tilt = data.draw(st.integers(*figures.tilt_range))
    zoom = data.draw(st.integers(0, 0x4000))
    text = (
        f'camera foh "sim://foh"\n    model "{model}"\n    preset throne at {written(Pose(pan, tilt, zoom), figures)}\n'
    )
    assert place(preset_of(text)) == (pan, tilt, zoom)
