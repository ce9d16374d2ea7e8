"""Nights at random, until the time is over or one of them breaks a rule.

    python -m tests.simulation --hours 2          for two hours of real time, or `make night HOURS=2`
    python -m tests.simulation --seed 17          that night, twice, and made smaller if it breaks a rule
    python -m tests.simulation --from 300 --count 1000
    python -m tests.simulation --from 40000 --length 3   each night lasts three hours; with --seed that night as long
    python -m tests.simulation --takeover --count 1000   the first machine is gone at some moment, a second one leads
    python -m tests.simulation --restart --count 1000    or the show is started again with --resume
    python -m tests.simulation --planted          ten mistakes made on purpose: how soon each is found

The last line says how many nights and hours of shows were played, and how many of those in a second.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from cuelang.runtime.asrun import as_text
from cuelang.units import NS
from tests.simulation.dice import Case, night
from tests.simulation.planted import FAULTS, found_by
from tests.simulation.smaller import smaller
from tests.simulation.takeover import Restarted, Second, Successor, play_two
from tests.simulation.theatre import play

HOUR = 3600
SHORTEST = 30 * NS


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--hours", type=float, help="how long, in hours of real time")
    parser.add_argument("--seed", type=int, help="one night: play it again and make it smaller")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, help="so many nights")
    parser.add_argument("--planted", action="store_true", help="mistakes that were made on purpose")
    parser.add_argument("--takeover", action="store_true", help="a second machine takes over in each night")
    parser.add_argument("--restart", action="store_true", help="the show is killed and started again in each night")
    parser.add_argument("--length", type=_hours, help="how long each night lasts, in hours of the show")
    given = parser.parse_args(arguments)
    if given.seed is not None:
        return one(given.seed, given.length)
    if given.planted:
        return planted()
    seconds = None if given.hours is None else given.hours * HOUR
    return many(given.first, given.count, seconds, _how(given), given.length)


def _hours(text: str) -> int:
    """ns."""
    length = round(float(text) * HOUR * NS)
    if length < SHORTEST:
        raise argparse.ArgumentTypeError("a night lasts half a minute or more, 0.0084 hours")
    return length


def _how(given: argparse.Namespace) -> type[Successor] | None:
    return Second if given.takeover else Restarted if given.restart else None


def many(
    first: int,
    count: int | None,
    seconds: float | None,
    then: type[Successor] | None = None,
    length: int | None = None,
) -> int:
    """Until the time is over. A night that breaks a rule is printed, and the next one begins."""
    if count is None and seconds is None:
        count = 300
    begun, clocked, played, nights = time.monotonic(), time.process_time(), 0, 0
    broken: Counter[str] = Counter()
    told = begun
    try:
        while (count is None or nights < count) and (seconds is None or time.monotonic() - begun < seconds):
            seed = first + nights
            case = night(seed, length)
            wrong = play(case).watch.broken if then is None else play_two(case, then).broken
            nights, played = nights + 1, played + case.length
            if wrong:
                broken[wrong[0].rule] += 1
                print(f"seed {seed}: {wrong[0]}\n    {_again(seed, then, length)}", flush=True)
            if time.monotonic() - told > 600:
                told = time.monotonic()
                print(_sum(nights, played, time.process_time() - clocked, broken), flush=True)
    except KeyboardInterrupt:
        print()
    print(_sum(nights, played, time.process_time() - clocked, broken))
    return 1 if broken else 0


def _again(seed: int, then: type[Successor] | None, length: int | None) -> str:
    """What plays this night once more."""
    lasting = "" if length is None else f" --length {length / NS / HOUR:g}"
    if then is not None:
        option = "--takeover" if then is Second else "--restart"
        return f"python -m tests.simulation {option} --from {seed} --count 1{lasting}"
    return f"python -m tests.simulation --seed {seed}{lasting}" if lasting else f"make night SEED={seed}"


def _sum(nights: int, played: int, seconds: float, broken: Counter[str]) -> str:
    hours = played / NS / HOUR
    rate = f"{hours / seconds:.2f} show-hours a second of one core" if seconds else ""
    return f"{nights} nights, {hours:.1f} show-hours, {sum(broken.values())} broken; {rate}"


def one(seed: int, length: int | None = None) -> int:
    """A night again, twice: it has to be the same, byte for byte."""
    case = night(seed, length)
    first, second = play(case), play(case)
    print(case, "\n")
    print(f"{first.digest()} {'(the same again)' if first.digest() == second.digest() else second.digest()}")
    if first.digest() != second.digest():
        print("It is not the same the second time.")
        return 1
    if not first.watch.broken:
        print("Every rule holds.")
        return 0
    for broken in first.watch.broken:
        print(broken)
    rule = first.watch.broken[0].rule

    def breaks(case: Case) -> bool:
        return any(broken.rule == rule for broken in play(case).watch.broken)

    small = smaller(case, breaks)
    last = play(small)
    print(f"\nMade smaller:\n\n{small}\n\n{as_text(last.log.records)}")
    for broken in last.watch.broken:
        print(broken)
    return 1


def planted() -> int:
    missed = 0
    for name in FAULTS:
        seed = found_by(name, 1000)
        missed += seed is None
        print(f"{name}: {'not found in 1000 nights' if seed is None else f'found by seed {seed}'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
