"""OBS Studio by obs-websocket 5, port 4455: JSON messages `{"op": …, "d": …}`. Pure: texts in, events out.

    Hello (0)  ->  Identify (1), with the password's sum  ->  Identified (2)
    Request (6)  ->  RequestResponse (7);  Event (5) at any time

Facts that were measured with OBS 29 and are recorded in `tests/protocols/data/obs`:

Tally is the activity of *inputs*. A scene on program says of itself that it is not active when studio mode is on,
nested scenes are covered by their inputs only, and an input is active from the start of a fade to its end, while the
program scene changes only at its end.

The current transition must not be changed before the running one, even a cut, has *ended*: else the picture jumps
back to where it was, while every answer says otherwise. So what was borrowed is put back only when
SceneTransitionEnded has come; and a cut without it has failed.

A scene may have a transition of its own (an override), which is stronger than the current one: it is taken away for
a transition of ours and put back after it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Generator, Hashable, Mapping
from enum import IntEnum
from typing import Any

from msgspec import Struct

from cuelang.commands.switching import Bus, Cut, Dissolve, Native, Order, OutputName, Preview, SetOutput, Take
from cuelang.protocols.switcher import (
    ACCEPT_NS,
    COMPLETED,
    OUTPUT_NS,
    REPORT_NS,
    UNREACHABLE,
    Accepted,
    Close,
    Ended,
    Machine,
    Note,
    Procedure,
    Until,
)
from cuelang.units import MS, NS


class Op(IntEnum):
    """What a message is."""

    HELLO = 0
    IDENTIFY = 1
    IDENTIFIED = 2
    EVENT = 5
    REQUEST = 6
    RESPONSE = 7


EVENTS = 0x7FF | 1 << 17 | 1 << 18
"""Everything that OBS says of its own accord, and the activity of inputs, which is not part of "all"."""
ANSWER_NS = 3 * NS
SWAP_NS = NS // 4
"""An OBS that does not swap preview and program (a setting of its studio mode) never says that it did."""
MAX_MESSAGE = 4 * 1024 * 1024
SHORTEST_MS, LONGEST_MS = 50, 20_000
CUT_KIND, FADE_KIND = "cut_transition", "fade_transition"
WORDS = {
    501: "it is not running",
    500: "it is already running",
    506: "studio mode is off",
    600: "OBS has no resource of that name",
    602: "that is not the name of a scene",
    604: "OBS cannot do that here",
}
CLOSINGS = {
    4009: "the password is wrong",
    4010: "unsupported OBS version: OBS 28 or later is needed",
    4008: "OBS closed the connection: identified twice",
    4011: "OBS closed the connection",
}
OUTPUT_WORDS: Mapping[str, OutputName] = {"Stream": "stream", "Record": "record"}


def authentication(password: str, salt: str, challenge: str) -> str:
    """The sum of a password that OBS asks for."""
    secret = base64.b64encode(hashlib.sha256(f"{password}{salt}".encode()).digest()).decode()
    return base64.b64encode(hashlib.sha256(f"{secret}{challenge}".encode()).digest()).decode()


def milliseconds(over: int) -> int:
    """`over` ns as OBS takes it: 50 ms to 20 s."""
    return max(SHORTEST_MS, min(LONGEST_MS, round(over / MS)))


def native(text: str) -> str | None:
    """What is wrong with a request in OBS's own words; None: nothing."""
    try:
        split_native(text)
    except ValueError as error:
        return str(error)
    return None


def split_native(text: str) -> tuple[str, dict[str, Any]]:
    """`SetInputMute {…}`: the request and its data. ValueError says what is wrong."""
    name, _, rest = text.strip().partition(" ")
    if not (name.isascii() and name.isalnum()):
        raise ValueError('OBS needs a request and its data, for example "SetInputMute {\\"inputName\\": \\"Mic\\"}"')
    if not rest.strip():
        return name, {}
    try:
        data = json.loads(rest)
    except (ValueError, RecursionError):
        raise ValueError(f"the data after {name} is not JSON") from None
    if not isinstance(data, dict):
        raise ValueError(f"the data after {name} is not a JSON object")
    return name, data


class Reply(Struct, frozen=True):
    """The answer to a request."""

    code: int
    comment: str
    data: Mapping[str, Any]

    @property
    def good(self) -> bool:
        return self.code == 100

    @property
    def words(self) -> str:
        return self.comment.rstrip(".") or WORDS.get(self.code) or f"OBS rejected it (code {self.code})"


class Transition(Struct, frozen=True):
    """A scene transition: by kind, for its name is in the language of the person at OBS."""

    name: str
    kind: str
    fixed: bool = False
    """Its length cannot be chosen."""


class _Asked(Struct, eq=False):
    answered: Callable[[Reply], None]
    sent: int


class Obs(Machine):
    """One controller at one OBS."""

    def __init__(self, password: str | None = None) -> None:
        super().__init__()
        self._password = password
        self._number = 0
        self._asked: dict[str, _Asked] = {}
        self._identified = False
        self._open_questions = 0
        self._active: dict[str, bool] = {}
        self._showing: dict[str, bool] = {}
        self.scene_inputs: dict[str, tuple[str, ...]] = {}
        """The items of each scene that can be seen: inputs, nested scenes and groups, by name."""
        self.inputs: dict[str, str] = {}
        """Kind of input by name."""
        self.transitions: tuple[Transition, ...] = ()
        self.current = Transition("", "")
        self._renamed: dict[str, str] = {}
        self._starts = self._ends = 0
        self._expected: list[str] = []
        self._borrowed: Transition | None = None
        self._length: int | None = None
        """The length in milliseconds that the transition had before we gave it ours."""
        self._stops: dict[OutputName, int] = {}
        self._overrides: dict[str, tuple[str, int | None]] = {}
        """What scenes had of their own before we took it away."""

    # --- the line ---

    def _open(self) -> None:
        self._asked.clear()
        self._identified, self._open_questions = False, 0
        self._borrowed = self._length = None
        self._overrides.clear()
        self._expected.clear()
        self._says(ready=False, transition=False)

    def _lost(self) -> None:
        self._asked.clear()
        self._identified = False

    @staticmethod
    def closing(code: int | None) -> Close | None:
        """What the close code of a connection means, where it means anything. A wrong password is not tried again
        soon."""
        words = CLOSINGS.get(code or 0)
        return None if words is None else Close(words, again=code == 4011)

    def _receive(self, data: bytes | str) -> None:
        try:
            message = json.loads(data) if len(data) <= MAX_MESSAGE else None
        except (ValueError, RecursionError):
            return
        if not isinstance(message, dict) or not isinstance(d := message.get("d"), dict):
            return
        match message.get("op"):
            case Op.HELLO:
                self._identify(d)
            case Op.IDENTIFIED:
                if not self._identified:
                    self._identified = True
                    self._ask_everything()
            case Op.EVENT:
                fields = d.get("eventData")
                self._event(_text(d.get("eventType")), fields if isinstance(fields, dict) else {})
            case Op.RESPONSE:
                self._response(d)

    def _identify(self, d: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"rpcVersion": 1, "eventSubscriptions": EVENTS}
        asks = d.get("authentication")
        if isinstance(asks, dict):
            if self._password is None:
                self._out.append(Close("OBS requires a password, and the sheet has none", again=False))
                return
            answer["authentication"] = authentication(
                self._password, _text(asks.get("salt")), _text(asks.get("challenge"))
            )
        self._says(version=_text(d.get("obsWebSocketVersion")), model="OBS")
        self._send(_json({"op": Op.IDENTIFY, "d": answer}))

    def _wake(self) -> None:
        if any(self._now - asked.sent >= ANSWER_NS for asked in self._asked.values()):
            self._asked.clear()
            self._out.append(Close("OBS does not respond"))

    def _due(self) -> int | None:
        return min((asked.sent + ANSWER_NS for asked in self._asked.values()), default=None)

    def _request(self, name: str, answered: Callable[[Reply], None], **data: Any) -> None:
        self._number += 1
        identity = str(self._number)
        self._asked[identity] = _Asked(answered, self._now)
        d: dict[str, Any] = {"requestType": name, "requestId": identity}
        if data:
            d["requestData"] = data
        self._send(_json({"op": Op.REQUEST, "d": d}))

    def _response(self, d: dict[str, Any]) -> None:
        asked = self._asked.pop(_text(d.get("requestId")), None)
        if asked is None:
            return
        status, data = d.get("requestStatus"), d.get("responseData")
        status = status if isinstance(status, dict) else {}
        code = status.get("code")
        asked.answered(
            Reply(
                code if isinstance(code, int) else 0,
                _text(status.get("comment")),
                data if isinstance(data, dict) else {},
            )
        )

    # --- the state, asked for when connected and when the scene collection is another ---

    def _ask_everything(self) -> None:
        self._active.clear()
        self._showing.clear()
        self.scene_inputs.clear()
        self.inputs.clear()
        self._learn("GetVersion", lambda r: self._says(version=_text(r.data.get("obsVersion")) or self.state.version))
        self._learn("GetStudioModeEnabled", lambda r: self._says(studio_mode=bool(r.data.get("studioModeEnabled"))))
        self._learn("GetSceneList", self._scenes)
        self._learn("GetInputList", self._inputs)
        self._learn("GetGroupList", self._groups)
        self._learn("GetSceneTransitionList", self._transitions)
        self._learn("GetCurrentSceneTransition", self._transition)
        self._learn("GetVideoSettings", self._video)
        self._learn("GetStats", self._stats)
        self._learn("GetStreamServiceSettings", self._service)
        for word, output in OUTPUT_WORDS.items():
            self._learn_output(word, output)

    def _learn_output(self, word: str, output: OutputName) -> None:
        self._learn(f"Get{word}Status", lambda reply: self._output_says(output, bool(reply.data.get("outputActive"))))

    def _learn(self, name: str, answered: Callable[[Reply], None], **data: Any) -> None:
        """Ask for a part of the state. When every part has come the switcher is ready."""
        self._open_questions += 1

        def came(reply: Reply) -> None:
            if reply.good:
                answered(reply)
            self._open_questions -= 1
            if not self._open_questions and self._identified:
                self._says(ready=True)

        self._request(name, came, **data)

    def _scenes(self, reply: Reply) -> None:
        names = [name for each in _rows(reply.data.get("scenes")) if (name := _text(each.get("sceneName")))]
        self._says(
            names={name: name for name in names},
            program=_text(reply.data.get("currentProgramSceneName")) or None,
            preview=_text(reply.data.get("currentPreviewSceneName")) or None,
        )
        for name in names:
            self._learn_items(name)

    def _learn_items(self, scene: str, request: str = "GetSceneItemList") -> None:
        def items(reply: Reply) -> None:
            rows = [row for row in _rows(reply.data.get("sceneItems")) if row.get("sceneItemEnabled")]
            self.scene_inputs[scene] = tuple(name for row in rows if (name := _text(row.get("sourceName"))))

        self._learn(request, items, sceneName=scene)

    def _groups(self, reply: Reply) -> None:
        groups = reply.data.get("groups")
        for name in groups if isinstance(groups, list) else ():
            if isinstance(name, str):
                self._learn_items(name, "GetGroupSceneItemList")

    def _inputs(self, reply: Reply) -> None:
        for row in _rows(reply.data.get("inputs")):
            if name := _text(row.get("inputName")):
                self.inputs[name] = _text(row.get("unversionedInputKind"))
                self._learn_input(name)

    def _learn_input(self, name: str) -> None:
        def active(reply: Reply) -> None:
            self._active[name] = bool(reply.data.get("videoActive"))
            self._showing[name] = bool(reply.data.get("videoShowing"))
            self._lamps()

        self._learn("GetSourceActive", active, sourceName=name)

    def _transitions(self, reply: Reply) -> None:
        self.transitions = tuple(_transition(row) for row in _rows(reply.data.get("transitions")))

    def _transition(self, reply: Reply) -> None:
        self.current = _transition(reply.data)

    def _video(self, reply: Reply) -> None:
        top, bottom = reply.data.get("fpsNumerator"), reply.data.get("fpsDenominator")
        if isinstance(top, int) and isinstance(bottom, int) and bottom > 0:
            self._says(frame_rate=top / bottom)
        across, down = reply.data.get("outputWidth"), reply.data.get("outputHeight")
        if isinstance(across, int) and isinstance(down, int):
            self._says(resolution=(across, down))

    def _stats(self, reply: Reply) -> None:
        free = reply.data.get("availableDiskSpace")  # MB, as a fraction
        if isinstance(free, int | float) and 0 <= free < 1e12:
            self._says(space=int(free * 1_000_000))

    def _service(self, reply: Reply) -> None:
        settings = reply.data.get("streamServiceSettings")
        if isinstance(settings, dict):
            self._says(service=bool(settings.get("server") or settings.get("service")) and bool(settings.get("key")))

    def _output_says(self, output: OutputName, on: bool) -> None:
        self._says(outputs={**self.state.outputs, output: on})

    def _lamps(self) -> None:
        """An input that is active is on program; one that is shown and not active is on preview, in studio mode."""
        seen: dict[str, Bus] = {}
        for name, showing in self._showing.items():
            if self._active.get(name):
                seen[name] = "program"
            elif showing and self.state.studio_mode:
                seen[name] = "preview"
        self._says(tally=seen)

    # --- events ---

    def _event(self, name: str, fields: dict[str, Any]) -> None:
        scene, source = _text(fields.get("sceneName")), _text(fields.get("inputName"))
        match name:
            case "InputActiveStateChanged":
                self._active[source] = bool(fields.get("videoActive"))
                self._showing.setdefault(source, bool(fields.get("videoActive")))
                self._lamps()
            case "InputShowStateChanged":
                self._showing[source] = bool(fields.get("videoShowing"))
                self._lamps()
            case "CurrentProgramSceneChanged":
                self._says(program=scene)
            case "CurrentPreviewSceneChanged":
                self._says(preview=scene)
            case "SceneTransitionStarted":
                self._starts += 1
                self._says(transition=True)
            case "SceneTransitionEnded":
                self._ends += 1
                self._says(transition=False)
            case "StudioModeStateChanged":
                on = bool(fields.get("studioModeEnabled"))
                self._says(studio_mode=on, preview=self.state.preview if on else None)
                self._lamps()
                if on:
                    self._learn(
                        "GetCurrentPreviewScene",
                        lambda r: self._says(preview=_text(r.data.get("currentPreviewSceneName")) or None),
                    )
            case "CurrentSceneTransitionChanged":
                self._chosen(_text(fields.get("transitionName")))
            case "StreamStateChanged" | "RecordStateChanged":
                state = _text(fields.get("outputState")).removeprefix("OBS_WEBSOCKET_OUTPUT_")
                output: OutputName = "stream" if name.startswith("Stream") else "record"
                if state in ("STARTED", "STOPPED"):
                    self._output_says(output, state == "STARTED")
                if state == "STOPPED":
                    self._stops[output] = self._stops.get(output, 0) + 1
            case "SceneNameChanged" | "InputNameChanged":
                self._rename(name, fields)
            case "InputCreated":
                self.inputs[source] = _text(fields.get("unversionedInputKind"))
                self._learn_input(source)
            case "InputRemoved":
                for known in (self.inputs, self._active, self._showing):
                    known.pop(source, None)
                self._lamps()
            case "SceneListChanged":
                names = [name for each in _rows(fields.get("scenes")) if (name := _text(each.get("sceneName")))]
                self._says(names={name: name for name in names})
            case "SceneItemCreated" | "SceneItemRemoved" | "SceneItemEnableStateChanged":
                if scene:
                    self._learn_items(scene)
            case "CurrentSceneCollectionChanging":
                self._says(ready=False)
            case "CurrentSceneCollectionChanged":
                self._renamed.clear()
                self._ask_everything()
            case "ExitStarted":
                self._out.append(Close("OBS is closing"))

    def _rename(self, event: str, fields: dict[str, Any]) -> None:
        kind = "Scene" if event.startswith("Scene") else "Input"
        old, new = _text(fields.get(f"old{kind}Name")), _text(fields.get(f"{kind.lower()}Name"))
        if not old or not new:
            return
        books: tuple[dict[str, Any], ...] = (self.inputs, self._active, self._showing, self.scene_inputs)
        for book in books:
            if old in book:
                book[new] = book.pop(old)
        self.scene_inputs = {
            scene: tuple(new if item == old else item for item in items) for scene, items in self.scene_inputs.items()
        }
        names = {
            new if name == old else name: new if name == old else title for name, title in self.state.names.items()
        }
        self._says(
            names=names,
            program=new if self.state.program == old else self.state.program,
            preview=new if self.state.preview == old else self.state.preview,
        )
        self._renamed = {was: new if now == old else now for was, now in self._renamed.items()}
        self._renamed[old] = new
        self._renamed.pop(new, None)
        self._lamps()
        self._out.append(Note(f"OBS: the {kind.lower()} “{old}” is now called “{new}”"))

    def _expect(self, name: str) -> None:
        """We are about to choose this transition: OBS will report it, and it was not done by a person."""
        self._expected.append(name)
        self.current = self._named(name) or Transition(name, "")

    def _chosen(self, name: str) -> None:
        if name in self._expected:
            del self._expected[: self._expected.index(name) + 1]
            return
        self.current = self._named(name) or Transition(name, "")
        self._borrowed = self._length = None  # what a person chooses meanwhile stays

    # --- orders ---

    def resolve(self, source: str) -> str | None:
        name = self._renamed.get(source, source)
        return name if name in self.state.names else None

    def seen_in(self, scene: str) -> frozenset[str]:
        """The inputs that a scene shows, in nested scenes and groups too."""
        found: set[str] = set()
        wanted, done = [self._renamed.get(scene, scene)], set[str]()
        while wanted:
            name = wanted.pop()
            if name in done:
                continue
            done.add(name)
            if name in self.scene_inputs:
                wanted += self.scene_inputs[name]
            else:
                found.add(name)
        return frozenset(found)

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

    def _ask(self, name: str, **data: Any) -> Generator[Until, bool, Reply | None]:
        """Ask and wait for the answer; None when none came in time."""
        came: list[Reply] = []
        self._request(name, came.append, **data)
        yield Until(lambda: bool(came), ACCEPT_NS)
        return came[0] if came else None

    def _cut(self, key: Hashable, source: str) -> Procedure:
        scene = self.resolve(source)
        if scene is None:
            return self._missing(source)
        if self.state.program == scene and not self.state.transition:
            return COMPLETED
        return (yield from self._change(key, scene, self._of_kind(CUT_KIND), None))

    def _dissolve(self, key: Hashable, source: str, over: int, name: str | None) -> Procedure:
        scene = self.resolve(source)
        if scene is None:
            return self._missing(source)
        if refusal := (yield from self._quiet()):
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
        if refusal := (yield from self._quiet()):
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
        ends = self._ends
        if by_take:
            reply = yield from self._ask("TriggerStudioModeTransition")
        else:
            reply = yield from self._ask("SetCurrentProgramScene", sceneName=scene)
        if (refused := self._refused(reply)) is not None:
            return refused
        self._out.append(Accepted(key))
        yield Until(lambda: self._ends > ends, (over or 0) + REPORT_NS)
        if self._ends <= ends:
            return Ended("timed_out", f"OBS did not report the end of the transition to “{scene}”")
        if by_take:  # program and preview change places, and OBS says so after it says that the transition has ended
            yield Until(lambda: self.state.program == scene and self.state.preview != scene, SWAP_NS)
        met = yield Until(lambda: self.state.program == scene, ACCEPT_NS)
        return COMPLETED if met else Ended("timed_out", f"“{self.state.program}” is on program, not “{scene}”")

    def _borrow(self, scene: str, transition: Transition, over: int | None) -> Generator[Until, bool, Ended | None]:
        """Choose the transition and its length, and take away the scene's own. What was chosen before is kept."""
        reply = yield from self._ask("GetSceneSceneTransitionOverride", sceneName=scene)
        if (refused := self._refused(reply)) is not None:
            return refused
        assert reply is not None
        own = _text(reply.data.get("transitionName"))
        if own and scene not in self._overrides:
            length = reply.data.get("transitionDuration")
            self._overrides[scene] = (own, length if isinstance(length, int) else None)
        if own:
            reply = yield from self._ask(
                "SetSceneSceneTransitionOverride", sceneName=scene, transitionName=None, transitionDuration=None
            )
            if (refused := self._refused(reply)) is not None:
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
        reply = yield from self._ask("GetCurrentSceneTransition")
        if (refused := self._refused(reply)) is not None:
            return refused
        assert reply is not None
        before, wanted = reply.data.get("transitionDuration"), milliseconds(over)
        if before != wanted:
            if self._length is None and isinstance(before, int):
                self._length = before
            reply = yield from self._ask("SetCurrentSceneTransitionDuration", transitionDuration=wanted)
            if (refused := self._refused(reply)) is not None:
                return refused
        return None

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

    def _of_kind(self, kind: str) -> Transition | None:
        return next((each for each in self.transitions if each.kind == kind), None)

    def _named(self, name: str) -> Transition | None:
        return next((each for each in self.transitions if each.name == name), None)

    def _no_transition(self, name: str | None) -> Ended:
        names = ", ".join(f"“{each.name}”" for each in self.transitions)
        wanted = f"no transition “{name}”" if name else "no such transition"
        return Ended("refused", f"OBS has {wanted}; known: {names or 'none'}")

    def _missing(self, source: str) -> Ended:
        return Ended("refused", f"OBS has no scene “{self._renamed.get(source, source)}”")

    @staticmethod
    def _refused(reply: Reply | None) -> Ended | None:
        if reply is None:
            return UNREACHABLE
        return None if reply.good else Ended("refused", reply.words)


def _ignored(_: Reply) -> None:
    """The answer to what is put back: nothing could be done about it."""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _rows(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _transition(row: Mapping[str, Any]) -> Transition:
    return Transition(
        _text(row.get("transitionName")), _text(row.get("transitionKind")), bool(row.get("transitionFixed"))
    )


def _json(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))
