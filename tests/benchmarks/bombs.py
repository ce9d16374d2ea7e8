"""Sheets of a megabyte, made to be expensive: how long `cuelang check` takes over each, and how much memory.

    python -m tests.benchmarks.bombs [--bytes 1000000] [KIND…]

Each kind is checked in a process of its own, which is ended after 30 s of its processor's time or at 1.5 GB of
addresses. The 15 that took the longest and the 15 that took the most memory are printed at the end.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.figures import ROOT, Figure, Size, environment, program, times
from tests.benchmarks.sheets import long_sheet

MEGABYTE = 1_000_000
SECONDS, MEMORY = 10.0, 1 << 30
"""What a sheet of a megabyte may take."""
LIMIT_S, LIMIT_B = 30, 3 << 29

CAMERA = 'camera c "sim://c"\n    preset p = 1 at pan 3deg tilt 2deg zoom 10%\n'
TWO = CAMERA + 'camera d "sim://d"\n    preset p = 1\ngroup g = c, d\noutput o "osc+udp://127.0.0.1:9"\n'


def filled(size: int, piece: Callable[[int], str], head: str = TWO, tail: str = "") -> str:
    """Pieces one after the other, as many as fit."""
    parts, room = [head], size - len(head) - len(tail)
    for number in count():
        text = piece(number)
        room -= len(text)
        if room < 0:
            break
        parts.append(text)
    return "".join([*parts, tail])


def nested(size: int, words: str, last: str = 'note "x"') -> str:
    """Blocks inside blocks, as deep as the size allows."""
    lines, depth, room = [TWO, "cue 1\n"], 1, size
    while room > 0:
        text = " " * depth + words + "\n"
        room -= len(text)
        lines.append(text)
        depth += 1
    return "".join([*lines, " " * depth + last + "\n"])


def in_cues(line: str) -> Callable[[int], str]:
    return lambda n: f"cue {n + 1}\n    " + line.format(n=n, m=n + 1, before=max(n, 1)) + "\n"


def in_one(line: str) -> Callable[[int], str]:
    return lambda n: "    " + line.format(n=n, m=n + 1, before=max(n, 1)) + "\n"


def one_cue(line: str, head: str = TWO) -> Callable[[int], str]:
    return lambda size: filled(size, in_one(line), head + "cue 1\n")


def many_cues(line: str, head: str = TWO) -> Callable[[int], str]:
    return lambda size: filled(size, in_cues(line), head)


def in_loop(line: str) -> Callable[[int], str]:
    inside = "    " + line
    return lambda size: filled(size, in_one(inside), TWO + "cue 1\n    repeat 1000 times\n")


def deep(block: str) -> Callable[[int], str]:
    return lambda size: nested(size, block)


def many(piece: str, head: str = TWO, tail: str = "") -> Callable[[int], str]:
    return lambda size: filled(size, lambda n: piece.format(n=n, m=n + 1, before=max(n - 1, 0)), head, tail)


def long(before: str, piece: str, after: str, head: str = TWO) -> Callable[[int], str]:
    """One line without end."""
    return lambda size: head + before + piece * ((size - len(head)) // len(piece)) + after + "\n"


def cameras(number: int) -> str:
    return "".join(f'camera c{n} "visca+udp://10.0.{n // 250}.{n % 250}"\n' for n in range(number))


STATEMENTS = {
    "move to a preset": "move c to p",
    "move to a place": "move c to pan {n}deg",
    "move by": "move c by pan 1deg tilt 1deg",
    "move over": "move c to p over 9s live",
    "arriving": "move c to p arriving at {m}s",
    "home": "move c home",
    "drive for": "drive c left for 1s",
    "zoom over": "zoom c to 50% over 3600s",
    "zoom from": "zoom c from 0% to 100% over 1h",
    "focus over": "focus c to 0x1000 over 60s",
    "set": "set c iris 5",
    "set up": "set all iris up",
    "tally only": "tally c program only",
    "booth": "booth c photos every 1s",
    "snapshot": 'snapshot c save "x"',
    "track": "track c on",
    "power": "power all on",
    "wait": "wait 1ms",
    "wait for": "wait for all up to 1s",
    "wait for go": "wait for go",
    "wait for osc": 'wait for osc "/a{n}"',
    "wait until": "wait until 19:30",
    "at": 'at {m}ms note "x"',
    "send": 'send o "/a" 1, 2, 3',
    "note": 'note "x {{{{x}}}}"',
    "standby": 'standby "x"',
    "start": "start {m}",
    "go": "go {m}",
    "start the next": "start {n}",
    "stop cue": "stop cue {before}",
    "go next": "go next",
    "let": "let a{n} = {n}",
    "recover": "recover all",
    "store": "store c preset {n}",
    "stop": "stop all",
    "unknown camera": "move foh to p",
    "unknown preset": "move c to q{n}",
    "unknown cue": "go {n}.5",
    "unknown macro": "push{n}(c)",
    "unknown word": "muve c to p",
    "wrong unit": "wait 3%",
    "out of range": "wait -1s",
    "no such property": "set c irris 5",
    "raw": 'raw c "81 01 04 07 00 ff"',
    "unterminated": 'note "x',
}

BLOCKS = {
    "together": "together",
    "repeat": "repeat 2 times",
    "repeat every": "repeat 2 times every 1h",
    "forever": "repeat forever every 1h",
    "for": "for x{n} in all",
    "for every": "for a in all every 1s",
    "at": "at 1s",
    "if": "if 1 == 1",
    "do": "do",
    "repeat once": "repeat 1 times",
}


def kinds() -> dict[str, Callable[[int], str]]:
    """By name: what makes a sheet of that many bytes."""
    found: dict[str, Callable[[int], str]] = {}
    for name, line in STATEMENTS.items():
        found[f"{name}, one cue"] = one_cue(line)
        found[f"{name}, a cue each"] = many_cues(line)
        found[f"{name}, in a loop"] = in_loop(line)
    for name, block in BLOCKS.items():
        found[f"{name}, deep"] = deep(block.replace("{n}", ""))
        found[f"{name}, side by side"] = many(f'    {block}\n        wait 1ms\n        note "x"\n', TWO + "cue 1\n")
    for number in (100, 1000):
        for line in ("move all to pan 1deg live", "tally all off", "set all iris 5", "zoom all to 50% over 9s"):
            found[f"{number} cameras: {line}"] = many_cues(line, cameras(number))
            found[f"{number} cameras in one cue: {line}"] = one_cue(line, cameras(number))
    found |= {
        "cameras": many('camera c{n} "sim://c{n}"\n', ""),
        "cameras with presets": many('camera c{n} "sim://c{n}"\n    preset p = 1 at pan 1deg\n', ""),
        "presets of one camera": many("    preset p{n} = {n} at pan 1deg tilt 1deg\n", 'camera c "sim://c"\n'),
        "groups of groups": many("group g{m} = g{n}, g{n}\n", CAMERA + "group g0 = c\n"),
        "groups in a circle": many("group g{n} = g{m}\n"),
        "one long group": long("group h = c", ", c", ""),
        "inputs": many('input i{n} "osc+udp://127.0.0.1:{n}"\n'),
        "outputs": many('output o{n} "osc+udp://127.0.0.1:9"\n'),
        "sections": many('section "{n}"\n'),
        "triggers that move 1000 cameras": many('on osc "/a{n}" move all to pan 1deg live\n', cameras(1000)),
        "waits for 1000 cameras": one_cue("wait for all", cameras(1000)),
        "one of 100 cameras": many_cues(
            "with one of all as x\n        move x to pan 1deg live\n        move x to tilt 1deg live", cameras(100)
        ),
        "relative moves after a recall": many_cues("move d by pan 1deg live", TWO + "cue 0\n    move d to p live\n"),
        "lets in a chain": many("let a{m} = a{n} + 1\n", TWO + "let a0 = 1\n"),
        "lets backwards": many("let a{n} = a{m} + 1\n"),
        "lets doubled": many("let a{m} = a{n} + a{n}\n", "let a0 = 1\n"),
        "lets squared": many("let a{m} = a{n} * a{n}\n", "let a0 = 3\n"),
        "lets of fractions": many("let a{m} = a{n} / 3 + 1 / {m}\n", "let a0 = 1\n"),
        "one long sum": long("let a = 1", " + 1", ""),
        "one long product": long("let a = 1", " * 9", ""),
        "deep brackets": lambda size: "let a = " + "(" * (size // 2) + "1" + ")" * (size // 2) + "\n",
        "open brackets": long("let a = ", "(", ""),
        "signs": long("let a = ", "- ", "1"),
        "not not": long("cue 1\n    if ", "not ", '1 == 1\n        note "x"'),
        "and": long("cue 1\n    if 1 == 1", " and 1 == 1", '\n        note "x"'),
        "a long number": long("let a = ", "9", ""),
        "a long decimal": long("let a = 0.", "1", "s"),
        "a long hex": long("let a = 0x", "f", ""),
        "a long name": long("let ", "a", " = 1"),
        "a long text": long('cue 1\n    note "', "x", '"'),
        "a long cue number": long("cue 1.", "1", '\n    note "x"'),
        "braces": long('cue 1\n    note "', "{a}", '"', TWO + "let a = 1\n"),
        "open braces": long('cue 1\n    note "', "{", '"'),
        "escapes": long('cue 1\n    note "', "\\\\u0041", '"'),
        "backslashes": long('cue 1\n    note "', "\\", '"'),
        "a long comment": long("# ", "x", ""),
        "comments": many("# {n}\n"),
        "blank lines": many("\n"),
        "spaces": long("", " ", "cue 1"),
        "tabs": long("", "\t", "cue 1"),
        "one word": long("", "x", ""),
        "wide letters": long('cue 1\n    note "', "\u5e55", '"'),
        "marks": long('cue 1\n    note "', "e\u0301", '"'),
        "zeros": long("", "\0", ""),
        "carriage returns": many("\r"),
        "commas": long("cue 1\n    move c", ", c", " to p"),
        "arguments": long('cue 1\n    send o "/a" 1', ", 1", ""),
        "options": long("cue 1\n    move c to p", " live", ""),
        "an address": long('cue 1\n    on osc "', "/a", '"\n    note "x"'),
        "a pattern": long('cue 1\n    on osc "/', "{n}", '"\n    note "x"'),
        "stars": long('on osc "/', "*", '" go next'),
        "triggers": many('on osc "/a{n}" go next\n'),
        "the same trigger": many('on osc "/a" go next\n'),
        "midi": many("on midi note {n} go next\n"),
        "schedules": many("on every day at 10:00 go 1\n"),
        "crons": many('on cron "*/5 * * * *" go 1\n'),
        "times": long("on every day at 10:00", ", 10:00", " go 1"),
        "exceptions": long("on every day at 10:00 except 2026-01-01", ", 2026-01-01", " go 1"),
        "cues": many('cue {m}\n    note "x"\n'),
        "cues with titles": many('cue {m} "Title {n}"\n    wait 1s\n    follow\n'),
        "one number": many('cue 1\n    note "x"\n'),
        "small numbers": many('cue 0.{m}\n    note "x"\n'),
        "cues in a circle": lambda size: filled(
            size, lambda n: f"cue {n + 1}\n    start {n + 2}\n", TWO, "cue 0\n    start 1\n"
        ),
        "cues that start the next and the first": lambda size: filled(
            size, lambda n: f"cue {n + 1}\n    start {n + 2}\n    start 1\n"
        ),
        "cues that start two": lambda size: filled(
            size, lambda n: f"cue {n + 1}\n    start {n + 2}\n    start {n + 3}\n"
        ),
        "cues that go to two": lambda size: filled(
            size, lambda n: f"cue {n + 1}\n    go {n + 2}\n    go {n + 3}\n    wait 1s\n"
        ),
        "everybody starts the last": lambda size: filled(
            size, lambda n: f"cue {n + 1}\n    start 999999\n    wait 1s\n", TWO, "cue 999999\n    move all to p live\n"
        ),
        "the first starts all": lambda size: (
            filled(size // 2, lambda n: f"    start {n + 2}\n", TWO + "cue 1\n")
            + filled(size // 2, lambda n: f"cue {n + 2}\n    move c to p live\n", "")
        ),
        "macros": many('define m{n}()\n    note "x"\n'),
        "macros in a chain": many("define m{m}()\n    m{n}()\n", TWO + 'define m0()\n    note "x"\n', ""),
        "macros that double": lambda size: filled(
            size,
            lambda n: f"define m{n + 1}()\n    m{n}()\n    m{n}()\n",
            TWO + 'define m0()\n    note "x"\n',
            "cue 1\n    m40()\n",
        ),
        "macros with unknown cues": lambda size: (
            filled(size // 2, lambda n: f"define m{n}()\n    go {n}.5\n")
            + filled(size // 2, lambda n: f"cue {n + 1}\n", "")
        ),
        "macros in a circle": many("define m{n}()\n    m{m}()\n"),
        "a call each": many_cues("m(c)", TWO + "define m(x)\n    move x to p\n    wait for x\n    zoom x to 5%\n"),
        "calls in calls": lambda size: filled(
            size,
            lambda n: f"cue {n + 1}\n    outer(all)\n",
            TWO
            + "define inner(x)\n    move x to p live\n    wait 1s\n"
            + "define outer(x)\n    repeat 100 times\n        inner(x)\n",
        ),
        "parameters": lambda size: "define m(" + ", ".join(f"a{n}" for n in range(size // 9)) + ')\n    note "x"\n',
        "a large macro often": lambda size: (
            filled(size // 2, lambda _n: "    move c to p live\n", TWO + "define m()\n")
            + filled(size // 2, lambda n: f"cue {n + 1}\n    m()\n", "")
        ),
        "uses of itself": many('use "sheet.cues"\n'),
        "uses of nothing": many('use "no{n}.cues"\n'),
        "uses of modules": many("use moves\n"),
        "loops that multiply": lambda size: filled(
            size, lambda n: f"cue {n + 1}\n    repeat 1000 times\n        repeat 1000 times\n            wait 1ms\n"
        ),
        "loops over all": lambda size: filled(
            size,
            lambda n: f"cue {n + 1}\n    for a in all\n        for b in all\n            move a to pan 1deg live\n",
            cameras(100),
        ),
        "one mistake a line": many("cue\n"),
        "indents": lambda size: filled(size, lambda n: " " * (n % 200) + "x\n"),
        "steps of stairs": lambda size: filled(size, lambda n: " " * (n % 60) + "together\n", TWO + "cue 1\n"),
        "settings of a show": many("    fps 25\n", 'show "x"\n'),
        "shows": many('show "x"\n'),
        "switchers": many('switcher s{n} "sim://s{n}"\n    source c = "A"\n'),
        "sources": many('    source s{n} = "A{n}"\n', TWO + 'switcher v "sim://v"\n'),
        "cuts": many_cues("cut to c live", TWO + 'switcher v "sim://v"\n    source c = "A"\n    source d = "B"\n'),
        "dissolves": many_cues(
            "dissolve to d over 1s live", TWO + 'switcher v "sim://v"\n    source c = "A"\n    source d = "B"\n'
        ),
        "else if": many('    else if 1 == 2\n        note "x"\n', TWO + 'cue 1\n    if 1 == 2\n        note "x"\n'),
        "asides": many("cue {m}\n    aside\n    move all to p live\n"),
        "follows": many("cue {m}\n    follow\n    move all to p live\n"),
        "disabled": many("cue {m}\n    disabled\n    move all to p live\n"),
        "restarts": many("cue {m}\n    restart\n    start {m}\n    wait 1s\n"),
    }
    return found


class Cost(NamedTuple):
    """Of one check. `code` is how it ended (2: that is not a text); less than nothing: it was ended, or ended in a
    traceback."""

    seconds: float
    memory: int
    code: int

    @property
    def met(self) -> bool:
        return self.seconds <= SECONDS and self.memory <= MEMORY and self.code in (0, 1, 2)


def cost(text: str) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sheet.cues")
        path.write_text(text, encoding="utf-8", newline="")
        said = Path(folder, "said")
        with said.open("w") as stream:
            child = subprocess.Popen(
                program("check", str(path)),
                stdout=subprocess.DEVNULL,
                stderr=stream,
                env=environment(),
                cwd=ROOT,
                preexec_fn=_bounded,
            )
            _, status, usage = os.wait4(child.pid, 0)
        code = child.returncode = os.waitstatus_to_exitcode(status)
        if b"Traceback" in said.read_bytes()[-20_000:]:
            code = -1
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, code)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_B, LIMIT_B))


def figures(size: Size) -> Iterator[Figure]:
    made = kinds()
    names = list(made)[:: size.of(1, 10, 80)]
    found = {name: cost(made[name](size.of(MEGABYTE, MEGABYTE, 5_000))) for name in names}
    usual = cost(long_sheet(size.of(10_000, 10_000, 10)))
    slow = max(found, key=lambda name: found[name].seconds)
    large = max(found, key=lambda name: found[name].memory)
    missed = [name for name in names if not found[name].met]
    yield Figure(
        f"`check` of {len(names)} kinds of sheet of 1 MB that were written to be expensive: seconds of the slowest",
        f"{SECONDS:g} s",
        f"{found[slow].seconds:.1f} s ({slow})",
        f"{usual.seconds:.1f} s (10 000 usual cues)",
        times(found[slow].seconds / usual.seconds),
        size.judge(not missed),
    )
    yield Figure(
        "the same: memory of the largest",
        "1 GB",
        f"{found[large].memory / 1e6:.0f} MB ({large})",
        "",
        "",
        size.judge(not missed),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bombs", description="What `check` costs.")
    parser.add_argument("names", nargs="*", metavar="KIND", help="some kinds (default: all)")
    parser.add_argument("--bytes", type=int, default=MEGABYTE, help="the size of each sheet (default: a megabyte)")
    options = parser.parse_args()
    made = kinds()
    found: dict[str, Cost] = {}
    for name in options.names or made:
        found[name] = cost(made[name](options.bytes))
        print(_row(name, found[name]), flush=True)
    print("\n" + _row("a usual sheet of 10 000 cues, to compare", cost(long_sheet(10_000))))
    for what, key in (("slowest", lambda name: found[name].seconds), ("largest", lambda name: found[name].memory)):
        print(f"\nThe {what} of {len(found)}, {sum(not one.met for one in found.values())} of which missed:")
        for name in sorted(found, key=key, reverse=True)[:15]:
            print(_row(name, found[name]))


def _row(name: str, found: Cost) -> str:
    mark = "" if found.met else "   <----"
    return f"{found.seconds:6.1f} s  {found.memory / 1e6:6.0f} MB  {found.code:3}  {name}{mark}"


if __name__ == "__main__":
    main()
