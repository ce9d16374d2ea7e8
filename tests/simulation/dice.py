"""From one seed a whole night: a rig with its faults, a sheet, and everything that people and things do to it.

A night is data, so that it can be printed, repeated and made smaller. Everything is drawn from one generator, in one
order: the same seed is the same night, on any machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from cuelang.lang.compile import Compiled, Compiler
from cuelang.library import Library
from cuelang.source import Source

FILE = "night.cues"
SHORT = 1000
"""Seeds below this are for the suite."""


@dataclass(frozen=True)
class Head:
    """A camera. `line` says what its line does to what is sent, `quirks` what the camera itself does: both as text."""

    name: str
    url: str
    model: str = ""
    loss: float = 0.0
    duplicate: float = 0.0
    jitter: int = 0
    """ns."""
    reorder: bool = False
    quirks: str = ""

    @property
    def scheme(self) -> str:
        return self.url.partition(":")[0]

    @property
    def whole(self) -> bool:
        """Nothing is the matter with it or its line."""
        return not (self.loss or self.duplicate or self.jitter or self.reorder or self.quirks)

    def __str__(self) -> str:
        said = [f"loss {self.loss:.0%}"] * bool(self.loss) + [f"duplicate {self.duplicate:.0%}"] * bool(self.duplicate)
        said += [f"jitter {self.jitter / 1e6:g} ms"] * bool(self.jitter) + ["reorder"] * self.reorder
        return f"{self.name}: {', '.join([*said, self.quirks][: len(said) + bool(self.quirks)]) or 'as new'}"


@dataclass(frozen=True)
class Doing:
    """What happens at `at` ns: a line of a script, or a word of `theatre.DEEDS`."""

    at: int
    what: str

    def __str__(self) -> str:
        return f"{self.at / 1e9:.6f}s {self.what}"


@dataclass(frozen=True)
class Case:
    """A night. `head` are the lines of the sheet before its cues; each cue is its lines. `other` are the cues after a
    reload."""

    seed: int
    length: int
    """ns."""
    heads: tuple[Head, ...]
    head: tuple[str, ...]
    cues: tuple[tuple[str, ...], ...]
    doings: tuple[Doing, ...]
    other: tuple[tuple[str, ...], ...] = ()

    def sheet(self, cues: Iterable[tuple[str, ...]] | None = None) -> str:
        return "\n".join([*self.head, *(line for cue in (self.cues if cues is None else cues) for line in cue), ""])

    def disturbed(self, camera: str) -> bool:
        """Whether anything is done to it or its line this night."""
        return any(doing.what.split()[0] in DISTURBING and camera in doing.what.split() for doing in self.doings)

    def powered(self, camera: str) -> bool:
        """Whether the sheet may switch it off."""
        lines = [line for cue in (*self.cues, *self.other) for line in "\n".join(cue).splitlines()]
        return any("power" in line and any(name in line for name in (camera, "all", " cam ")) for line in lines)

    def tracked(self) -> bool:
        """Whether the sheet may switch auto-tracking."""
        return any("track " in line for cue in (*self.cues, *self.other) for line in cue)

    def __str__(self) -> str:
        parts = [f"seed {self.seed}, {self.length / 1e9:g} s", *(f"  {head}" for head in self.heads), "", self.sheet()]
        if self.other:
            parts += ["after a reload:", *(line for cue in self.other for line in cue), ""]
        return "\n".join([*parts, *map(str, self.doings)])


DISTURBING = ("unplug", "deafen", "outage", "hang")

NAMES = ("foh", "left", "right", "top")
ADDRESSES = {
    "visca+udp": "visca+udp://10.0.0.2{n}", "visca+tcp": "visca+tcp://10.0.0.2{n}", "sony": "sony://10.0.0.2{n}",
    "visca+serial": "visca+serial:///dev/ttyS{n}", "pelco-d": "pelco-d:///dev/ttyS{n}?address=1",
    "cgi": "cgi://10.0.0.2{n}",
}  # fmt: skip
LINKS = ("visca+udp",) * 8 + ("visca+tcp",) * 3 + ("sony",) * 3 + ("visca+serial",) * 2 + ("cgi", "pelco-d")
QUIRKS = (
    "ack_at_end", "same_socket", "stray_completion", "error_socket", "late_superseded", "buffer_full=5",
    "no_positions", "no_blocks", "rubbish=3%", "latency=40ms", "latency=180ms, jitter=60ms", "reply_from=2",
)  # fmt: skip
PRESETS = (
    "    preset wide = 1 at pan 0deg tilt 0deg zoom 0%", "    preset throne = 4 at pan -30deg tilt 5deg zoom 60%",
    "    preset door at pan 12deg tilt -3deg zoom 20%", "    preset dark = 7",
)  # fmt: skip


def night(seed: int, length: int | None = None) -> Case:
    """The night of this seed. Of the first thousand most are short; of the others many last one hour or three."""
    pick = Random(seed)
    weights = (90, 9, 1, 0) if seed < SHORT else (40, 20, 30, 10)
    seconds = pick.choices((pick.randint(30, 90), pick.randint(200, 600), 3600, 10_800), weights)[0]
    drawn = seconds * 1_000_000_000
    length = length or drawn
    heads = tuple(_head(pick, name, number) for number, name in enumerate(NAMES[: pick.choice((1, 2, 2, 3, 4))]))
    switcher = pick.choice(("", "", "", "sim", "obs", "vmix", "atem"))
    names = [head.name for head in heads]
    head = _opening(pick, heads, switcher)
    count = pick.randint(2, 7)
    words = _Words(pick, names, switcher, count)
    cues = tuple(words.cue(number) for number in range(1, count + 1))
    other = tuple(words.cue(number) for number in range(1, count + 1)) if pick.random() < 0.15 else ()
    doings = tuple(sorted(_doings(pick, names, switcher, count, length, bool(other)), key=lambda doing: doing.at))
    drawn_case = Case(seed, length, heads, head, cues, doings, other)
    return mended(drawn_case)


@lru_cache(maxsize=8)
def compiled(text: str) -> Compiled:
    return Compiler(Library()).compile(Source(FILE, text))


def mended(case: Case) -> Case:
    """The same night without the lines of the sheet that are wrong in it."""
    return Case(
        case.seed, case.length, case.heads, case.head, _right(case, case.cues), case.doings, _right(case, case.other)
    )


def _right(case: Case, cues: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    while cues:
        found = compiled(case.sheet(cues))
        wrong = {diagnostic.span.line for diagnostic in found.diagnostics if diagnostic.is_error}
        if not wrong:
            return cues
        number, left = len(case.head), []
        for cue in cues:
            lines = []
            for line in cue:
                number += 1 + line.count("\n")
                if not wrong & set(range(number - line.count("\n"), number + 1)):
                    lines.append(line)
            if lines and lines[0].startswith("cue"):
                left.append(tuple(lines) if len(lines) > 1 else (*lines, '    note "nothing is left"'))
        if tuple(left) == cues:  # it is wrong elsewhere
            left.pop()
        cues = tuple(left)
    return cues


def _head(pick: Random, name: str, number: int) -> Head:
    scheme = pick.choice(LINKS)
    url = ADDRESSES[scheme].format(n=number + 1)
    model = pick.choice(("", "", "", "ptzoptics-move-4k-20x", "ptzoptics-move-4k-12x")) if scheme != "sony" else ""
    if pick.random() < 0.55:
        return Head(name, url, model)
    if scheme == "pelco-d":
        return Head(name, url, model)
    loss = pick.choice((0.0, 0.01, 0.05, 0.2))
    duplicate = pick.choice((0.0, 0.0, 0.05)) if scheme in ("visca+udp", "sony") else 0.0
    jitter = pick.choice((0, 0, 5_000_000, 30_000_000)) if scheme in ("visca+udp", "sony") else 0
    reorder = bool(jitter) and pick.random() < 0.3
    quirks = pick.choice(QUIRKS) if scheme in ("visca+udp", "visca+tcp") and pick.random() < 0.4 else ""
    return Head(name, url, model, loss, duplicate, jitter, reorder, quirks)


def _opening(pick: Random, heads: tuple[Head, ...], switcher: str) -> tuple[str, ...]:
    lines = ['show "Night"', '    timezone "Europe/London"', f"    interlock {pick.choice(('off', 'warn', 'block'))}"]
    if pick.random() < 0.3:
        lines.append(f"    go_window {pick.choice(('0s', '1s', '300ms'))}")
    if pick.random() < 0.3:
        lines.append(f"    debounce {pick.choice(('0s', '50ms', '500ms'))}")
    for head in heads:
        lines.append(f'camera {head.name} "{head.url}"')
        lines += [f'    model "{head.model}"'] * bool(head.model)
        lines.append("    boot 10s")
        lines += (
            [line for line in PRESETS if head.scheme != "pelco-d"]
            if head.scheme != "pelco-d"
            else ["    preset wide = 1", "    preset throne = 4", "    preset door = 5", "    preset dark = 7"]
        )
    lines.append('output eos "osc+udp://127.0.0.1:8000"')
    lines.append('on osc "/go/{number}" go {number}')
    lines.append(f'on osc "/stop" stop {heads[0].name}')
    if switcher:
        lines.append(f'switcher vision "{switcher}://{"vision" if switcher == "sim" else "10.0.0.5"}"')
        numbered = switcher in ("atem", "vmix")
        for number, head in enumerate(heads, 1):
            lines.append(
                f"    source {head.name} = {number if numbered else repr(head.name.upper())}".replace("'", '"')
            )
        lines.append(f"    source slides = {len(heads) + 1 if numbered else chr(34) + 'Slides' + chr(34)}")
    return tuple(lines)


class _Words:
    """What a cue may say."""

    def __init__(self, pick: Random, names: list[str], switcher: str, count: int) -> None:
        self.pick, self.names, self.switcher, self.count = pick, names, switcher, count

    def cams(self) -> str:
        pick = self.pick
        if len(self.names) > 1 and pick.random() < 0.2:
            return "all" if pick.random() < 0.6 else ", ".join(pick.sample(self.names, 2))
        return pick.choice(self.names)

    def cue(self, number: int) -> tuple[str, ...]:
        pick = self.pick
        options = [
            option
            for option, chance in (
                ("    restart", 0.2),
                (f"    follow after {pick.choice(('0s', '1s', '2500ms'))}", 0.15),
                ("    disabled", 0.04),
                ("    aside", 0.04),
            )
            if pick.random() < chance
        ]
        lines = [line for _ in range(pick.randint(1, 6)) for line in self.lines("    ", 0)]
        return (f'cue {number} "Cue {number}"', *options, *lines)

    def lines(self, indent: str, depth: int) -> list[str]:
        """One statement; a block is one piece of text, for it stands or falls as a whole."""
        pick = self.pick
        if depth < 2 and pick.random() < 0.14:
            inner = [line for _ in range(pick.randint(1, 3)) for line in self.lines(indent + "    ", depth + 1)]
            block = pick.choice(
                (
                    f"repeat {pick.randint(1, 4)} times every {pick.choice(('500ms', '2s', '9s'))}",
                    f"repeat {pick.randint(1, 3)} times",
                    "repeat forever every 4s",
                    "together",
                    f"at {pick.randint(0, 9)}s",
                    f"for cam in all every {pick.choice(('300ms', '1s'))}",
                )
            )
            if block.startswith("for"):
                inner = [f"{indent}    {pick.choice(ACTS).format(c='cam', **self.numbers())}"]
            return ["\n".join([indent + block, *inner])]
        if self.switcher and pick.random() < 0.18:
            return [indent + pick.choice(CUTS).format(c=pick.choice(self.names), **self.numbers())]
        shape = pick.choice(ACTS if pick.random() < 0.72 else TIMES)
        return [indent + shape.format(c=self.cams(), **self.numbers())]

    def numbers(self) -> dict[str, object]:
        pick = self.pick
        return {
            "live": pick.choice(("", "", " live")), "n": pick.randint(1, self.count), "preset": pick.choice(
                ("wide", "throne", "door", "dark")), "known": pick.choice(("wide", "throne", "door")),
            "pan": pick.randint(-90, 90), "tilt": pick.randint(-20, 60), "zoom": pick.randint(0, 100),
            "by": pick.randint(-9, 9), "speed": pick.randint(1, 20), "long": pick.randint(7, 15),
            "short": pick.randint(1, 4), "zoomspeed": pick.randint(0, 7),
            "way": pick.choice(("left", "right", "up", "down_left", "up_right")),
            "ease": pick.choice(("", " ease in", " ease out", " ease in_out")), "ms": pick.choice((1, 40, 700, 1500)),
            "up_to": pick.choice(("", " up to 3s", " up to 500ms")),
        }  # fmt: skip


ACTS = (
    "move {c} to {preset}{live}", "move {c} to {preset} speed {speed}{live}", "move {c} to {known} over {long}s{live}",
    "move {c} to pan {pan}deg tilt {tilt}deg zoom {zoom}%{live}", "move {c} to pan {pan}deg{live}",
    "move {c} to pan {pan}deg tilt {tilt}deg speed {speed}{live}", "move {c} by pan {by}deg tilt {by}deg{live}",
    "move {c} home{live}", "drive {c} {way} speed {speed}{live}", "drive {c} {way} for {short}s{live}",
    "zoom {c} to {zoom}% over {short}s{ease}{live}", "zoom {c} from 10% to {zoom}% over {short}s{ease}{live}",
    "zoom {c} to {zoom}%{live}", "zoom {c} in speed {zoomspeed}{live}", "zoom {c} out for {short}s{live}",
    "focus {c} auto", "focus {c} manual", "focus {c} near for {short}s", "focus {c} to 0x1200", "focus {c} far",
    "set {c} iris {zoomspeed}", "set {c} iris up", "set {c} white_balance indoor", "set {c} backlight on",
    "stop {c}", "track {c} on{live}", "track {c} off", "tally {c} program", "tally {c} preview", "tally {c} off",
    "power {c} off", "power {c} on", "recover {c}{live}",
)  # fmt: skip
TIMES = (
    "wait {ms}ms", "wait {short}s", "wait {short}s", "wait for {c}{up_to}", "wait for {c} up to 20s",
    "wait for go{up_to}", 'wait for osc "/ready"{up_to}', "start {n}", "go {n}", "go next", "stop cue {n}",
    'send eos "/eos/cue/{n}/fire"', 'note "n{n}"', 'standby "s{n}"', "wait until 00:01",
)  # fmt: skip
CUTS = (
    "cut to {c}", "cut to {c} live", "dissolve to {c} over 1s", "preview {c}", "take", "cut to slides",
    "wait for off {c} up to 3s", "wait for program {c} up to 3s", "stream start", "record start",
)  # fmt: skip


def _doings(pick: Random, names: list[str], switcher: str, count: int, length: int, reload: bool) -> Iterable[Doing]:
    """People come in bursts: nothing happens for a long time, and then everything at once."""
    end = length - 10_000_000_000
    bursts = [pick.randint(0, end) for _ in range(pick.randint(1, 3) + length // 900_000_000_000)]
    asks = (
        ["go"] * 14 + ["go {n}"] * 4 + ["start {n}"] * 3 + ["stop", "stop", "stop {n}", "panic", "panic", "pause"]
        + ["pause {n}", "resume", "resume", "resume {n}", "back", "standby {n}", "go 77", "osc /go/{n}", "osc /ready"]
        + ["osc /ready", "osc /stop", "osc /nobody 1", "locate {n}", "locate {n} live", "locate {n} at 2s", "skip"]
        + ["locate {n} live go", "off air", "on air", "lamps off", "lamps on", "seen", "done"]
        + ["hand {c} pan", "hand {c} zoom", "unhand {c}", "input {c} program", "input {c} off", "reload"]
    )  # fmt: skip
    troubles = [
        "unplug {c}", "plug in {c}", "plug in {c}", "deafen {c}", "hear {c}", "outage {c}", "hang {c}", "unhang {c}",
        "disk full", "disk free",
    ]  # fmt: skip
    hands = ["cutting by hand", "cutting by sheet", "cut to {c}", "cut to {c} by hand", "take by hand", "take",
             "switcher away", "switcher back", "cut to {c} live"]  # fmt: skip
    trouble = pick.random() < 0.5
    for _ in range(pick.randint(4, 30) + length // 60_000_000_000):
        at = pick.choice(bursts) + pick.choice((0, pick.randint(0, 20_000_000_000), pick.randint(0, 3_000_000_000)))
        at = pick.choice((at, at // 1_000_000_000 * 1_000_000_000, at // 100_000_000 * 100_000_000))
        room = asks
        if trouble and pick.random() < 0.15:
            room = troubles
        elif switcher and pick.random() < 0.2:
            room = hands
        what = pick.choice(room).format(n=pick.randint(1, count), c=pick.choice(names))
        if what == "reload" and not reload:
            what = "go"
        yield Doing(min(at, end), what)
    if pick.random() < 0.6:
        for name in names:
            yield from (Doing(end, f"{word} {name}") for word in ("plug in", "hear", "unhang"))
    yield Doing(end, "disk free")
