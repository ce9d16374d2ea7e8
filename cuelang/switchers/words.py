"""What a switcher says in its own names, in the names of the sheet.

A source is seen when the switcher says so of it, or of the inputs that are its own. OBS tells of inputs, not of
scenes; inputs that a scene shares with other sources of the sheet (a nested scene, the slides of a picture in
picture) say nothing of that scene: there its name on the bus decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from cuelang.commands import TallyMode
from cuelang.commands.switching import BusName
from cuelang.plan import Switcher, SwitcherSource
from cuelang.playback.air import SwitcherWord
from cuelang.protocols.obs import Obs
from cuelang.protocols.switcher import Machine


def word(switcher: Switcher, machine: Machine) -> SwitcherWord:
    """What it says now."""
    state = machine.state
    own = {source.name: _own(source, switcher, machine) for source in switcher.sources}
    sources: dict[str, BusName] = {}
    program = preview = None
    for source in switcher.sources:
        label = machine.resolve(source.label)
        bus = _bus(own[source.name], state.tally)
        if label is not None:
            if state.program == label:
                program, bus = program or source.name, "program"
            elif state.preview == label:
                preview = preview or source.name
                bus = bus or "preview"
        if bus is not None:
            sources[source.name] = bus
    cameras: dict[str, TallyMode] = dict.fromkeys(sorted(switcher.cameras), "off")
    for source in switcher.sources:
        bus = sources.get(source.name)
        for camera in source.cameras:
            if bus == "program" or (bus == "preview" and cameras[camera] == "off"):
                cameras[camera] = bus
    known = state.program is not None or bool(state.tally)
    return SwitcherWord(
        state.ready, cameras if known else {}, sources, program, preview, state.transition, dict(state.outputs)
    )


def _own(source: SwitcherSource, switcher: Switcher, machine: Machine) -> frozenset[str]:
    """The names under which the switcher's tally knows this source and nothing else."""
    if source.input is not None:
        return frozenset((source.input,))
    label = machine.resolve(source.label)
    if label is None:
        return frozenset()
    if not isinstance(machine, Obs):
        return frozenset((label,))
    inside = machine.seen_in(label)
    for other in switcher.sources:
        if other is not source and other.name in _shown(source, switcher):
            inside -= {other.input} if other.input else machine.seen_in(machine.resolve(other.label) or other.label)
    return inside


def _shown(source: SwitcherSource, switcher: Switcher) -> set[str]:
    """The other sources that are seen in it."""
    found: set[str] = set()
    wanted = list(source.shows)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            inner = switcher.source(name)
            wanted += inner.shows if inner is not None else ()
    return found


def _bus(names: frozenset[str], tally: Mapping[str, BusName]) -> BusName | None:
    seen = {tally.get(name) for name in names}
    if "program" in seen:
        return "program"
    return "preview" if "preview" in seen else None
