"""Before doors, the switchers: does each answer, and does it have every source that the sheet names?"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from msgspec import Struct, field

from cuelang import clock, rig
from cuelang.commands.switching import Dissolve, Preview, SetOutput, SwitcherState, Take
from cuelang.diagnostics import nearest
from cuelang.plain import UserError
from cuelang.plan import CameraAction, Plan, Switcher, SwitcherAct, walk
from cuelang.protocols.obs import Obs
from cuelang.protocols.vmix import Vmix
from cuelang.switchers.link import SwitcherLink, Watcher
from cuelang.technician.table import sentence, table

ANSWER_NS = 5_000_000_000
"""How long a switcher may take to answer and to send its whole state."""
LITTLE_SPACE_BYTES = 10_000_000_000
"""Bytes: what two hours at 10 Mbit/s need."""

Opened = Callable[[Switcher, Watcher], SwitcherLink]


class CannotAsk(UserError):
    """The switcher is not asked; the message says why."""

    code = 1


class CheckedSwitcher(Struct):
    """One switcher: what it says of itself, and what is wrong with it, a sentence each."""

    switcher: str
    url: str
    answers: bool = False
    state: SwitcherState = field(default_factory=SwitcherState)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def json(self) -> dict[str, Any]:
        state = self.state
        return {
            "switcher": self.switcher, "url": self.url, "answers": self.answers,
            "model": state.model or None, "version": state.version or None, "program": state.program,
            "preview": state.preview, "studio_mode": state.studio_mode, "frame_rate": state.frame_rate,
            "resolution": list(state.resolution) if state.resolution else None, "free_bytes": state.space,
            "stream_service": state.service, "wrong": self.wrong, "notes": self.notes,
        }  # fmt: skip


class _Quiet:
    """Waits for a switcher to be ready."""

    def __init__(self) -> None:
        self.happened = asyncio.Event()

    def switcher_changed(
        self, link: SwitcherLink, before: SwitcherState, state: SwitcherState, by: tuple[Hashable, ...]
    ) -> None:
        self.happened.set()

    def switcher_link(self, link: SwitcherLink) -> None:
        self.happened.set()

    def switcher_note(self, link: SwitcherLink, text: str) -> None:
        """Nothing that a preflight needs."""


def real(switcher: Switcher, watcher: Watcher) -> SwitcherLink:
    """A link to the switcher itself. CannotAsk: its password is not there."""
    if switcher.kind == "sim":
        return simulated(switcher, watcher)
    if problem := rig.password_missing(switcher):
        raise CannotAsk(problem.removeprefix(f"{switcher.name}: ").replace("the env", "The env", 1))
    link = rig.open_switcher(switcher)
    link.watcher = watcher
    return link


def simulated(switcher: Switcher, watcher: Watcher) -> SwitcherLink:
    """A link to a simulated switcher with the sources of the sheet."""
    link, _ = rig.simulated_switcher(switcher)
    link.watcher = watcher
    return link


async def look(plan: Plan, opened: Opened) -> list[CheckedSwitcher]:
    """Look at every switcher at once. Nothing is cut: only questions are asked."""
    return list(await asyncio.gather(*(_look(plan, switcher, opened) for switcher in plan.switchers)))


async def _look(plan: Plan, switcher: Switcher, opened: Opened) -> CheckedSwitcher:
    found = CheckedSwitcher(switcher.name, switcher.url)
    watch = _Quiet()
    try:
        link = opened(switcher, watch)
    except CannotAsk as error:
        found.wrong.append(str(error))
        return found
    try:
        await link.open()
        await _ready(link, watch)
        found.state = link.state
        if not link.state.ready:
            silent = f"It does not answer: {link.error or 'nothing came within 5 s'}"
            why = link.turned_away or silent
            found.wrong.append(sentence(why[0].upper() + why[1:]))
            return found
        found.answers = True
        found.wrong += [*_missing(switcher, link), *_not_fit(plan, switcher, link)]
        found.notes += _unsaid(switcher, link)
    finally:
        await link.close()
    return found


async def _ready(link: SwitcherLink, watch: _Quiet) -> None:
    """Until it is ready, or has turned us away, or the time is over."""
    now = clock.current()
    late = now.now() + ANSWER_NS
    timer = now.at(late, watch.happened.set)
    while not (link.state.ready or link.turned_away) and now.now() < late:
        watch.happened.clear()
        await watch.happened.wait()
    timer.cancel()


def _missing(switcher: Switcher, link: SwitcherLink) -> Iterator[str]:
    for source in switcher.sources:
        if link.machine.resolve(source.label) is None:
            yield f"It has no source “{source.label}” ({source.name}).{nearest(source.label, _names(link.state))}"
        elif source.input is not None and isinstance(link.machine, Obs) and source.input not in link.machine.inputs:
            yield f"It has no input “{source.input}” ({source.name}).{nearest(source.input, link.machine.inputs)}"


def _names(state: SwitcherState) -> list[str]:
    return list(dict.fromkeys([*state.names.values(), *state.names]))


def _orders(plan: Plan, switcher: Switcher) -> Iterator[object]:
    programs = [cue.program for cue in plan.cues]
    programs += [one.action.program for one in plan.triggers if isinstance(one.action, CameraAction)]
    for program in programs:
        for step in walk(program):
            if isinstance(step.act, SwitcherAct) and step.act.switcher == switcher.name:
                yield step.act.order


def _not_fit(plan: Plan, switcher: Switcher, link: SwitcherLink) -> Iterator[str]:
    """What the show asks of it and it cannot do as it is set up now."""
    state, orders = link.state, list(_orders(plan, switcher))
    if state.studio_mode is False and any(isinstance(order, Preview | Take) for order in orders):
        yield "Its studio mode is off, and the show uses preview and take. Switch it on."
    starts = {order.output for order in orders if isinstance(order, SetOutput) and order.on}
    if "stream" in starts and state.service is False:
        yield "The show starts the stream, and it has no stream service with a key. Set one."
    if "record" in starts and state.space is not None and state.space < LITTLE_SPACE_BYTES:
        yield f"The show records, and there are {state.space / 1e9:.1f} GB free on its disk."
    if isinstance(link.machine, Obs):
        kinds = {each.name: each for each in link.machine.transitions}
        for order in orders:
            name = order.transition if isinstance(order, Dissolve | Take) else None
            if name is not None and name not in kinds:
                yield f"It has no transition “{name}”.{nearest(name, kinds)}"


def _unsaid(switcher: Switcher, link: SwitcherLink) -> Iterator[str]:
    """Scenes, or inputs with layers, that show a camera that the sheet does not say. An ATEM does not tell."""
    machine, names = link.machine, link.state.names
    if not isinstance(machine, Obs | Vmix):
        return
    inputs = {
        source.name: frozenset((source.input,)) if source.input else machine.seen_in(source.label)
        for source in switcher.sources
        if source.cameras == (source.name,)
    }
    shared = Counter(each for seen in inputs.values() for each in seen)
    own = {camera: {each for each in seen if shared[each] == 1} for camera, seen in inputs.items()}
    said = {machine.resolve(source.label): source for source in switcher.sources}
    for scene, title in names.items():
        source = said.get(scene)
        known = set() if source is None else set(source.cameras)
        hidden = [camera for camera, its in own.items() if its & machine.seen_in(scene) and camera not in known]
        if not hidden:
            continue
        shows = f"Its scene “{scene}”" if isinstance(machine, Obs) else f"Its input {scene} “{title}”"
        shows += f" shows {' and '.join(hidden)}"
        if source is not None:
            yield f"{shows}: write `source {source.name} shows {', '.join(hidden)}`."
        else:
            yield f"{shows}, and the sheet has no source for it."


# --- the paper ---------------------------------------------------------------------------------------------------


def as_rows(checked: Sequence[CheckedSwitcher]) -> list[str]:
    """The table of switchers, for a terminal and for paper."""
    rows = [
        (
            one.switcher,
            "yes" if one.answers else "no",
            " ".join(filter(None, (one.state.model, one.state.version))),
            one.state.program or "–",
            _picture(one.state),
            _disk(one.state),
            "ready" if not one.wrong else "CHECK",
        )
        for one in checked
    ]
    return table(("switcher", "answers", "version", "program", "picture", "disk", ""), rows, rule=True)


def _picture(state: SwitcherState) -> str:
    size = f"{state.resolution[0]}×{state.resolution[1]}" if state.resolution else ""
    rate = f"{state.frame_rate:g} fps" if state.frame_rate else ""
    return " ".join(filter(None, (size, rate))) or "–"


def _disk(state: SwitcherState) -> str:
    return "–" if state.space is None else f"{state.space / 1e9:.0f} GB free"
