"""Who is on air: what every switcher and tally input says, each for the cameras that it knows. Pure.

Each of them, a speaker, has its own word. A camera is on program if any speaker that knows it says so or has not
spoken yet, on preview if none does and one says preview. A source that goes silent keeps its last word. A camera that
no speaker knows goes by the sheet's `tally` lines.

Above the words is what we do ourselves: a camera that an order of ours brings counts as on program from the moment
at which it is sent, and one that it takes off is `leaving` until the switcher says that it is off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from msgspec import Struct, field

from cuelang.commands import TallyMode
from cuelang.commands.switching import BusName, OutputName
from cuelang.plan import Camera, Lamp, Plan


class Speaker(NamedTuple):
    """A switcher or a tally input, by name."""

    kind: Literal["switcher", "input"]
    name: str


class SwitcherWord(Struct, frozen=True):
    """What a switcher says at one moment, in the names of the sheet. `ready` False: it is away, and the rest is its
    last word. `program` and `preview` are the sources on its buses, None: none that the sheet names; `sources` every
    source that is seen, so during a transition two are on program. `cameras` holds each camera that it knows."""

    ready: bool
    cameras: Mapping[str, TallyMode] = field(default_factory=dict)
    sources: Mapping[str, BusName] = field(default_factory=dict)
    program: str | None = None
    preview: str | None = None
    transition: bool = False
    outputs: Mapping[OutputName, bool] = field(default_factory=dict)


SILENT = SwitcherWord(False)


class Leaving(NamedTuple):
    """A camera that an order of ours takes off program. The switcher's word is not waited for later than `until`."""

    switcher: str
    job: int
    until: int


class Air:
    """The air of one show. `lines` is what the `tally` lines said last, `words` what each speaker said in the last
    log."""

    def __init__(
        self,
        lines: Mapping[str, TallyMode | None],
        words: Mapping[Speaker, Mapping[str, TallyMode]],
    ) -> None:
        self.lines: dict[str, TallyMode | None] = dict(lines)
        self.off_air = False
        """Nothing counts as on program, and lamps are dark."""
        self.lamps_off = False
        self.leaving: dict[str, Leaving] = {}
        self._words: dict[Speaker, dict[str, TallyMode]] = {speaker: dict(said) for speaker, said in words.items()}
        self._known: dict[Speaker, frozenset[str]] = {}
        self._inputs: frozenset[str] = frozenset()
        """The inputs that the sheet declares."""
        self._coming: dict[int, frozenset[str]] = {}
        self._passing: dict[int, frozenset[str]] = {}
        """Cameras that an order brought which this one superseded: they may be seen until it is over."""
        self.ruled: frozenset[str] = frozenset()
        """The cameras that any speaker knows."""

    def take(self, plan: Plan) -> None:
        """From now on the speakers of this plan count, and inputs that no sheet declares. What they have said stays,
        and an input still knows the cameras of which it spoke."""
        cameras = frozenset(camera.name for camera in plan.cameras)
        by_index = frozenset(camera.name for camera in plan.cameras if camera.tally_index is not None)
        known = {Speaker("switcher", one.name): one.cameras for one in plan.switchers if not one.no_air}
        inputs = frozenset(port.name for port in plan.inputs)
        gone, self._inputs = self._inputs - inputs, inputs
        for speaker, said in self._words.items():
            if speaker.kind == "input" and speaker.name not in gone and (spoken := cameras & said.keys()):
                known[speaker] = spoken
        for port in plan.inputs:
            if port.kind == "tsl":
                known[Speaker("input", port.name)] = by_index
        self._known = known
        self._ruled_by = {camera.name: lamp_of(camera, plan) for camera in plan.cameras}
        self._rule()

    def _rule(self) -> None:
        self.ruled = frozenset().union(*self._known.values())

    def ruler(self, camera: str) -> str:
        """Why a `tally` line of this camera is put aside."""
        for speaker, known in self._known.items():
            if camera in known:
                if speaker.kind == "input":
                    return "tally is controlled by the tally input"
                return f"tally is controlled by {speaker.name}"
        return "no source decides it"

    # --- what is reported ----------------------------------------------------------------------------------------

    def says(self, speaker: Speaker, said: Mapping[str, TallyMode]) -> dict[str, TallyMode]:
        """A speaker says this of these cameras. Returns what of it is new."""
        if speaker not in self._known or not said.keys() <= self._known[speaker]:
            self._known[speaker] = self._known.get(speaker, frozenset()) | said.keys()
            self._rule()
        words = self._words.setdefault(speaker, {})
        new = {camera: mode for camera, mode in said.items() if words.get(camera) != mode}
        words.update(new)
        return new

    def input(self, name: str) -> Speaker:
        """The tally input of this name; without one, the first that there is."""
        if not name:
            return next((speaker for speaker in self._known if speaker.kind == "input"), Speaker("input", ""))
        return Speaker("input", name)

    def mode(self, camera: str) -> TallyMode | None:
        """What it is by everyone's word; None: a speaker has not spoken yet, so it is unknown."""
        if camera not in self.ruled:
            return self.lines.get(camera, "off")
        words = [self._words.get(speaker, {}).get(camera) for speaker, known in self._known.items() if camera in known]
        if "program" in words:
            return "program"
        if None in words:
            return None
        return "preview" if "preview" in words else "off"

    def counts(self, camera: str) -> TallyMode | None:
        """What it counts as for the interlock: what we bring is there already, and off air nothing is on program."""
        if self.off_air:
            return "off"
        if any(camera in cameras for cameras in (*self._coming.values(), *self._passing.values())):
            return "program"
        return self.mode(camera)

    def on_program(self, camera: str) -> bool:
        return self.counts(camera) in ("program", None)

    # --- what we do ------------------------------------------------------------------------------------------

    def bring(self, job: int, cameras: Iterable[str]) -> None:
        """This order of ours was sent: what it brings counts as on program."""
        self._coming[job] = frozenset(cameras)
        for camera in self._coming[job]:
            self.leaving.pop(camera, None)

    def take_off(
        self, job: int, switcher: str, cameras: Iterable[str], until: int, passing: frozenset[str] = frozenset()
    ) -> None:
        """It takes these off. `passing` were on their way to program by an order that it supersedes."""
        self._passing[job] = passing
        for camera in cameras:
            self.leaving[camera] = Leaving(switcher, job, until)

    def leave_by(self, job: int, until: int) -> None:
        """The transition of this order has ended: what it takes off is to be off by then."""
        for camera, one in self.leaving.items():
            if one.job == job:
                self.leaving[camera] = one._replace(until=min(one.until, until))

    def has_left(self, camera: str, speaker: Speaker) -> None:
        """That speaker says that this camera is not on program. One that an order of ours was bringing when a newer
        one superseded it may be seen yet, until the newer one is over."""
        leaving = self.leaving.get(camera)
        if leaving is None or Speaker("switcher", leaving.switcher) != speaker or self._passes(camera):
            return
        del self.leaving[camera]

    def _passes(self, camera: str) -> bool:
        return any(camera in cameras for cameras in self._passing.values())

    def coming(self, jobs: Iterable[int] | None = None) -> frozenset[str]:
        """The cameras that these orders bring, None: that any does."""
        return frozenset().union(*(self._coming.get(job, ()) for job in (self._coming if jobs is None else jobs)))

    def over(self, job: int, *, done: bool) -> None:
        """That order is over; if it is not `done`, what it should have taken off is not on its way any more."""
        self._coming.pop(job, None)
        self._passing.pop(job, None)
        if not done:
            self.leaving = {camera: one for camera, one in self.leaving.items() if one.job != job}

    def freed(self, camera: str) -> Leaving | None:
        """On its way off program by an order of ours, and only that switcher still says that it is on it."""
        leaving = self.leaving.get(camera)
        if leaving is None or (self.mode(camera) != "program" and not self._passes(camera)):
            return None
        if any(camera in cameras for cameras in self._coming.values()):
            return None
        others = (
            self._words.get(speaker, {}).get(camera)
            for speaker, known in self._known.items()
            if camera in known and speaker != Speaker("switcher", leaving.switcher)
        )
        return None if any(word in ("program", None) for word in others) else leaving

    # --- lights ----------------------------------------------------------------------------------------------

    def light(self, camera: str, mode: TallyMode) -> TallyMode:
        """What its light shows when it is `mode`."""
        lamp = self._ruled_by.get(camera, "on")
        if self.off_air or self.lamps_off or lamp == "off" or (lamp == "program" and mode == "preview"):
            return "off"
        return mode

    def dark(self, camera: str) -> bool:
        """Whether nothing drives its light."""
        return self._ruled_by.get(camera) == "off"


def lamp_of(camera: Camera, plan: Plan) -> Lamp:
    """Which lights of it are driven: as it is set, else that of program alone where a switcher rules it, else all."""
    return camera.lamp or plan.settings.lamp or ("program" if camera.name in plan.ruled else "on")
