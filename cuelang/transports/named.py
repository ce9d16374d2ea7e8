"""Devices of this machine, chosen by what a sheet calls them."""

from __future__ import annotations

from collections.abc import Sequence


def the_one_called(wanted: str, names: Sequence[str], kind: str) -> str:
    """The device of that name, or else the only one whose name contains it. Raises ValueError with the reason."""
    if wanted in names:
        return wanted
    found = [name for name in names if wanted.casefold() in name.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"“{wanted}” is ambiguous: {' or '.join(found)}")
    there = f"there are {', '.join(names)}" if names else "there is none"
    raise ValueError(f"no {kind} is called “{wanted}”; {there}")
