"""Random cue lists for two cameras, with every kind of statement that moves or sets one."""

from __future__ import annotations

from hypothesis import strategies as st

HEAD = """\
camera a "sim://a"
    preset near = 1 at pan 20deg tilt 5deg zoom 30%
    preset far = 2 at pan -40deg tilt 10deg zoom 80%
    preset door at pan 12deg tilt -3deg zoom 20%
    preset dark = 7
camera b "sim://b"
    preset near = 1 at pan 5deg tilt 0deg zoom 50%
    preset far = 2 at pan -20deg tilt 20deg zoom 10%
    preset door at pan 60deg tilt 30deg zoom 0%
    preset dark = 7
"""

CAMERAS = st.sampled_from(("a", "b", "all"))
STATEMENTS = st.one_of(
    st.builds(
        "move {} to {} live{}".format, CAMERAS, st.sampled_from(("near", "far", "door", "dark")),
        st.sampled_from(("", " speed 9")),
    ),
    st.builds(
        "move {} to {} over {}s live".format, CAMERAS, st.sampled_from(("near", "far", "door")), st.integers(8, 20)
    ),
    st.builds("move {} to pan {}deg live".format, CAMERAS, st.integers(-90, 90)),
    st.builds("move {} to pan {}deg tilt {}deg live".format, CAMERAS, st.integers(-90, 90), st.integers(-20, 60)),
    st.builds("move {} by pan {}deg tilt {}deg live".format, CAMERAS, st.integers(-9, 9), st.integers(-9, 9)),
    st.builds("move {} home live".format, CAMERAS),
    st.builds("drive {} left speed 3 for {}s live".format, CAMERAS, st.integers(1, 3)),
    st.builds("zoom {} to {}% over {}s live".format, CAMERAS, st.integers(0, 100), st.integers(4, 9)),
    st.builds("zoom {} to {}% live".format, CAMERAS, st.integers(0, 100)),
    st.builds("focus {} {}".format, CAMERAS, st.sampled_from(("auto", "manual"))),
    st.builds("set {} iris {}".format, CAMERAS, st.sampled_from(("5", "9", "up", "reset"))),
    st.builds("set {} backlight {}".format, CAMERAS, st.sampled_from(("on", "off"))),
    st.builds("set {} white_balance {}".format, CAMERAS, st.sampled_from(("indoor", "outdoor", "auto"))),
    st.builds("wait {}ms".format, st.integers(0, 4000)),
    st.builds("wait for {}".format, CAMERAS),
    st.builds("stop {}".format, CAMERAS),
    st.builds("track {} {} live".format, CAMERAS, st.sampled_from(("on", "off"))),
    st.builds("start {}".format, st.integers(1, 5)),
    st.builds("stop cue {}".format, st.integers(1, 5)),
    st.just("tally a program"),
    st.just("repeat 2 times every 9s\n        move b by pan 3deg tilt 0deg live"),
)  # fmt: skip


@st.composite
def lists(draw: st.DrawFn) -> str:
    """Five cues, of which one or two may be disabled."""
    cues = []
    for number in range(1, 6):
        body = draw(st.lists(STATEMENTS, min_size=1, max_size=5))
        off = ["disabled"] if draw(st.integers(0, 9)) == 0 else []
        cues.append("\n    ".join([f"cue {number}", *off, *body]))
    return "\n".join([HEAD, *cues, "cue 6", '    note "the end"', ""])
