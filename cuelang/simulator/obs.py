"""OBS's end of obs-websocket 5, over a simulated mixer. Pure: messages in, messages out.

Every source of the mixer is a scene with one input of the same name (or the name that `inputs` gives it) and the
scenes that it shows inside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from msgspec import Struct

from cuelang.commands.switching import OutputName
from cuelang.protocols.obs import EVENTS, authentication
from cuelang.simulator.mixer import CUT_NS, Mixer
from cuelang.units import MS

VERSION, OBS_VERSION = "5.5.2", "30.2.3"
SALT = "c2FsdCBvZiBhIHNpbXVsYXRlZCBPQlM="
CHALLENGE = "YSBjaGFsbGVuZ2Ugb2YgYSBzaW11bGF0ZWQ="
TRANSITIONS = {"Cut": "cut_transition", "Fade": "fade_transition", "Swipe": "swipe_transition"}
SCENES, INPUTS, TRANSITION_EVENTS, OUTPUTS_EVENTS, UI = 1 << 2, 1 << 3, 1 << 4, 1 << 6, 1 << 10
ACTIVE, SHOWING = 1 << 17, 1 << 18
OUTPUT_WORDS: dict[str, OutputName] = {"Stream": "stream", "Record": "record"}

Outgoing = list[tuple[Hashable, str | int]]
"""A message for a peer, or the code with which its connection is closed."""


class _Refused(Exception):
    def __init__(self, code: int, comment: str = "") -> None:
        super().__init__(comment)
        self.code, self.comment = code, comment


class _Peer(Struct):
    identified: bool = False
    events: int = 0


class ObsEnd:
    """A simulated OBS. Sources are scene names."""

    def __init__(self, mixer: Mixer, password: str | None = None, inputs: Mapping[str, str] | None = None) -> None:
        self.mixer = mixer
        self._password = password
        self._inputs = {scene: (inputs or {}).get(scene, scene) for scene in mixer.sources}
        self._peers: dict[Hashable, _Peer] = {}
        self._current, self._length = "Fade", 300
        self._overrides: dict[str, tuple[str | None, int | None]] = {}
        self._out: Outgoing = []
        self._was = self._snapshot()
        mixer.changed = self._changed

    def connected(self, peer: Hashable) -> Outgoing:
        self._peers[peer] = _Peer()
        hello: dict[str, Any] = {"obsWebSocketVersion": VERSION, "rpcVersion": 1}
        if self._password is not None:
            hello["authentication"] = {"salt": SALT, "challenge": CHALLENGE}
        self._say(peer, 0, hello)
        return self._sent()

    def disconnected(self, peer: Hashable) -> None:
        self._peers.pop(peer, None)

    def receive(self, peer: Hashable, text: str, now: int) -> Outgoing:
        self._message(peer, text, now)
        self._tell()
        return self._sent()

    def wake(self, now: int) -> Outgoing:
        self.mixer.wake(now)
        self._tell()
        return self._sent()

    @property
    def due(self) -> int | None:
        return self.mixer.due

    # --- messages ---

    def _message(self, peer: Hashable, text: str, now: int) -> None:
        state = self._peers[peer]
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return self._close(peer, 4002)
        if not isinstance(message, dict) or not isinstance(d := message.get("d"), dict):
            return self._close(peer, 4002)
        match message.get("op"):
            case 1 if state.identified:
                return self._close(peer, 4008)
            case 1:
                if d.get("rpcVersion") != 1:
                    return self._close(peer, 4010)
                if self._password is not None:
                    wanted = authentication(self._password, SALT, CHALLENGE)
                    if d.get("authentication") != wanted:
                        return self._close(peer, 4009)
                state.identified, state.events = True, _events(d)
                return self._say(peer, 2, {"negotiatedRpcVersion": 1})
            case _ if not state.identified:
                return self._close(peer, 4007)
            case 3:
                state.events = _events(d)
                return self._say(peer, 2, {"negotiatedRpcVersion": 1})
            case 6:
                return self._request(peer, d, now)
            case 8:
                rows = d.get("requests")
                results = (
                    [self._result(row, now) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
                )
                return self._say(peer, 9, {"requestId": d.get("requestId"), "results": results})
            case _:
                return self._close(peer, 4006)

    def _request(self, peer: Hashable, d: dict[str, Any], now: int) -> None:
        if not isinstance(d.get("requestType"), str) or not isinstance(d.get("requestId"), str):
            return self._close(peer, 4003)
        return self._say(peer, 7, self._result(d, now))

    def _result(self, d: dict[str, Any], now: int) -> dict[str, Any]:
        data = d.get("requestData")
        code, comment, told = 100, "", None
        try:
            told = self._do(str(d.get("requestType")), data if isinstance(data, dict) else {}, now)
        except _Refused as refused:
            code, comment = refused.code, refused.comment
        result: dict[str, Any] = {
            "requestType": d.get("requestType"),
            "requestId": d.get("requestId"),
            "requestStatus": {"result": code == 100, "code": code, **({"comment": comment} if comment else {})},
        }
        if told is not None:
            result["responseData"] = told
        return result

    def _do(self, name: str, data: dict[str, Any], now: int) -> dict[str, Any] | None:  # noqa: C901 - a case for each request
        if name in _ANSWERS:
            return _ANSWERS[name](self, data)
        mixer = self.mixer
        match name:
            case "SetCurrentProgramScene":
                self._go(self._scene(data), now, swap=False)
            case "SetCurrentPreviewScene":
                self._studio()
                mixer.see(self._scene(data))
            case "TriggerStudioModeTransition":
                self._studio()
                if mixer.running is None:
                    self._go(mixer.preview, now, swap=True)
            case "SetStudioModeEnabled":
                mixer.studio_mode = bool(data.get("studioModeEnabled"))
                self._event(UI, "StudioModeStateChanged", studioModeEnabled=mixer.studio_mode)
                mixer.changed("preview")
            case "SetCurrentSceneTransition":
                wanted = data.get("transitionName")
                if wanted not in TRANSITIONS:
                    raise _Refused(600, f"No scene transition was found by the name of `{wanted}`.")
                self._current = str(wanted)
                self._event(TRANSITION_EVENTS, "CurrentSceneTransitionChanged", transitionName=self._current)
            case "SetCurrentSceneTransitionDuration":
                length = data.get("transitionDuration")
                if not isinstance(length, int) or not 50 <= length <= 20_000:
                    raise _Refused(402, "The field value of `transitionDuration` is out of range.")
                self._length = length
                self._event(TRANSITION_EVENTS, "CurrentSceneTransitionDurationChanged", transitionDuration=length)
            case "SetSceneSceneTransitionOverride":
                self._overrides[self._scene(data)] = (data.get("transitionName"), data.get("transitionDuration"))
            case "StartStream" | "StopStream" | "StartRecord" | "StopRecord":
                output = OUTPUT_WORDS[name.removeprefix("Start").removeprefix("Stop")]
                on = name.startswith("Start")
                if mixer.outputs[output] is on:
                    raise _Refused(500 if on else 501)
                self._output_event(output, "STARTING" if on else "STOPPING", not on)
                mixer.switch(output, on, now)
            case "SetInputMute" | "SetInputVolume" | "SetInputSettings" | "SetSceneItemEnabled":
                return {}
            case _:
                raise _Refused(204, "Your request type is not valid.")
        return None

    def _go(self, scene: str, now: int, *, swap: bool) -> None:
        name, length = self._overrides.get(scene) or (None, None)
        kind = name or self._current
        ms = length if name and length else self._length
        self._event(TRANSITION_EVENTS, "SceneTransitionStarted", transitionName=kind)
        self.mixer.mix(scene, CUT_NS if kind == "Cut" else ms * MS, now, swap=swap, kind=kind)

    def _scene(self, data: dict[str, Any]) -> str:
        name = data.get("sceneName")
        if not isinstance(name, str):
            raise _Refused(300, "Your request is missing the `sceneName` field.")
        if name in self.mixer.sources:
            return name
        if name in self._inputs.values():
            raise _Refused(602, "The specified source is not a scene.")
        raise _Refused(600, f"No source was found by the name of `{name}`.")

    def _studio(self) -> None:
        if not self.mixer.studio_mode:
            raise _Refused(506, "")

    # --- what it says ---

    def _changed(self, what: str) -> None:
        if what == "ended":
            self._ended = True
        if what in OUTPUT_WORDS.values() and what not in self.mixer.starting:
            output: OutputName = "stream" if what == "stream" else "record"
            on = self.mixer.outputs[output]
            self._output_event(output, "STARTED" if on else "STOPPED", on)

    _ended = False

    def _snapshot(self) -> dict[str, Any]:
        lit = self.mixer.seen()
        return {
            "program": self.mixer.program,
            "preview": self.mixer.preview,
            "lit": {self._inputs[scene]: bus for scene, bus in lit.items() if scene in self._inputs},
        }

    def _tell(self) -> None:
        before, self._was = self._was, self._snapshot()
        for source in sorted({*before["lit"], *self._was["lit"]}):
            was, now = before["lit"].get(source), self._was["lit"].get(source)
            if (was is None) != (now is None):
                self._event(SHOWING, "InputShowStateChanged", inputName=source, videoShowing=now is not None)
            if (was == "program") != (now == "program"):
                self._event(ACTIVE, "InputActiveStateChanged", inputName=source, videoActive=now == "program")
        if before["program"] != self._was["program"]:
            self._event(SCENES, "CurrentProgramSceneChanged", sceneName=self._was["program"])
        if before["preview"] != self._was["preview"] and self.mixer.studio_mode:
            self._event(SCENES, "CurrentPreviewSceneChanged", sceneName=self._was["preview"])
        if self._ended:
            self._ended = False
            self._event(TRANSITION_EVENTS, "SceneTransitionVideoEnded", transitionName=self._current)
            self._event(TRANSITION_EVENTS, "SceneTransitionEnded", transitionName=self._current)

    def _output_event(self, output: OutputName, state: str, active: bool) -> None:
        self._event(
            OUTPUTS_EVENTS,
            f"{output.capitalize()}StateChanged",
            outputActive=active and state != "STARTING",
            outputState=f"OBS_WEBSOCKET_OUTPUT_{state}",
        )

    def _event(self, intent: int, name: str, **fields: Any) -> None:
        for peer, state in self._peers.items():
            if state.identified and state.events & intent:
                self._say(peer, 5, {"eventType": name, "eventIntent": intent, "eventData": fields})

    def _say(self, peer: Hashable, op: int, d: dict[str, Any]) -> None:
        self._out.append((peer, json.dumps({"op": op, "d": d})))

    def _close(self, peer: Hashable, code: int) -> None:
        self._out.append((peer, code))

    def _sent(self) -> Outgoing:
        out, self._out = self._out, []
        return out

    # --- questions ---

    def _scene_list(self, _: dict[str, Any]) -> dict[str, Any]:
        names = list(self.mixer.sources)
        return {
            "currentProgramSceneName": self.mixer.program,
            "currentPreviewSceneName": self.mixer.preview if self.mixer.studio_mode else None,
            "scenes": [{"sceneIndex": index, "sceneName": name} for index, name in enumerate(reversed(names))],
        }

    def _items(self, data: dict[str, Any]) -> dict[str, Any]:
        scene = self._scene(data)
        names = [*self.mixer.shows.get(scene, ()), self._inputs[scene]]
        return {
            "sceneItems": [
                {
                    "sceneItemId": number,
                    "sourceName": name,
                    "sceneItemEnabled": True,
                    "isGroup": None,
                    "inputKind": "color_source_v3" if name == self._inputs[scene] else None,
                }
                for number, name in enumerate(names, 1)
            ]
        }

    def _activity(self, data: dict[str, Any]) -> dict[str, Any]:
        name = data.get("sourceName")
        if name not in self._inputs.values() and name not in self.mixer.sources:
            raise _Refused(600, f"No source was found by the name of `{name}`.")
        bus = self._snapshot()["lit"].get(name)
        return {"videoActive": bus == "program", "videoShowing": bus is not None}

    def _transition_list(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "currentSceneTransitionName": self._current,
            "currentSceneTransitionKind": TRANSITIONS[self._current],
            "transitions": [
                {"transitionName": name, "transitionKind": kind, "transitionFixed": name == "Cut"}
                for name, kind in TRANSITIONS.items()
            ],
        }

    def _transition(self, _: dict[str, Any]) -> dict[str, Any]:
        fixed = self._current == "Cut"
        return {
            "transitionName": self._current,
            "transitionKind": TRANSITIONS[self._current],
            "transitionFixed": fixed,
            "transitionDuration": None if fixed else self._length,
        }

    def _override(self, data: dict[str, Any]) -> dict[str, Any]:
        name, length = self._overrides.get(self._scene(data)) or (None, None)
        return {"transitionName": name, "transitionDuration": length}

    def _preview_scene(self, _: dict[str, Any]) -> dict[str, Any]:
        self._studio()
        return {"currentPreviewSceneName": self.mixer.preview}


def _events(d: dict[str, Any]) -> int:
    wanted = d.get("eventSubscriptions", EVENTS & 0x7FF)
    return wanted if isinstance(wanted, int) else 0


_ANSWERS: dict[str, Callable[[ObsEnd, dict[str, Any]], dict[str, Any]]] = {
    "GetVersion": lambda _end, _data: {
        "obsVersion": OBS_VERSION,
        "obsWebSocketVersion": VERSION,
        "rpcVersion": 1,
        "availableRequests": [],
        "supportedImageFormats": ["jpg", "png"],
        "platform": "simulated",
        "platformDescription": "simulated",
    },
    "GetStudioModeEnabled": lambda end, _data: {"studioModeEnabled": end.mixer.studio_mode},
    "GetSceneList": ObsEnd._scene_list,
    "GetSceneItemList": ObsEnd._items,
    "GetGroupList": lambda _end, _data: {"groups": []},
    "GetInputList": lambda end, _data: {
        "inputs": [
            {"inputName": name, "inputKind": "color_source_v3", "unversionedInputKind": "color_source"}
            for name in end._inputs.values()
        ]
    },
    "GetSourceActive": ObsEnd._activity,
    "GetSceneTransitionList": ObsEnd._transition_list,
    "GetCurrentSceneTransition": ObsEnd._transition,
    "GetSceneSceneTransitionOverride": ObsEnd._override,
    "GetCurrentProgramScene": lambda end, _data: {"currentProgramSceneName": end.mixer.program},
    "GetCurrentPreviewScene": ObsEnd._preview_scene,
    "GetVideoSettings": lambda _end, _data: {
        "fpsNumerator": 50, "fpsDenominator": 1, "baseWidth": 1920, "baseHeight": 1080,
        "outputWidth": 1920, "outputHeight": 1080,
    },
    "GetStreamStatus": lambda end, _data: {"outputActive": end.mixer.outputs["stream"], "outputDuration": 0},
    "GetRecordStatus": lambda end, _data: {"outputActive": end.mixer.outputs["record"], "outputDuration": 0},
    "GetStreamServiceSettings": lambda _end, _data: {
        "streamServiceType": "rtmp_custom", "streamServiceSettings": {"server": "rtmp://127.0.0.1/live", "key": "x"},
    },
    "GetStats": lambda _end, _data: {"availableDiskSpace": 100_000.0, "activeFps": 50.0},
    "GetSceneCollectionList": lambda _end, _data: {
        "currentSceneCollectionName": "Simulated", "sceneCollections": ["Simulated"]
    },
}  # fmt: skip
