"""`locate`: bring the rig to where the list has it just before a cue, or so long into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cuelang import commands as c
from cuelang.commands import Pose
from cuelang.plan import Arrived, CameraAct, Cue, Settled, Step
from cuelang.plan.state import AT_HOME, CameraState
from cuelang.playback.effects import Request, Say
from cuelang.playback.locate import Change, change, program
from cuelang.playback.located import played_until, state_before
from cuelang.playback.played import Played
from cuelang.playback.timeline import WaitOpened
from cuelang.playback.track import Action, CameraTrack
from cuelang.source import NOWHERE

if TYPE_CHECKING:
    from cuelang.playback.runs import Runs


ONCE_MORE = "; ask once more within 5 s"
"""How a `locate` is refused that has to be requested twice."""


class Locator:
    """Judges nothing: who asks for a `locate` has been heard already."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def on_program(self) -> frozenset[str]:
        """Cameras that are on program, or may be."""
        return frozenset(camera.name for camera in self._runs.plan.cameras if self._runs.air.on_program(camera.name))

    def asks(self, keep: frozenset[str]) -> tuple[str, ...]:
        """The cameras that are brought somewhere."""
        return tuple(
            camera.name for camera in self._runs.plan.cameras if not camera.disabled and camera.name not in keep
        )

    def announced(self, request: Request, cue: Cue, stops: str, keep: frozenset[str]) -> str:
        """`Locate 12: stops cue 7; moves left and right; leaves centre, on program`."""
        parts = [f"stops {stops}"] if stops else []
        moves = self.asks(keep)
        parts.append(f"moves {_listed(moves)}" if moves else "moves no camera")
        left = [camera.name for camera in self._runs.plan.cameras if camera.name in keep and not camera.disabled]
        if left:
            parts.append(f"leaves {_listed(left)}, on program")
        return f"Locate {cue.number}{request.moment.text}: {'; '.join(parts)}"

    def still(
        self, request: Request, places: Mapping[str, Pose | None], jobs: frozenset[int]
    ) -> dict[str, Pose | None]:
        """The cameras that are still brought somewhere: not one that came to program since the request, nor one that
        something newer than these jobs moves."""
        keep = frozenset() if request.moment.live else self.on_program()
        newer = {
            claim.camera for claim in self._runs.claims.jobs.values() if claim.job not in jobs and claim.axes & c.SEEN
        }
        return {name: place for name, place in places.items() if name not in keep and name not in newer}

    def carry_out(self, request: Request, cue: Cue, places: Mapping[str, Pose | None]) -> None:
        """Send what differs. `places`: where each camera that is brought somewhere says that it is."""
        runs, moment = self._runs, request.moment
        played: Played | None = None
        if moment.at is None:
            state = state_before(runs.plan, cue.number)
        else:
            played = played_until(runs.plan, cue, moment.at)
            state = {**played.state, **played.at(moment.at)}
        changes: dict[str, Change] = {}
        unknown: list[str] = []
        for camera in runs.plan.cameras:
            if camera.name not in places:
                continue
            target = state.get(camera.name, AT_HOME)
            assert isinstance(target, CameraState)
            found = change(camera, target, runs.asked.state(camera.name), places[camera.name])
            unknown += [f"{camera.name} {text}" for text in found.unknown]
            if not found.empty:
                changes[camera.name] = found
        if unknown:
            self._say(cue, f"Locate {cue.number} leaves alone what is unknown: {'; '.join(unknown)}.")
        live = frozenset(changes) if moment.live else frozenset()
        fire = cue.number if moment.go and moment.at is None else None
        if changes or fire is not None:
            asked = replace(request, received=runs.now)
            runs.start(None, "", program(changes, lambda name: name in live, fire), asked)
        if played is not None and moment.at is not None:
            self._stand(request, cue, moment.at, played, frozenset(places))

    def _stand(self, request: Request, cue: Cue, at: int, played: Played, moved: frozenset[str]) -> None:
        """The cue is there as a paused run with its clock at `at`."""
        runs = self._runs
        run = runs.place(cue, request, at)
        timeline = run.timeline
        met = {(id(wait), opened): met for wait, opened, met in played.met}
        while (due := timeline.due) is not None and due <= runs.now:
            for happening in timeline.advance(due):
                if isinstance(happening, WaitOpened):
                    wait = happening.wait
                    when = met.get((id(wait.wait), happening.at - timeline.start))
                    by_itself = isinstance(wait.wait.condition, Arrived | Settled)
                    if when is not None and (when < at or (when == at and by_itself)):
                        timeline.met(wait, when + timeline.start)
        for name, track in played.tracks.items():
            for action in track.going:
                if action.owner == 0 and (action.open or action.until is None or action.until > at):
                    self._on_resume(cue, run.on_resume, action, name, track, at, name in moved)

    def _on_resume(
        self, cue: Cue, found: list[tuple[Step, CameraAct]], action: Action, name: str, track: CameraTrack, at: int,
        moved: bool,
    ) -> None:  # fmt: skip
        """What is under way at that instant gets what is left of its time when the cue is resumed."""
        left = None if action.until is None else action.until - at
        act = replace(action.act, command=_rest(action.command, left))
        found.append((action.step, act))
        if moved and left is None and not action.open:
            self._say(cue, f"{name}: its place at that moment is unknown; its move is sent whole on resume.")

    def _say(self, cue: Cue, text: str) -> None:
        self._runs.effects.append(Say("warning", cue.number, text, NOWHERE, self._runs.now))


def _rest(command: c.Command, left: int | None) -> c.Command:
    """The command with what is left of its time, in ns; None: unknown, so it is sent whole."""
    if left is None:
        return command
    match command:
        case c.MoveTo(over=int()):
            return replace(command, over=left)
        case c.Ramp():
            return replace(command, start=None, over=left)
        case c.Drive(duration=int()) | c.ZoomDrive(duration=int()) | c.FocusDrive(duration=int()):
            return replace(command, duration=left)
        case _:
            return command


def _listed(names: tuple[str, ...] | list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
