"""Random cue lists for two cameras, with every kind of statement that moves or sets one."""

from __future__ import annotations

from hypothesis import strategies as st

from cuelang.lang.compile import Compiler
from cuelang.plan import Plan
from cuelang.source import Source
from tests.lang.compiling import Texts

FILES = {
    "walk.trace": "# cuelang.trace/1 any\n0 0 0 0\n1 10 2 5\n4 40 4 30\n5 45 4 30\n",
    "evening.toml": 'format = "cuelang.profile/1"\n[settings]\niris = "4"\nwhite_balance = "indoor"\n',
}
"""What random sheets replay and put back."""

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

SWITCHER = """\
show "Random"
    interlock off
switcher vision "vmix://127.0.0.1"
    source a = "1"
    source b = "2"
    source slides = "3"
"""

CAMERAS = st.sampled_from(("a", "b", "all"))
ONE = st.sampled_from(("a", "b"))
SOURCES = st.sampled_from(("a", "b", "slides"))
PLACES = st.sampled_from(("near", "far", "door"))
STATEMENTS = st.one_of(
    st.builds(
        "move {} to {} live{}".format,
        CAMERAS,
        st.sampled_from(("near", "far", "door", "dark")),
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
    st.builds("with one of {} as cam\n        move cam to {} live".format, st.sampled_from(("a, b", "b, a")), PLACES),
    st.builds(
        "with one of b, a as cam\n        set cam iris {}\n    else\n        zoom b to 20% live".format,
        st.integers(1, 9),
    ),
    st.builds("recover {} live".format, CAMERAS),
    st.builds("set {} iris {}".format, CAMERAS, st.sampled_from(("5", "9", "up", "reset"))),
    st.builds("set {} backlight {}".format, CAMERAS, st.sampled_from(("on", "off"))),
    st.builds("set {} white_balance {}".format, CAMERAS, st.sampled_from(("indoor", "outdoor", "auto"))),
    st.builds("wait {}ms".format, st.integers(0, 4000)),
    st.builds("wait for {}".format, CAMERAS),
    st.builds("stop {}".format, CAMERAS),
    st.builds("track {} {} live".format, CAMERAS, st.sampled_from(("on", "off"))),
    st.builds("stop cue {}".format, st.integers(1, 5)),
    st.builds("tally a {}".format, st.sampled_from(("program", "program only", "preview", "off"))),
    st.builds("set {} exposure {}".format, CAMERAS, st.sampled_from(("manual", "auto", "bright"))),
    st.builds("set {} sharpness {}".format, CAMERAS, st.sampled_from(("3", "9", "down"))),
    st.builds("zoom {} in speed 3 for {}s live".format, CAMERAS, st.integers(1, 3)),
    st.builds("zoom {} from 10% to {}% over 5s ease in_out live".format, CAMERAS, st.integers(20, 90)),
    st.builds("focus {} near for 1s".format, CAMERAS),
    st.builds("move {} to {} arriving at {}s live".format, CAMERAS, PLACES, st.integers(30, 60)),
    st.builds(
        "move {} to pan {}deg tilt 20deg over {}s ease {} live".format,
        CAMERAS,
        st.integers(-160, 160),
        st.integers(8, 20),
        st.sampled_from(("in", "out", "in_out")),
    ),
    st.just("wait for go up to 3s"),
    st.just('wait for osc "/here" up to 2s'),
    st.just('note "now"'),
    st.just("snapshot a"),
    st.builds(
        "together\n        move a to {} live\n        do\n            wait 700ms\n"
        "            zoom b to {}% live".format,
        PLACES,
        st.integers(0, 100),
    ),
    st.builds("for cam in a, b every {}ms\n        move cam to {} live".format, st.integers(0, 900), PLACES),
    st.builds("at 40s\n        move {} to {} live\n        set all iris 7".format, CAMERAS, PLACES),
    st.just("repeat 2 times every 9s\n        move b by pan 3deg tilt 0deg live"),
    st.builds(
        'replay {} "walk.trace"{}{} live'.format,
        ONE,
        st.sampled_from(("", " from 2s")),
        st.sampled_from(("", " speed 50%")),
    ),
    st.builds('profile {} "evening.toml" live'.format, CAMERAS),
    st.just('raw a "81 01 06 05 FF" live'),
    st.builds("power {} on live".format, CAMERAS),
)

STORES = st.one_of(
    st.builds("power {} off live".format, CAMERAS),
    st.builds("store {} preset {}".format, ONE, st.sampled_from(("near", "far", "dark"))),
    st.builds("clear {} preset {}".format, ONE, st.sampled_from(("near", "dark"))),
)

CUTS = st.one_of(
    st.builds("cut to {}".format, SOURCES),
    st.builds("preview {}".format, SOURCES),
    st.builds("dissolve to {} over {}s".format, SOURCES, st.integers(1, 2)),
    st.just("take"),
    st.builds("wait for {} up to 2s".format, st.sampled_from(("program a", "off b"))),
)

LOOPS = st.builds(
    "repeat forever every {}s\n        move a to near live\n        wait 4s\n        move a to door live".format,
    st.integers(11, 14),
)


@st.composite
def lists(draw: st.DrawFn, endless: bool = False, again: bool = False) -> str:
    """Five cues, of which one or two may be disabled or aside, or restart. `endless`: one may have a loop without end.

    `again`: without what `locate` does not put back: presets that are stored and deleted, cameras switched off.

    Cues fire one another, but never in a circle: one that takes a millisecond would be played for the whole night.
    """
    head = HEAD + draw(st.sampled_from(("", "", SWITCHER)))
    ranks = draw(st.permutations(range(1, 6)))
    cues = []
    for number in range(1, 6):
        later = ranks[ranks.index(number) + 1 :]
        fires = [st.builds("{} {}".format, st.sampled_from(("start", "go")), st.sampled_from(later))] if later else []
        more = [] if again else [STORES]
        cuts = [CUTS] if SWITCHER in head else []
        body = draw(st.lists(st.one_of(STATEMENTS, *fires, *fires, *cuts, *more), min_size=1, max_size=5))
        if endless and draw(st.integers(0, 9)) == 0:
            body.append(draw(LOOPS))
        off = draw(st.sampled_from(([],) * 8 + (["disabled"], ["aside"], ["restart"])))
        cues.append("\n    ".join([f"cue {number}", *off, *body]))
    return "\n".join([head, *cues, "cue 6", '    note "the end"', ""])


def compiled(text: str) -> Plan | None:
    return Compiler(Texts(FILES)).compile(Source("night.cues", text)).plan
