"""What OBS says of itself: the state, which is asked for, and the events that change it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from cuelang.commands.switching import BusName, OutputName
from cuelang.plain import short
from cuelang.protocols.obs.messages import (
    EVENTS,
    ObsReply,
    Op,
    Transition,
    authentication,
    objects,
    packed,
    string,
    transition_of,
)
from cuelang.protocols.switcher import SAID, Close, Machine, Note
from cuelang.units import NS

ANSWER_NS = 3 * NS
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
NO_GREETING = "a WebSocket server is there, but it does not greet as OBS 28 and later do"
CLOSINGS = {
    4009: "the password is wrong",
    4010: "unsupported OBS version: OBS 28 or later is needed",
    4008: "OBS closed the connection: identified twice",
    4011: "OBS closed the connection",
}
OUTPUT_WORDS: Mapping[str, OutputName] = {"Stream": "stream", "Record": "record"}


class _Asked(Struct, eq=False):
    answered: Callable[[ObsReply], None]
    sent: int


class Reports(Machine):
    """One controller at one OBS, as far as it listens."""

    def __init__(self, password: str | None = None) -> None:
        super().__init__()
        self._password = password
        self._number = 0
        self._asked: dict[str, _Asked] = {}
        self._identified = False
        self._greets_by: int | None = None
        """Until when OBS may take to greet; None: it did."""
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
        self._starts = 0
        self._over = True
        """The transition that began last has ended. The end of an earlier one says nothing of it."""
        self._unsaid = 0
        """Transitions that have begun while the program to which they lead was not reported: OBS does that up to a
        tenth of a second after it has said that they ended."""
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
        self._greets_by = self._now + ANSWER_NS
        self._unsaid = 0
        self._borrowed = self._length = None
        self._overrides.clear()
        self._expected.clear()
        self._says(ready=False, transition=False)

    def _lost(self) -> None:
        self._asked.clear()
        self._identified, self._greets_by = False, None

    @staticmethod
    def closing(code: int | None) -> Close | None:
        """What the close code of a connection means, where it means anything. A wrong password is not tried again
        soon."""
        words = CLOSINGS.get(code or 0)
        return None if words is None else Close(words, again=code == 4011)

    def _receive(self, data: bytes | str) -> None:
        try:
            message = json.loads(data) if len(data) <= MAX_MESSAGE_BYTES else None
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not isinstance(d := message.get("d"), dict):
            if self._greets_by is not None:
                self._greets_by = None
                said = data if isinstance(data, str) else data[: 4 * SAID].decode("utf-8", "replace")
                self._out.append(
                    Close(f"a WebSocket server is there, but not OBS: it says “{short(said, SAID)}”", again=False)
                )
            return
        self._greets_by = None
        match message.get("op"):
            case Op.HELLO:
                self._identify(d)
            case Op.IDENTIFIED:
                if not self._identified:
                    self._identified = True
                    self._ask_everything()
            case Op.EVENT:
                fields = d.get("eventData")
                self._event(string(d.get("eventType")), fields if isinstance(fields, dict) else {})
            case Op.RESPONSE:
                self._response(d)
            case _:
                pass

    def _identify(self, d: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"rpcVersion": 1, "eventSubscriptions": EVENTS}
        asks = d.get("authentication")
        if isinstance(asks, dict):
            if self._password is None:
                self._out.append(Close("OBS requires a password, and the sheet has none", again=False))
                return
            answer["authentication"] = authentication(
                self._password, string(asks.get("salt")), string(asks.get("challenge"))
            )
        self._says(version=string(d.get("obsWebSocketVersion")), model="OBS")
        self._send(packed({"op": Op.IDENTIFY, "d": answer}))

    def _wake(self) -> None:
        if any(self._now - asked.sent >= ANSWER_NS for asked in self._asked.values()):
            self._asked.clear()
            self._out.append(Close("OBS does not respond"))
        if self._greets_by is not None and self._now >= self._greets_by:
            self._greets_by = None
            self._out.append(Close(NO_GREETING))

    def _due(self) -> int | None:
        times = [asked.sent + ANSWER_NS for asked in self._asked.values()]
        if self._greets_by is not None:
            times.append(self._greets_by)
        return min(times, default=None)

    def _request(self, name: str, answered: Callable[[ObsReply], None], **data: Any) -> None:
        self._number += 1
        identity = str(self._number)
        self._asked[identity] = _Asked(answered, self._now)
        d: dict[str, Any] = {"requestType": name, "requestId": identity}
        if data:
            d["requestData"] = data
        self._send(packed({"op": Op.REQUEST, "d": d}))

    def _response(self, d: dict[str, Any]) -> None:
        asked = self._asked.pop(string(d.get("requestId")), None)
        if asked is None:
            return
        status, data = d.get("requestStatus"), d.get("responseData")
        status = status if isinstance(status, dict) else {}
        code = status.get("code")
        asked.answered(
            ObsReply(
                code if isinstance(code, int) else 0,
                string(status.get("comment")),
                data if isinstance(data, dict) else {},
            )
        )

    # --- the state, asked for when connected and when the scene collection is another ---

    def _ask_everything(self) -> None:
        self._active.clear()
        self._showing.clear()
        self.scene_inputs.clear()
        self.inputs.clear()
        self._learn("GetVersion", lambda r: self._says(version=string(r.data.get("obsVersion")) or self.state.version))
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

    def _learn(self, name: str, answered: Callable[[ObsReply], None], **data: Any) -> None:
        """Ask for a part of the state. When every part has come the switcher is ready."""
        self._open_questions += 1

        def came(reply: ObsReply) -> None:
            if reply.good:
                answered(reply)
            self._open_questions -= 1
            if not self._open_questions and self._identified:
                self._says(ready=True)

        self._request(name, came, **data)

    def _scenes(self, reply: ObsReply) -> None:
        names = [name for each in objects(reply.data.get("scenes")) if (name := string(each.get("sceneName")))]
        self._says(
            names={name: name for name in names},
            program=string(reply.data.get("currentProgramSceneName")) or None,
            preview=string(reply.data.get("currentPreviewSceneName")) or None,
        )
        for name in names:
            self._learn_items(name)

    def _learn_items(self, scene: str, request: str = "GetSceneItemList") -> None:
        def items(reply: ObsReply) -> None:
            rows = [row for row in objects(reply.data.get("sceneItems")) if row.get("sceneItemEnabled")]
            self.scene_inputs[scene] = tuple(name for row in rows if (name := string(row.get("sourceName"))))

        self._learn(request, items, sceneName=scene)

    def _groups(self, reply: ObsReply) -> None:
        groups = reply.data.get("groups")
        for name in groups if isinstance(groups, list) else ():
            if isinstance(name, str):
                self._learn_items(name, "GetGroupSceneItemList")

    def _inputs(self, reply: ObsReply) -> None:
        for row in objects(reply.data.get("inputs")):
            if name := string(row.get("inputName")):
                self.inputs[name] = string(row.get("unversionedInputKind"))
                self._learn_input(name)

    def _learn_input(self, name: str) -> None:
        def active(reply: ObsReply) -> None:
            self._active[name] = bool(reply.data.get("videoActive"))
            self._showing[name] = bool(reply.data.get("videoShowing"))
            self._lamps()

        self._learn("GetSourceActive", active, sourceName=name)

    def _transitions(self, reply: ObsReply) -> None:
        self.transitions = tuple(transition_of(row) for row in objects(reply.data.get("transitions")))
        self._says(transitions=tuple(one.name for one in self.transitions if one.kind != "cut_transition"))

    def _transition(self, reply: ObsReply) -> None:
        self.current = transition_of(reply.data)

    def _video(self, reply: ObsReply) -> None:
        top, bottom = reply.data.get("fpsNumerator"), reply.data.get("fpsDenominator")
        if isinstance(top, int) and isinstance(bottom, int) and bottom > 0:
            self._says(frame_rate=top / bottom)
        across, down = reply.data.get("outputWidth"), reply.data.get("outputHeight")
        if isinstance(across, int) and isinstance(down, int):
            self._says(resolution=(across, down))

    def _stats(self, reply: ObsReply) -> None:
        free = reply.data.get("availableDiskSpace")  # MB, as a fraction
        if isinstance(free, int | float) and 0 <= free < 1e12:
            self._says(space=int(free * 1_000_000))

    def _service(self, reply: ObsReply) -> None:
        settings = reply.data.get("streamServiceSettings")
        if isinstance(settings, dict):
            self._says(service=bool(settings.get("server") or settings.get("service")) and bool(settings.get("key")))

    def _output_says(self, output: OutputName, on: bool) -> None:
        self._says(outputs={**self.state.outputs, output: on})

    def _lamps(self) -> None:
        """An input that is active is on program; one that is shown and not active is on preview, in studio mode."""
        seen: dict[str, BusName] = {}
        for name, showing in self._showing.items():
            if self._active.get(name):
                seen[name] = "program"
            elif showing and self.state.studio_mode:
                seen[name] = "preview"
        self._says(tally=seen)

    # --- events ---

    def _event(self, name: str, fields: dict[str, Any]) -> None:  # noqa: C901 - a case for each event
        scene, source = string(fields.get("sceneName")), string(fields.get("inputName"))
        match name:
            case "InputActiveStateChanged":
                self._active[source] = bool(fields.get("videoActive"))
                self._showing.setdefault(source, bool(fields.get("videoActive")))
                self._lamps()
            case "InputShowStateChanged":
                self._showing[source] = bool(fields.get("videoShowing"))
                self._lamps()
            case "CurrentProgramSceneChanged":
                self._unsaid = max(0, self._unsaid - 1)
                self._says(program=scene)
            case "CurrentPreviewSceneChanged":
                self._says(preview=scene)
            case "SceneTransitionStarted":
                self._starts += 1
                self._over = False
                self._unsaid += 1
                self._says(transition=True)
            case "SceneTransitionEnded":
                self._over = True
                self._says(transition=False)
            case "StudioModeStateChanged":
                on = bool(fields.get("studioModeEnabled"))
                self._says(studio_mode=on, preview=self.state.preview if on else None)
                self._lamps()
                if on:
                    self._learn(
                        "GetCurrentPreviewScene",
                        lambda r: self._says(preview=string(r.data.get("currentPreviewSceneName")) or None),
                    )
            case "CurrentSceneTransitionChanged":
                self._chosen(string(fields.get("transitionName")))
            case "StreamStateChanged" | "RecordStateChanged":
                state = string(fields.get("outputState")).removeprefix("OBS_WEBSOCKET_OUTPUT_")
                output: OutputName = "stream" if name.startswith("Stream") else "record"
                if state in ("STARTED", "STOPPED"):
                    self._output_says(output, state == "STARTED")
                if state == "STOPPED":
                    self._stops[output] = self._stops.get(output, 0) + 1
            case "SceneNameChanged" | "InputNameChanged":
                self._rename(name, fields)
            case "InputCreated":
                self.inputs[source] = string(fields.get("unversionedInputKind"))
                self._learn_input(source)
            case "InputRemoved":
                for known in (self.inputs, self._active, self._showing):
                    known.pop(source, None)
                self._lamps()
            case "SceneListChanged":
                names = [name for each in objects(fields.get("scenes")) if (name := string(each.get("sceneName")))]
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
            case _:
                pass

    def _rename(self, event: str, fields: dict[str, Any]) -> None:
        kind = "Scene" if event.startswith("Scene") else "Input"
        old, new = string(fields.get(f"old{kind}Name")), string(fields.get(f"{kind.lower()}Name"))
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
            items = self.scene_inputs.get(name)
            if items is None or name in items:  # an input, or a scene of the same name with one
                found.add(name)
            wanted += items or ()
        return frozenset(found)

    def _of_kind(self, kind: str) -> Transition | None:
        return next((each for each in self.transitions if each.kind == kind), None)

    def _named(self, name: str) -> Transition | None:
        return next((each for each in self.transitions if each.name == name), None)
