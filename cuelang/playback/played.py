"""Predict how cues run, with tracked cameras and buses instead of real ones. Pure.

The plan is predicted with this. `locate` and `plan --state` use it to find how the list leaves the cameras. Waits are
met when the tracked cameras have arrived; a GO, an OSC message and a time of day are met at once; a `repeat forever`
runs one pass. `with one of` takes the first camera that is off program and is not moved by another cue; afterwards the
places of all of them are estimates. A cue that is fired by `start N` or `go N` is played at that instant too, and a
circle ends at the second time. `next` and `follow` add nothing, since the next cue is played in its own place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from cuelang import commands as c
from cuelang.commands.switching import Take
from cuelang.models import Model
from cuelang.plan import (
    Arrived,
    Camera,
    CameraAct,
    Choose,
    Condition,
    FireCue,
    Forever,
    GoGiven,
    OffAir,
    OnProgram,
    OscHeard,
    Program,
    SendOsc,
    Settled,
    ShowNote,
    Step,
    Streaming,
    Switcher,
    SwitcherAct,
    TimeOfDay,
)
from cuelang.plan.state import (
    NOTHING,
    UNFOLLOWED,
    BusState,
    CameraState,
    RigState,
    bus_key,
    bus_state,
    camera_state,
)
from cuelang.playback.buses import BusTrack
from cuelang.playback.going import OngoingAction, OngoingEffect
from cuelang.playback.timeline import ChoiceDue, LeftOut, OpenWait, Overran, StepDue, Timeline, WaitGaveUp, WaitOpened
from cuelang.playback.track import CameraTrack
from cuelang.units import NS

MOST_FIRED = 100
"""Cues that one cue fires, and those that these fire, that are followed; beyond that nothing is known of the rig."""


RECOVERS_NS = NS
"""How long it takes at most to recover a camera that is where it should be."""

FIRING = 5
"""What firing a cue costs, in steps; and one more for each ten that run."""


class Budget(Struct):
    """How many steps of fired cues may still be followed, in the whole list: chains are not quadratic."""

    left: int = 200_000


class Playing(Struct, eq=False):
    """A cue that is running: the first one has the `owner` 0. `chain`: the cues that fired one another up to it."""

    owner: int
    number: str | None
    timeline: Timeline
    chain: frozenset[str]
    stopped: bool = False
    unsure: bool = False
    """Whether a wait for people or messages has been met since it began: it may be done by then."""
    endless: bool = False
    """It runs until it is stopped, although only some passes are played."""


class Played:
    """One cue, and what it fires, from the state in which the list before it has left everything.

    `programs` gives the program of a cue that is fired, None if there is none or it is disabled.
    """

    def __init__(
        self,
        cameras: Mapping[str, Camera],
        switchers: Mapping[str, Switcher],
        state: RigState,
        programs: Callable[[str], Program | None] = lambda _number: None,
        passes: int | None = 1,
        budget: Budget | None = None,
    ) -> None:
        """`passes`: how many of an endless loop are played."""
        self.restarts: Callable[[str], bool] = lambda _number: False
        """Whether a cue that is fired while it runs begins again (`restart`)."""
        self.budget = budget if budget is not None else Budget()
        self.overflowed = False
        self.cameras = cameras
        self.switchers = switchers
        self.state = state
        self.programs = programs
        self.passes = passes
        self.ruling = tuple(name for name, one in switchers.items() if not one.no_air)
        self.ruled = frozenset().union(*(switchers[name].cameras for name in self.ruling))
        self.tracks: dict[str, CameraTrack] = {}
        self.buses: dict[str, BusTrack] = {}
        self.playing: list[Playing] = []
        self.active: list[Playing] = []
        """Those that are not over."""
        self.met: dict[tuple[int, int, int], int] = {}
        """When each wait is met, by the owner, the id of the wait, and when it was opened."""
        self.choices: dict[tuple[int, int, int], str | None] = {}
        """What each `with one of` took, by the owner, the id of its step, and the instant."""
        self.last = 0
        """When all that the first cue set going is complete, as far as can be known."""

    def play(self, number: str | None, program: Program, until: int | None = None) -> None:
        """Run the cue to its end, or up to and with the instant `until` (ns after GO)."""
        self.fire(number, program, 0, frozenset())
        while (first := self.next_due()) is not None:
            at, playing = first
            if until is not None and at > until:
                break
            for happening in playing.timeline.advance(at):
                if playing.stopped:
                    break
                match happening:
                    case StepDue():
                        self.step(happening, playing)
                        if playing.owner:
                            self.budget.left -= 1
                            if self.budget.left <= 0:
                                self.overflowed = playing.stopped = True
                    case WaitOpened(wait=wait):
                        self.meet(wait, happening.at, playing)
                    case ChoiceDue():
                        self.choose(happening, playing)
                    case WaitGaveUp() | Overran() | LeftOut():
                        pass
                    case _:
                        assert_never(happening)
        first_cue = self.playing[0]
        self.last = max(self.last, first_cue.timeline.end or 0)
        for track in self.tracks.values():
            self.last = max(self.last, track.busy(0, first_cue.owner))

    def next_due(self) -> tuple[int, Playing] | None:
        """Which cue is due next, and when; of two that are due together, the one that was fired first."""
        found: tuple[int, Playing] | None = None
        self.active = [one for one in self.active if not one.stopped and one.timeline.due is not None]
        for playing in self.active:
            due = playing.timeline.due
            if due is not None and (found is None or due < found[0]):
                found = due, playing
        return found

    def rest(self) -> dict[str, CameraState | BusState]:
        """How everything that was touched is left when all is at rest."""
        if self.overflowed:
            return dict.fromkeys(self.all_cameras(), UNFOLLOWED) | {bus_key(name): NOTHING for name in self.switchers}
        state: dict[str, CameraState | BusState] = {name: track.rest() for name, track in self.tracks.items()}
        return state | {bus_key(name): bus.rest() for name, bus in self.buses.items()}

    def at(self, now: int) -> dict[str, CameraState | BusState]:
        """How everything that was touched is at `now`."""
        state: dict[str, CameraState | BusState] = {name: track.at(now) for name, track in self.tracks.items()}
        return state | {bus_key(name): bus.rest() for name, bus in self.buses.items()}

    # --- cues ------------------------------------------------------------------------------------------------

    def fire(self, number: str | None, program: Program, now: int, chain: frozenset[str]) -> None:
        if number is not None:
            chain |= {number}
        timeline = Timeline(program, now, limit=self.passes)
        playing = Playing(len(self.playing), number, timeline, chain, endless=program.end is None)
        self.playing.append(playing)
        self.active.append(playing)

    def fired(self, act: FireCue, step: Step, now: int, by: Playing) -> None:
        if act.number is None:
            return
        if act.verb == "stop":
            self.stop(act.number, now)
            return
        if act.number in by.chain:
            return
        last = next((one for one in reversed(self.playing) if one.number == act.number and not one.stopped), None)
        if last is not None and self.runs(last, now):
            if not self.restarts(act.number):
                if not last.unsure:
                    self.refused(act.number, step, self.end(last, now))
                return
            self.stop(act.number, now)
        self.budget.left -= FIRING + len(self.playing) // 10
        if len(self.playing) > MOST_FIRED or self.budget.left <= 0:
            self.overflowed = True
            return
        program = self.program_of(act.number)
        if program is not None:
            self.fire(act.number, program, now, by.chain)

    def runs(self, playing: Playing, now: int) -> bool:
        """Whether a cue that was fired still has something to do."""
        return playing.endless or not playing.timeline.finished or (not playing.unsure and self.end(playing, now) > now)

    def end(self, playing: Playing, now: int) -> int:
        """When what a cue has set going is complete, as far as can be known."""
        return max([now, *(track.busy(now, playing.owner) for track in self.tracks.values())])

    def goes_on(self, playing: Playing, now: int) -> bool:
        """Whether a cue has anything left at `now`, or under way."""
        return not playing.timeline.finished or any(
            action.owner == playing.owner and action.under_way(now)
            for track in self.tracks.values()
            for action in track.going
        )

    def all_cameras(self) -> Iterable[str]:
        return self.cameras

    def camera_of(self, name: str) -> tuple[Camera, Model]:
        return self.cameras[name], self.cameras[name].figures

    def program_of(self, number: str) -> Program | None:
        """The program of a cue that is fired; None: there is none, or it is disabled."""
        return self.programs(number)

    def refused(self, number: str, step: Step, until: int) -> None:
        """A cue is to be fired that runs until then."""

    def stop(self, number: str, now: int) -> None:
        """What the cue has not sent is never sent, and what it set going stands."""
        for playing in self.playing:
            if playing.number == number and not playing.stopped:
                playing.stopped = True
                for track in self.tracks.values():
                    ended = track.end(playing.owner, now)
                    if track.recovered is not None and track.recovered[1] == playing.owner:
                        moved = any(action.axes & c.SEEN and action.under_way(now) for action in ended)
                        if moved or now - track.recovered[0] < RECOVERS_NS:
                            track.half_recovered()
                    for action in ended:
                        self.cut_short(action, action.axes, now, now)

    # --- with one of ---------------------------------------------------------------------------------------

    def choose(self, due: ChoiceDue, playing: Playing) -> None:
        act = due.choice.act
        taken = self.pick(act, due.at, playing)
        playing.timeline.choose(due, taken)
        self.choices[playing.owner, id(due.step), due.at] = taken
        for name, axes in act.moves:
            if name != taken:
                track = self.track(name)
                track.note(chosen=track.state.chosen | (axes & c.SEEN))
        self.chose(due, taken)

    def pick(self, act: Choose, now: int, playing: Playing) -> str | None:
        """The first camera that is free."""
        return next((name for name in act.cameras if self.free(name, now, playing)), None)

    def free(self, name: str, now: int, playing: Playing) -> bool:
        """Whether a camera is in the show, off program, and not moved by another cue."""
        track = self.track(name)
        if track.camera.disabled or self.air(name, track, now) == "program":
            return False
        if track.recovered is not None and track.recovered[0] == now and track.recovered[1] != playing.owner:
            return False
        going = [action for action in track.going if action.axes & c.SEEN]
        if track.state.tracking and not any(isinstance(action.command, c.Track) for action in going):
            return False  # a cue before has switched it on
        return not any(action.owner != playing.owner and action.under_way(now) for action in going)

    # --- waits -----------------------------------------------------------------------------------------------

    def meet(self, wait: OpenWait, now: int, playing: Playing) -> None:
        """A wait has been opened: say when it is met."""
        condition = wait.wait.condition
        at = now
        match condition:
            case Settled(switcher=switcher):
                at = max(at, self.bus(switcher).until)
            case OffAir():
                at = max([at, *(bus.until for bus in self.buses.values())])
            case Arrived(cameras=cameras):
                at = max([at, *(self.arrival(name, at) for name in cameras)])
            case OnProgram() | Streaming() | OscHeard() | GoGiven() | TimeOfDay():
                pass
            case _:
                assert_never(condition)
        if wait.limit is not None:
            at = min(at, wait.limit)
        playing.timeline.met(wait, at)
        if not isinstance(condition, Arrived | Settled):
            for one in self.playing:
                one.unsure = True
        self.met[playing.owner, id(wait.wait), now] = at
        self.seen(condition)
        self.waited(wait, now, at)

    def seen(self, condition: Condition) -> None:
        """What a wait that is met says of the buses: a person may have cut."""
        match condition:
            case OnProgram(source=source, switcher=switcher):
                for name in self.ruling if switcher is None else (switcher,):
                    self.bus(name).cut_by_hand(source)
            case OffAir(cameras=cameras):
                for name in self.ruling:
                    self.bus(name).taken_off(cameras)
            case Settled() | Arrived() | Streaming() | OscHeard() | GoGiven() | TimeOfDay():
                pass
            case _:
                assert_never(condition)

    def arrival(self, camera: str, now: int) -> int:
        """When what this camera is doing is complete, as far as can be known."""
        track = self.tracks.get(camera)
        return now if track is None else track.busy(now)

    # --- cameras and switchers -------------------------------------------------------------------------------

    def track(self, name: str) -> CameraTrack:
        track = self.tracks.get(name)
        if track is None:
            state = camera_state(self.state, name)
            track = self.tracks[name] = CameraTrack.start(*self.camera_of(name), state)
        return track

    def bus(self, name: str) -> BusTrack:
        track = self.buses.get(name)
        if track is None:
            state = bus_state(self.state, name)
            track = self.buses[name] = BusTrack.start(self.switchers[name], state)
        return track

    def on_program(self, now: int) -> frozenset[str]:
        """The cameras that a switcher has on program."""
        return frozenset().union(*(self.bus(name).on_program(now) for name in self.ruling))

    def air(self, camera: str, track: CameraTrack, now: int) -> c.TallyMode:
        """What is on air: what the switchers show, where one rules the camera, and its `tally` lines elsewhere."""
        if camera not in self.ruled:
            return track.state.air
        ruling = [self.bus(name) for name in self.ruling if camera in self.switchers[name].cameras]
        if any(camera in bus.on_program(now) for bus in ruling):
            return "program"
        return "preview" if any(camera in bus.on_preview(now) for bus in ruling) else "off"

    # --- steps -----------------------------------------------------------------------------------------------

    def step(self, due: StepDue, playing: Playing) -> None:
        step, now = due.step, due.at
        act = step.act
        match act:
            case CameraAct():
                self.command(act, due, playing)
            case SwitcherAct():
                self.order(step, act, due)
            case FireCue():
                self.fired(act, step, now, playing)
                self.happened(due, now)
            case SendOsc() | ShowNote() | Forever() | Choose():
                self.happened(due, now)
            case _:
                assert_never(act)

    def command(self, act: CameraAct, due: StepDue, playing: Playing) -> None:
        """A camera is asked for something."""
        step, now = due.step, due.at
        track = self.track(act.camera)
        idle = act.only and self.air(act.camera, track, now) != "program"
        if idle or track.camera.disabled or act.withheld:
            self.happened(due, now, idle=idle)
            return
        act = self.meant(due, act, track)
        command = act.command
        self.about_to(due, act, track, playing)
        doubtful = bool(track.state.chosen & command.axes)
        effect = track.apply(command, now, step.origin)
        if effect.estimated and not command.axes & c.SEEN <= track.state.estimated:
            track.note(estimated=track.state.estimated | (command.axes & c.SEEN))
        if doubtful and not isinstance(command, c.Stop):
            effect = effect._replace(estimated=True, arrival=None, shortest=0, doubtful=True)
        if act.camera in step.one_of:
            track.note(chosen=track.state.chosen | (command.axes & c.SEEN))
        self.displace(track, command, now)
        if isinstance(command, c.Recover):
            track.recovered = now, playing.owner
            track.going = [
                one._replace(owner=playing.owner) if one.axes & c.SEEN and one.under_way(now) else one
                for one in track.going
            ]
        if not command.axes:
            track.loose.append((playing.owner, effect.until or 0))
        elif not isinstance(command, c.Stop):
            track.going.append(
                OngoingAction(
                    step,
                    command,
                    act,
                    now,
                    due.frame,
                    effect.until,
                    effect.open,
                    effect.estimated,
                    command.axes,
                    playing.owner,
                )
            )
        self.began(due, act, track, effect)

    def order(self, step: Step, act: SwitcherAct, due: StepDue) -> None:
        """A switcher is asked for something: what goes on air by it, and what comes off."""
        if act.withheld:
            self.happened(due, due.at)
            return
        bus = self.bus(act.switcher)
        if isinstance(act.order, Take) and act.source is None and bus.preview is not None:
            source = bus.switcher.source(bus.preview)
            label = source.label if source is not None else None
            act = replace(act, source=bus.preview, order=replace(act.order, source=label))
        before = self.on_program(due.at)
        until = bus.apply(act, due.at)
        self.ordered(due, act, until, self.on_program(due.at) - before)

    def displace(self, track: CameraTrack, command: c.Command, now: int) -> None:
        """What a newer command takes over ends, axis by axis: the same rules as for the show (`playback/claims.py`)."""
        if not command.axes:
            return
        kept: list[OngoingAction] = []
        for action in track.going:
            older = action.command
            waits = isinstance(older, c.Power) and not isinstance(command, c.Power)
            lost = c.overlap(action.axes, command.axes)
            if lost and isinstance(older, c.Track):
                lost = action.axes
            if waits or not lost:
                kept.append(action)
            elif action.open or (action.until is not None and action.until > now):
                left = action.axes - lost
                if action.begun == now:
                    track.note(estimated=track.state.estimated | c.SEEN)  # it may not have been sent
                until: int | None = now
                if isinstance(older, c.MOVES) and left & c.SEEN:
                    until = track.arrival(left & c.SEEN)
                    kept.append(action._replace(axes=left, until=until))
                self.cut_short(action, lost, now, until)
        track.going = kept

    # --- for who predicts ------------------------------------------------------------------------------------

    def meant(self, due: StepDue, act: CameraAct, track: CameraTrack) -> CameraAct:
        """The act as it is done."""
        return act

    def about_to(self, due: StepDue, act: CameraAct, track: CameraTrack, playing: Playing) -> None:
        """Called before a command acts."""

    def began(self, due: StepDue, act: CameraAct, track: CameraTrack, effect: OngoingEffect) -> None:
        """A command has begun."""

    def happened(self, due: StepDue, until: int, idle: bool = False) -> None:
        """A step that takes no time, or does nothing."""

    def ordered(self, due: StepDue, act: SwitcherAct, until: int, taken: frozenset[str]) -> None:
        """A switcher was asked for something; `taken` are cameras that this puts on program."""

    def cut_short(self, action: OngoingAction, lost: c.Axes, now: int, until: int | None) -> None:
        """A newer action, or a stop, takes axes from an older one."""

    def chose(self, due: ChoiceDue, camera: str | None) -> None:
        """A `with one of` has taken this camera, None: none."""

    def waited(self, wait: OpenWait, opened: int, met: int) -> None:
        """A wait that was opened is met."""
