"""What OBS is asked to do: each order is a procedure of requests, and waits for what OBS reports of it."""

from __future__ import annotations

from collections.abc import Generator, Hashable
from typing import Any

from cuelang.commands.switching import Cut, Dissolve, Native, Order, OutputName, Preview, SetOutput, Take
from cuelang.protocols.obs.messages import ObsReply, Transition, milliseconds, split_native, string
from cuelang.protocols.obs.reports import Reports
from cuelang.protocols.switcher import (
    ACCEPT_NS,
    COMPLETED,
    OUTPUT_NS,
    REPORT_NS,
    UNREACHABLE,
    Accepted,
    Ended,
    Procedure,
    Until,
)
from cuelang.units import NS

SWAP_NS = NS // 4
"""An OBS that does not swap preview and program (a setting of its studio mode) never says that it did."""
CUT_KIND, FADE_KIND = "cut_transition", "fade_transition"


class Obs(Reports):
    """One controller at one OBS."""

    def _procedure(self, key: Hashable, order: Order) -> Procedure:
        match order:
            case Cut(source=source):
                return self._cut(key, source)
            case Dissolve(source=source, over=over, transition=transition):
                return self._dissolve(key, source, over, transition)
            case Preview(source=source):
                return self._preview(key, source)
            case Take(source=source, over=over, transition=transition):
                return self._take(key, source, over, transition)
            case SetOutput(output=output, on=on):
                return self._output(key, output, on)
            case Native(text=text):
                return self._native(key, text)

    def _ask(self, name: str, **data: Any) -> Generator[Until, bool, ObsReply | None]:
        """Ask and wait for the answer; None when none came in time."""
        came: list[ObsReply] = []
        self._request(name, came.append, **data)
        yield Until(lambda: bool(came), ACCEPT_NS)
        return came[0] if came else None

    def _cut(self, key: Hashable, source: str) -> Procedure:
        scene = self.resolve(source)
        if scene is None:
            return self._missing(source)
        if self.state.program == scene and not self.state.transition:
            if (refused := (yield from self._know_program())) is not None:
                return refused
            if self.state.program == scene:
                return COMPLETED
        return (yield from self._change(key, scene, self._of_kind(CUT_KIND), None))

    def _know_program(self) -> Generator[Until, bool, Ended | None]:
        """After a transition whose program OBS has not reported yet: ask for it. Without that a cut back to the old
        program would be taken for done."""
        if not self._unsaid:
            return None
        reply = yield from self._ask("GetCurrentProgramScene")
        if (refused := self._refused(reply)) is not None:
            return refused
        assert reply is not None
        self._unsaid = 0
        self._says(program=string(reply.data.get("currentProgramSceneName")) or self.state.program)
        return None

    def _dissolve(self, key: Hashable, source: str, over: int, name: str | None) -> Procedure:
        scene = self.resolve(source)
        if scene is None:
            return self._missing(source)
        if refusal := (yield from self._quiet()) or (yield from self._know_program()):
            return refusal
        if self.state.program == scene:
            return COMPLETED
        wanted = self._of_kind(FADE_KIND) if name is None else self._named(name)
        if wanted is None:
            return self._no_transition(name)
        before = self.state.program
        ended = yield from self._change(key, scene, wanted, over)
        if ended == COMPLETED and self.state.studio_mode and before is not None:
            yield from self._ask("SetCurrentPreviewScene", sceneName=before)
        return ended

    def _take(self, key: Hashable, source: str | None, over: int | None, name: str | None) -> Procedure:
        if not self.state.studio_mode:
            return Ended("refused", "studio mode is off in OBS: there is no preview to take")
        if refusal := (yield from self._quiet()) or (yield from self._know_program()):
            return refusal
        scene = None if source is None else self.resolve(source)
        if source is not None and scene is None:
            return self._missing(source)
        wanted = self._to_take(scene)
        if isinstance(wanted, Ended):
            return wanted
        if over is None:
            transition = self._of_kind(CUT_KIND)
        else:
            transition = self._of_kind(FADE_KIND) if name is None else self._named(name)
        if transition is None:
            return self._no_transition(name)
        return (yield from self._change(key, wanted, transition, over, by_take=True))

    def _change(
        self, key: Hashable, scene: str, transition: Transition | None, over: int | None, *, by_take: bool = False
    ) -> Procedure:
        """Put `scene` on program by this transition, and wait until it has ended."""
        if transition is None:
            return self._no_transition(None)
        if (refused := (yield from self._borrow(scene, transition, over))) is not None:
            return refused
        starts = self._starts
        if by_take:
            reply = yield from self._ask("TriggerStudioModeTransition")
        else:
            reply = yield from self._ask("SetCurrentProgramScene", sceneName=scene)
        if (refused := self._refused(reply)) is not None:
            return refused
        self._out.append(Accepted(key))
        met = yield Until(lambda: self._starts > starts and self._over, (over or 0) + REPORT_NS)
        if not met:
            return Ended("timed_out", f"OBS did not report the end of the transition to “{scene}”")
        if by_take:  # program and preview change places, and OBS says so after it says that the transition has ended
            yield Until(lambda: self.state.program == scene and self.state.preview != scene, SWAP_NS)
        met = yield Until(lambda: self.state.program == scene, ACCEPT_NS)
        return COMPLETED if met else Ended("timed_out", f"“{self.state.program}” is on program, not “{scene}”")

    def _borrow(self, scene: str, transition: Transition, over: int | None) -> Generator[Until, bool, Ended | None]:
        """Choose the transition and its length, and take away the scene's own. What was chosen before is kept."""
        refused = yield from self._take_away(scene)
        if refused is not None:
            return refused
        if self._borrowed is None:
            self._borrowed = self.current
        if self.current.name != transition.name:
            self._expect(transition.name)
            reply = yield from self._ask("SetCurrentSceneTransition", transitionName=transition.name)
            if (refused := self._refused(reply)) is not None:
                return refused
        if over is None or transition.fixed:
            return None
        return (yield from self._borrow_length(milliseconds(over)))

    def _take_away(self, scene: str) -> Generator[Until, bool, Ended | None]:
        """The scene's own transition, which is kept."""
        reply = yield from self._ask("GetSceneSceneTransitionOverride", sceneName=scene)
        if (refused := self._refused(reply)) is not None:
            return refused
        assert reply is not None
        own = string(reply.data.get("transitionName"))
        if own and scene not in self._overrides:
            length = reply.data.get("transitionDuration")
            self._overrides[scene] = (own, length if isinstance(length, int) else None)
        if own:
            reply = yield from self._ask(
                "SetSceneSceneTransitionOverride", sceneName=scene, transitionName=None, transitionDuration=None
            )
            return self._refused(reply)
        return None

    def _borrow_length(self, wanted: int) -> Generator[Until, bool, Ended | None]:
        """`wanted`: milliseconds."""
        reply = yield from self._ask("GetCurrentSceneTransition")
        if (refused := self._refused(reply)) is not None:
            return refused
        assert reply is not None
        before = reply.data.get("transitionDuration")
        if before == wanted:
            return None
        if self._length is None and isinstance(before, int):
            self._length = before
        reply = yield from self._ask("SetCurrentSceneTransitionDuration", transitionDuration=wanted)
        return self._refused(reply)

    def _rest(self) -> None:
        """Nothing of ours is under way and the last transition has ended: the person's own comes back."""
        if self.state.transition or not self._identified:
            return
        if self._length is not None:
            length, self._length = self._length, None
            self._request("SetCurrentSceneTransitionDuration", _ignored, transitionDuration=length)
        if self._borrowed is not None:
            was, self._borrowed = self._borrowed, None
            if was.name and was.name != self.current.name:
                self._expect(was.name)
                self._request("SetCurrentSceneTransition", _ignored, transitionName=was.name)
        while self._overrides:
            scene, (name, own) = self._overrides.popitem()
            self._request(
                "SetSceneSceneTransitionOverride",
                _ignored,
                sceneName=scene,
                transitionName=name,
                transitionDuration=own,
            )

    def _preview(self, key: Hashable, source: str) -> Procedure:
        scene = self.resolve(source)
        if scene is None:
            return self._missing(source)
        if not self.state.studio_mode:
            return Ended("refused", "studio mode is off in OBS: there is no preview")
        if refusal := (yield from self._quiet()):
            return refusal
        reply = yield from self._ask("SetCurrentPreviewScene", sceneName=scene)
        if (refused := self._refused(reply)) is not None:
            return refused
        self._out.append(Accepted(key))
        met = yield Until(lambda: self.state.preview == scene, REPORT_NS)
        return COMPLETED if met else Ended("timed_out", f"OBS does not report “{scene}” on preview")

    def _output(self, key: Hashable, output: OutputName, on: bool) -> Procedure:
        if self.state.outputs.get(output) is on:
            return COMPLETED
        stops = self._stops.get(output, 0)
        reply = yield from self._ask(f"{'Start' if on else 'Stop'}{output.capitalize()}")
        if (refused := self._refused(reply)) is not None:
            return refused
        self._out.append(Accepted(key))
        met = yield Until(
            lambda: self.state.outputs.get(output) is on or (on and self._stops.get(output, 0) > stops), OUTPUT_NS
        )
        if self.state.outputs.get(output) is on:
            return COMPLETED
        if met:
            return Ended("timed_out", f"the {output} stopped as soon as it was started")
        return Ended("timed_out", f"OBS did not report that the {output} {'started' if on else 'stopped'}")

    def _native(self, key: Hashable, text: str) -> Procedure:
        try:
            name, data = split_native(text)
        except ValueError as error:
            return Ended("refused", str(error))
        reply = yield from self._ask(name, **data)
        if (refused := self._refused(reply)) is not None:
            return refused
        self._out.append(Accepted(key))
        return COMPLETED

    def _no_transition(self, name: str | None) -> Ended:
        names = ", ".join(f"“{each.name}”" for each in self.transitions)
        wanted = f"no transition “{name}”" if name else "no such transition"
        return Ended("refused", f"OBS has {wanted}; known: {names or 'none'}")

    def _missing(self, source: str) -> Ended:
        return Ended("refused", f"OBS has no scene “{self._renamed.get(source, source)}”")

    @staticmethod
    def _refused(reply: ObsReply | None) -> Ended | None:
        if reply is None:
            return UNREACHABLE
        return None if reply.good else Ended("refused", reply.words)


def _ignored(_: ObsReply) -> None:
    """The answer to what is put back: nothing could be done about it."""
