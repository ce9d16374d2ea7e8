"""A simulated switcher without a protocol: buses, transitions that take their time, outputs. Pure.

What a real one does: a cut changes program at once; a transition has both sources on program until it ends and swaps
program and preview then; a source may show others inside it (a nested scene, a layer).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from cuelang.commands.switching import BusName, OutputName
from cuelang.units import MS

CUT_NS = 20 * MS
"""How long a cut is under way in a real one: about a frame."""
OUTPUT_NS = 300 * MS


class RunningTransition(Struct, frozen=True):
    """A transition to `source`, from `begun` to `until` (ns)."""

    source: str
    begun: int
    until: int
    swap: bool
    kind: str


class Mixer(Struct, eq=False):
    """`sources`: what it has, by the name that its protocol uses, with a title. `shows`: what each source shows of the
    others. `changed` is called after every change, with what changed."""

    sources: dict[str, str]
    shows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    studio_mode: bool = True
    program: str = ""
    preview: str = ""
    running: RunningTransition | None = None
    outputs: dict[OutputName, bool] = field(default_factory=lambda: {"stream": False, "record": False})
    starting: dict[OutputName, tuple[bool, int]] = field(default_factory=dict)
    changed: Callable[[str], None] = lambda _what: None

    def __post_init__(self) -> None:
        names = list(self.sources)
        self.program = self.program or (names[0] if names else "")
        self.preview = self.preview or (names[1] if len(names) > 1 else self.program)

    def cut(self, source: str) -> None:
        """`source` on program at once, whatever runs; preview stays."""
        self.running = None
        self.program = source
        self.changed("program")

    def take(self) -> None:
        """What is on preview and what is on program change places."""
        self.running = None
        self.program, self.preview = self.preview, self.program
        self.changed("buses")

    def mix(self, source: str, length: int, now: int, *, swap: bool, kind: str) -> None:
        """Begin a transition. One that runs is replaced: its target goes off at once."""
        self.running = RunningTransition(source, now, now + length, swap, kind)
        self.changed("transition")

    def see(self, source: str) -> None:
        self.preview = source
        self.changed("preview")

    def switch(self, output: OutputName, on: bool, now: int) -> None:
        self.starting[output] = (on, now + OUTPUT_NS)
        self.changed(output)

    @property
    def due(self) -> int | None:
        times = [when for _, when in self.starting.values()]
        if self.running is not None:
            times.append(self.running.until)
        return min(times, default=None)

    def wake(self, now: int) -> None:
        for output, (on, when) in list(self.starting.items()):
            if now >= when:
                del self.starting[output]
                self.outputs[output] = on
                self.changed(output)
        if self.running is not None and now >= self.running.until:
            run, self.running = self.running, None
            old, self.program = self.program, run.source
            if run.swap:
                self.preview = old
            self.changed("ended")

    def share(self, now: int) -> tuple[str, float] | None:
        """During a transition: what comes, and how much of it is in the picture, from 0 to 1."""
        run = self.running
        if run is None:
            return None
        return run.source, min(1.0, max(0.0, (now - run.begun) / max(1, run.until - run.begun)))

    def seen(self) -> dict[str, BusName]:
        """Each source that is seen, with what it shows, and on which bus; program is the stronger word."""
        lit: dict[str, BusName] = {}
        if self.studio_mode:
            for source in self._inside(self.preview):
                lit[source] = "preview"
        on_air = [self.program] if self.running is None else [self.program, self.running.source]
        for top in on_air:
            for source in self._inside(top):
                lit[source] = "program"
        return lit

    def _inside(self, source: str) -> list[str]:
        found: list[str] = []
        wanted = [source] if source else []
        while wanted:
            name = wanted.pop()
            if name not in found:
                found.append(name)
                wanted += self.shows.get(name, ())
        return found
