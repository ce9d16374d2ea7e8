"""python -m tests.benchmarks [--quick] [NAME…]: the table of the guide, measured here and now."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from tests.benchmarks import (
    bombs,
    browser,
    compiling,
    crowded,
    editor,
    fuzz,
    hands,
    jumps,
    links,
    live,
    loads,
    osc,
    pages,
    panics,
    rehearsing,
    resuming,
    starting,
    takeover,
    vision,
)
from tests.benchmarks.figures import HEAD, Figure, Size, machine

BENCHMARKS: dict[str, Callable[[Size], Iterator[Figure]]] = {
    "compile": compiling.figures,
    "bombs": bombs.figures,
    "rehearse": rehearsing.figures,
    "trigger": live.trigger,
    "skew": live.skew,
    "ramps": live.ramps,
    "crowded": crowded.figures,
    "beat": live.beat,
    "links": links.figures,
    "codec": links.codec_rate,
    "osc": osc.figures,
    "fuzz": fuzz.figures,
    "switcher": vision.figures,
    "pages": pages.figures,
    "browser": browser.figures,
    "panics": panics.figures,
    "loads": loads.figures,
    "locate": jumps.figures,
    "hands": hands.figures,
    "start": starting.figures,
    "editor": editor.figures,
    "takeover": takeover.figures,
    "resume": resuming.figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="The figures of the guide.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="shorter runs")
    parser.add_argument("--tiny", action="store_true", help="only prove that they run; nothing is judged")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    print(HEAD, flush=True)
    for name in options.names or BENCHMARKS:
        for figure in BENCHMARKS[name](Size(tiny=options.tiny, quick=options.quick)):
            print(figure.row(), flush=True)
    print(f"\nMeasured on: {machine()}.")


if __name__ == "__main__":
    main()
