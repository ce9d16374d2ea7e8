"""`locate`: bring the rig to where the list has it just before a cue, or so long into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from cuelang import commands as c
from cuelang.commands import Pose
from cuelang.models import paths
from cuelang.plan import Arrived, CameraAct, Cue, Settled, Step
from cuelang.plan.state import camera_state
from cuelang.playback.effects import Request, Say
from cuelang.playback.going import OngoingAction
from cuelang.playback.locate import LocateChange, change, focus_of, program, speeds
from cuelang.playback.located import TooLate, played_until, state_before
from cuelang.playback.played import Played, Playing
from cuelang.playback.timeline import ChoiceDue, WaitOpened
from cuelang.playback.track import CameraTrack
from cuelang.protocols.visca.properties import WITH_PRESETS
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
            claim.camera
            for claim in self._runs.acts.claims.jobs.values()
            if claim.job not in jobs and claim.axes & c.SEEN
        }
        return {name: place for name, place in places.items() if name not in keep and name not in newer}

    def carry_out(self, request: Request, cue: Cue, places: Mapping[str, Pose | None]) -> None:
        """Send what differs. `places`: where each camera that is brought somewhere says that it is."""
        runs, moment = self._runs, request.moment
        played: Played | None = None
        if moment.at is None:
            state = state_before(runs.plan, cue.number)
        else:
            try:
                played = played_until(runs.plan, cue, moment.at)
            except TooLate as late:  # a reload came in between
                self._say(cue, f"Locate {cue.number} came to nothing: the sheet was reloaded meanwhile. {late}")
                return
            state = {**played.state, **played.at(moment.at)}
        changes: dict[str, LocateChange] = {}
        unknown: list[str] = []
        for camera in runs.plan.cameras:
            if camera.name not in places:
                continue
            found = change(
                camera, camera_state(state, camera.name), runs.acts.asked.believed(camera.name), places[camera.name]
            )
            unknown += [f"{camera.name} {text}" for text in found.unknown]
            if not found.empty:
                changes[camera.name] = found
        if unknown:
            self._say(cue, f"Locate {cue.number} leaves alone what is unknown: {'; '.join(unknown)}.")
        live = frozenset(changes) if moment.live else frozenset()
        fire = cue.number if moment.go and moment.at is None else None
        if changes or fire is not None:
            asked = replace(request, received=runs.now)
            runs.put_back(program(changes, lambda name: name in live, fire), asked)
        if played is not None and moment.at is not None:
            for playing in played.playing:
                if not playing.stopped and (playing.owner == 0 or played.goes_on(playing, moment.at)):
                    self._stand(request, cue, moment.at, played, playing, frozenset(places))

    def _stand(
        self, request: Request, cue: Cue, at: int, played: Played, playing: Playing, moved: frozenset[str]
    ) -> None:
        """The cue, or one that it has fired and that is not over, is there as a paused run with its clock at `at`."""
        runs, owner, begun = self._runs, playing.owner, playing.timeline.start
        standing = cue if owner == 0 else next(one for one in runs.plan.cues if one.number == playing.number)
        run = runs.place(standing, request, at - begun)
        timeline = run.timeline
        while (due := timeline.due) is not None and due <= runs.now:
            for happening in timeline.advance(due):
                if isinstance(happening, ChoiceDue):
                    taken = played.choices.get((owner, id(happening.step), happening.at - timeline.start + begun))
                    timeline.choose(happening, taken)
                if isinstance(happening, WaitOpened):
                    wait = happening.wait
                    when = played.met.get((owner, id(wait.wait), happening.at - timeline.start + begun))
                    by_itself = isinstance(wait.wait.condition, Arrived | Settled)
                    if when is not None and (when < at or (when == at and by_itself)):
                        timeline.met(wait, when - begun + timeline.start)
        for name, track in played.tracks.items():
            for action in track.going:
                if action.owner == owner and action.under_way(at):
                    self._on_resume(cue, run.on_resume, action, track, at, name in moved)

    def _on_resume(
        self,
        cue: Cue,
        found: list[tuple[Step, CameraAct]],
        action: OngoingAction,
        track: CameraTrack,
        at: int,
        moved: bool,
    ) -> None:
        """What is under way at that instant gets what is left of its time when the cue is resumed."""
        left, command = None if action.until is None else action.until - at, action.command
        lost = command.axes - action.axes
        if isinstance(command, c.MoveBy) and None not in (track.pan, track.tilt):
            command = c.MoveTo(track.target(command.axes), command.pan_speed, command.tilt_speed)
        elif isinstance(command, c.Recall) and left is not None and (lost & c.SEEN or self._anew(track, command)):
            speed = command.speed or track.state.preset_speed or track.camera.move_speed
            command = c.MoveTo(track.target(action.axes), *speeds(track.model, speed))
        elif isinstance(command, c.MoveTo) and lost:
            command = replace(command, pose=command.pose.only(action.axes))
        command = rest(command, left)
        found.append((action.step, replace(action.act, command=command, axes=command.axes)))
        if isinstance(command, c.Recall) and c.FOCUS in lost:
            since = focus_of(track.state)
            found += [(action.step, replace(action.act, command=one, axes=one.axes)) for one in since]
        if isinstance(command, c.Recall) and command.picture:
            for prop, setting in track.state.settings:
                if prop in WITH_PRESETS and setting.command is not None:  # set since; the preset has its own
                    again = replace(action.act, command=setting.command, axes=setting.command.axes)
                    found.append((action.step, again))
        if moved and left is None and not action.open:
            name = track.camera.name
            self._say(cue, f"{name}: its place at that moment is unknown; its move is sent whole on resume.")

    def _anew(self, track: CameraTrack, recall: c.Recall) -> bool:
        """Whether the camera may hold this preset at another place than the list has it at that moment."""
        held = dict(self._runs.acts.asked.state(track.camera.name).stored)
        there = dict(track.state.stored)
        return held.get(recall.preset) != there.get(recall.preset)

    def _say(self, cue: Cue, text: str) -> None:
        self._runs.effects.append(Say("warning", cue.number, text, NOWHERE, self._runs.now))


def rest(command: c.Command, left: int | None) -> c.Command:
    """The command with what is left of its time, in ns; None: unknown, so it is sent whole."""
    if left is None or isinstance(command, c.Untimed):
        return command
    match command:
        case c.MoveTo(over=int()):
            return replace(command, over=left)
        case c.Replay():
            return replace(command, places=paths.rest(command.places, command.over - left))
        case c.Ramp():
            return replace(command, start=None, over=left)
        case c.Drive(duration=int()) | c.ZoomDrive(duration=int()) | c.FocusDrive(duration=int()):
            return replace(command, duration=left)
        case c.MoveTo() | c.Drive() | c.ZoomDrive() | c.FocusDrive():
            return command  # to its end at a speed, or until it is stopped
        case _:
            assert_never(command)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
