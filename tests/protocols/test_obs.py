"""obs-websocket against what a real OBS 29 said (`data/obs`), and an OBS of ours that answers as that one did."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands.switching import Cut, Dissolve, Native, Order, Preview, SetOutput, Take
from cuelang.protocols.obs import Obs, authentication, native
from cuelang.protocols.switcher import Accepted, Close, Finished, Note, Send, SwitcherEvent
from cuelang.units import NS

DATA = Path(__file__).parent / "data" / "obs"


def recording(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]


class Studio:
    """OBS at the other end, with a person's hand: scenes of one input each, and what it was asked."""

    def __init__(self, *, studio_mode: bool = False, program: str = "FOH", current: str = "Fade") -> None:
        self.scenes = {"FOH": ["Cam FOH"], "Left": ["Cam Left"], "Right": ["Cam Right"], "Nested": ["FOH", "Logo"]}
        self.inputs = ["Cam FOH", "Cam Left", "Cam Right", "Logo"]
        self.program, self.preview, self.studio_mode = program, "Left" if studio_mode else None, studio_mode
        self.current, self.length = current, 300
        self.overrides: dict[str, tuple[str | None, int | None]] = {}
        self.active = set(self.scenes[program])
        self.asked: list[str] = []
        self.events: list[SwitcherEvent] = []
        self.refuses: dict[str, tuple[int, str]] = {}
        self.silent: set[str] = set()
        self.holds = False
        """Transitions do not end by themselves."""
        self.now = 0
        self.obs = Obs("stagepass")
        self.pending: list[dict[str, Any]] = []
        self.take(self.obs.opened(0))
        self.says(0, {"obsWebSocketVersion": "5.1.0", "rpcVersion": 1})
        self.says(2, {"negotiatedRpcVersion": 1})
        assert self.obs.state.ready
        self.asked.clear()
        self.events.clear()

    def says(self, op: int, d: dict[str, Any]) -> None:
        self.take(self.obs.receive(json.dumps({"op": op, "d": d}), self.now))

    def event(self, name: str, **fields: Any) -> None:
        self.says(5, {"eventType": name, "eventData": fields})

    def take(self, events: list[SwitcherEvent]) -> None:
        for event in events:
            if not isinstance(event, Send):
                self.events.append(event)
                continue
            message = json.loads(event.data)
            if message["op"] == 6:
                self.pending.append(message["d"])
        while self.pending:
            self.answer(self.pending.pop(0))

    def answer(self, d: dict[str, Any]) -> None:
        name, data = d["requestType"], d.get("requestData", {})
        values = [str(value) for key, value in data.items() if value is not None]
        if not name.startswith("Get"):
            self.asked.append(" ".join([name, *values]))
        if name in self.silent:
            return
        code, comment = self.refuses.get(name, (100, ""))
        told = self.do(name, data) if code == 100 else {}
        response = {"requestType": name, "requestId": d["requestId"], "responseData": told}
        self.says(7, {**response, "requestStatus": {"result": code == 100, "code": code, "comment": comment}})

    def do(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        kinds = {"Cut": "cut_transition", "Fade": "fade_transition", "Swipe": "swipe_transition"}
        match name:
            case "GetStudioModeEnabled":
                return {"studioModeEnabled": self.studio_mode}
            case "GetCurrentProgramScene":
                return {"currentProgramSceneName": self.program}
            case "GetSceneList":
                return {
                    "currentProgramSceneName": self.program,
                    "currentPreviewSceneName": self.preview,
                    "scenes": [{"sceneName": each} for each in self.scenes],
                }
            case "GetInputList":
                return {"inputs": [{"inputName": each, "unversionedInputKind": "v4l2"} for each in self.inputs]}
            case "GetSceneItemList":
                return {
                    "sceneItems": [
                        {"sourceName": each, "sceneItemEnabled": True}
                        for each in self.scenes.get(data["sceneName"], [])
                    ]
                }
            case "GetSourceActive":
                on = data["sourceName"] in self.active
                return {"videoActive": on, "videoShowing": on}
            case "GetSceneTransitionList":
                return {
                    "transitions": [
                        {"transitionName": each, "transitionKind": kind, "transitionFixed": each == "Cut"}
                        for each, kind in kinds.items()
                    ]
                }
            case "GetCurrentSceneTransition":
                length = None if self.current == "Cut" else self.length
                return {
                    "transitionName": self.current,
                    "transitionKind": kinds[self.current],
                    "transitionDuration": length,
                }
            case "GetVideoSettings":
                return {"fpsNumerator": 30, "fpsDenominator": 1}
            case "GetStreamStatus" | "GetRecordStatus":
                return {"outputActive": False}
            case "GetSceneSceneTransitionOverride":
                own, length = self.overrides.get(data["sceneName"], (None, None))
                return {"transitionName": own, "transitionDuration": length}
            case "SetSceneSceneTransitionOverride":
                self.overrides[data["sceneName"]] = (data["transitionName"], data["transitionDuration"])
            case "SetCurrentSceneTransition":
                self.current = data["transitionName"]
                self.event("CurrentSceneTransitionChanged", transitionName=self.current)
            case "SetCurrentSceneTransitionDuration":
                self.length = data["transitionDuration"]
            case "SetCurrentPreviewScene":
                self.preview = data["sceneName"]
                self.event("CurrentPreviewSceneChanged", sceneName=self.preview)
            case "SetCurrentProgramScene":
                self.goes(data["sceneName"])
            case "TriggerStudioModeTransition":
                old, new = self.program, self.preview
                assert new is not None
                self.goes(new)
                self.preview = old
                self.event("CurrentPreviewSceneChanged", sceneName=old)
        return {}

    def goes(self, scene: str) -> None:
        self.event("SceneTransitionStarted", transitionName=self.current)
        self.target = scene
        if not self.holds:
            self.ends()

    def ends(self) -> None:
        self.program = self.target
        self.event("CurrentProgramSceneChanged", sceneName=self.program)
        self.event("SceneTransitionEnded", transitionName=self.current)

    def order(self, order: Order, key: str = "order") -> None:
        self.take(self.obs.do(key, order, self.now))

    def passes(self, seconds: float) -> None:
        end = self.now + round(seconds * NS)
        while (due := self.obs.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self.take(self.obs.wake(self.now))
        self.now = end

    def outcome(self, key: str = "order") -> Finished | None:
        return next((event for event in self.events if isinstance(event, Finished) and event.key == key), None)


# --- recorded ---


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.jsonl") if "wrong" not in path.stem))
def test_the_password_sum_is_what_obs_takes(name: str) -> None:
    rows = [row["msg"] for row in recording(name) if isinstance(row.get("msg"), dict)]
    hellos = [row["d"]["authentication"] for row in rows if row["op"] == 0]
    sums = [row["d"]["authentication"] for row in rows if row["op"] == 1 and "authentication" in row["d"]]
    for asked, told in zip(hellos, sums, strict=False):
        assert authentication("stagepass", asked["salt"], asked["challenge"]) == told


@pytest.mark.parametrize("path", sorted(DATA.glob("*.tally.json")), ids=lambda path: path.name[:24])
def test_a_recorded_evening_gives_the_tally_that_obs_told(path: Path) -> None:
    """Whenever nothing has changed for a moment, every input is what the recording says it is."""
    wanted = json.loads(path.read_text())["timeline"]
    rows = [
        row
        for row in recording(path.name.removesuffix(".tally.json"))
        if isinstance(row.get("msg"), dict) and row["msg"]["op"] == 5
    ]
    first = rows[0]["t"] if rows else float("inf")
    obs = Obs()
    obs._says(studio_mode=any(row["state"] == "preview" for row in wanted))
    for row in wanted:
        if row["t"] < first:
            obs._active[row["input"]] = row["state"] == "program"
            obs._showing[row["input"]] = row["state"] in ("program", "preview")
    obs._lamps()
    times = sorted({row["t"] for row in wanted if row["t"] >= first} | {rows[-1]["t"] + 1 if rows else 0.0})
    quiet = [(a + b) / 2 for a, b in pairwise(times) if b - a > 0.062]
    for moment in quiet:
        while rows and rows[0]["t"] <= moment:
            obs.receive(json.dumps(rows.pop(0)["msg"]), round(moment * NS))
        right = {row["input"]: row["state"] for row in wanted if row["t"] <= moment}
        seen = {name: obs.state.tally.get(name, "off") for name in right}
        silent = ("off", "gone") if obs.state.studio_mode else ("off", "gone", "preview")
        assert seen == {name: "off" if state in silent else state for name, state in right.items()}, moment


# --- connecting ---


def test_a_password_that_nobody_gave_is_said() -> None:
    obs = Obs(None)
    obs.opened(0)
    hello = recording("01-identify-right-password")[0]["msg"]
    assert obs.receive(json.dumps(hello), 0) == [Close("OBS requires a password, and the sheet has none", again=False)]


@pytest.mark.parametrize(
    "said", ["Request served by 4d896d95", '{"jsonrpc": "2.0"}', '{"op": 0}', "[1, 2]", b"\xff\xfe"], ids=repr
)
def test_a_websocket_server_that_is_not_obs_is_called_that(said: str | bytes) -> None:
    obs = Obs(None)
    obs.opened(0)
    (close,) = obs.receive(said, 1)
    assert isinstance(close, Close) and close.reason.startswith("a WebSocket server is there, but not OBS: it says “")
    assert not close.again and obs.receive(said, 2) == []


def test_a_websocket_server_that_says_nothing_does_not_greet_as_obs_does() -> None:
    obs = Obs(None)
    obs.opened(0)
    assert obs.deadline == 3 * NS
    assert obs.wake(3 * NS) == [Close("a WebSocket server is there, but it does not greet as OBS 28 and later do")]


def test_rubbish_of_an_obs_that_has_greeted_is_let_pass() -> None:
    obs = Obs(None)
    obs.opened(0)
    obs.receive(json.dumps(recording("01-identify-right-password")[0]["msg"]), 0)
    assert obs.receive("rubbish", 1) == []


def test_a_wrong_password_is_not_tried_again() -> None:
    assert Obs.closing(4009) == Close("the password is wrong", again=False)
    assert Obs.closing(1006) is None


def test_an_obs_that_does_not_answer_is_connected_anew() -> None:
    studio = Studio()
    studio.silent.add("GetSceneSceneTransitionOverride")
    studio.order(Cut("Left"))
    studio.passes(1.1)
    assert studio.outcome() == Finished("order", "unreachable", "the switcher does not respond")
    studio.passes(2)
    assert Close("OBS does not respond") in studio.events


# --- orders ---


def test_a_cut_borrows_the_transition_and_gives_it_back_when_the_cut_has_ended() -> None:
    studio = Studio(current="Fade")
    studio.holds = True
    studio.order(Cut("Left"))
    assert studio.asked == ["SetCurrentSceneTransition Cut", "SetCurrentProgramScene Left"]
    assert Accepted("order") in studio.events and studio.outcome() is None
    studio.ends()
    assert studio.outcome() == Finished("order", "completed")
    assert studio.asked[2:] == ["SetCurrentSceneTransition Fade"]


def test_a_cut_that_never_ends_has_failed_and_nothing_is_put_back() -> None:
    studio = Studio(current="Fade")
    studio.holds = True
    studio.order(Cut("Left"))
    studio.passes(2.1)
    assert studio.outcome() == Finished("order", "timed_out", "OBS did not report the end of the transition to “Left”")
    assert studio.asked[-1] == "SetCurrentProgramScene Left"


def test_a_cut_to_what_is_on_program_sends_nothing() -> None:
    studio = Studio()
    studio.order(Cut("FOH"))
    assert studio.asked == [] and studio.outcome() == Finished("order", "completed")


def at_the_end_of_a_cut_that_is_not_reported() -> Studio:
    """OBS has said that the transition to Left has ended, and not yet that Left is on program: a tenth of a second on a
    machine that has much to do."""
    studio = Studio(current="Cut")
    studio.holds = True
    studio.order(Cut("Left"), "there")
    studio.program = "Left"
    studio.event("SceneTransitionEnded", transitionName="Cut")
    studio.holds = False
    studio.asked.clear()
    return studio


@pytest.mark.parametrize("back", [Cut("FOH"), Dissolve("FOH", NS)])
def test_back_to_the_old_program_before_the_new_one_was_reported(back: Order) -> None:
    studio = at_the_end_of_a_cut_that_is_not_reported()
    studio.order(back, "back")
    assert "SetCurrentProgramScene FOH" in studio.asked and studio.outcome("back") == Finished("back", "completed")
    assert studio.program == studio.obs.state.program == "FOH"


def test_what_was_asked_for_and_is_on_program_needs_no_second_cut() -> None:
    studio = at_the_end_of_a_cut_that_is_not_reported()
    studio.event("CurrentProgramSceneChanged", sceneName="Left")
    studio.order(Cut("Left"), "again")
    assert studio.asked == [] and studio.outcome("again") == Finished("again", "completed")


def test_an_obs_that_does_not_say_what_is_on_program_is_unreachable() -> None:
    studio = at_the_end_of_a_cut_that_is_not_reported()
    studio.silent.add("GetCurrentProgramScene")
    studio.order(Cut("FOH"), "back")
    studio.passes(1.1)
    assert studio.outcome("back") == Finished("back", "unreachable", "the switcher does not respond")


def test_a_scene_with_a_transition_of_its_own_is_cut_to_and_has_it_again() -> None:
    studio = Studio(current="Cut")
    studio.overrides["Left"] = ("Fade", 600)
    studio.order(Cut("Left"))
    assert studio.asked == [
        "SetSceneSceneTransitionOverride Left",
        "SetCurrentProgramScene Left",
        "SetSceneSceneTransitionOverride Left Fade 600",
    ]


def test_a_dissolve_has_its_length_and_the_persons_length_comes_back() -> None:
    studio = Studio(current="Cut")
    studio.order(Dissolve("Left", NS))
    assert studio.asked == [
        "SetCurrentSceneTransition Fade",
        "SetCurrentSceneTransitionDuration 1000",
        "SetCurrentProgramScene Left",
        "SetCurrentSceneTransitionDuration 300",
        "SetCurrentSceneTransition Cut",
    ]


def test_a_dissolve_in_studio_mode_leaves_the_old_scene_on_preview() -> None:
    studio = Studio(studio_mode=True)
    studio.order(Dissolve("Right", NS))
    assert "SetCurrentProgramScene Right" in studio.asked and "SetCurrentPreviewScene FOH" in studio.asked
    assert (studio.program, studio.preview) == ("Right", "FOH")


def test_another_transition_is_found_by_its_name() -> None:
    studio = Studio()
    studio.order(Dissolve("Left", NS, "Swipe"))
    assert studio.asked[0] == "SetCurrentSceneTransition Swipe"
    studio.order(Dissolve("Right", NS, "Wipe"), "none")
    assert studio.outcome("none") == Finished(
        "none", "refused", "OBS has no transition “Wipe”; known: “Cut”, “Fade”, “Swipe”"
    )


def test_what_a_person_chose_meanwhile_stays() -> None:
    studio = Studio(current="Fade")
    studio.holds = True
    studio.order(Cut("Left"))
    studio.current = "Swipe"
    studio.event("CurrentSceneTransitionChanged", transitionName="Swipe")
    studio.ends()
    assert studio.current == "Swipe"


def test_a_cut_goes_into_a_running_fade_and_what_was_borrowed_first_comes_back() -> None:
    studio = Studio(current="Swipe")
    studio.holds = True
    studio.order(Dissolve("Left", NS), "fade")
    studio.order(Cut("Right"), "cut")
    assert studio.outcome("fade") == Finished("fade", "superseded", "a newer cut, dissolve or take")
    studio.ends()
    assert studio.outcome("cut") == Finished("cut", "completed")
    assert (studio.program, studio.current) == ("Right", "Swipe")


def test_a_preview_without_studio_mode_is_refused() -> None:
    studio = Studio()
    studio.order(Preview("Left"))
    assert studio.outcome() == Finished("order", "refused", "studio mode is off in OBS: there is no preview")


def test_a_take_expects_its_source_on_preview() -> None:
    studio = Studio(studio_mode=True)
    studio.order(Take("Right"))
    assert studio.outcome() == Finished("order", "refused", "Left is on preview, not Right")
    studio.order(Take("Left"), "right")
    assert studio.outcome("right") == Finished("right", "completed") and studio.program == "Left"


def test_a_scene_that_is_not_there_is_refused_by_name() -> None:
    studio = Studio()
    studio.order(Cut("Balcony"))
    assert studio.asked == [] and studio.outcome() == Finished("order", "refused", "OBS has no scene “Balcony”")


def test_a_renamed_scene_is_followed_and_said() -> None:
    studio = Studio()
    studio.event("SceneNameChanged", oldSceneName="Left", sceneName="Left wide")
    assert Note("OBS: the scene “Left” is now called “Left wide”") in studio.events
    studio.scenes["Left wide"] = studio.scenes.pop("Left")
    studio.order(Cut("Left"))
    assert "SetCurrentProgramScene Left wide" in studio.asked


def test_a_stream_that_goes_nowhere_is_not_complete() -> None:
    studio = Studio()
    studio.order(SetOutput("stream", True))
    studio.event("StreamStateChanged", outputActive=False, outputState="OBS_WEBSOCKET_OUTPUT_STARTING")
    assert studio.outcome() is None
    studio.event("StreamStateChanged", outputActive=False, outputState="OBS_WEBSOCKET_OUTPUT_STOPPED")
    assert studio.outcome() == Finished("order", "timed_out", "the stream stopped as soon as it was started")


def test_a_recording_is_complete_when_it_runs() -> None:
    studio = Studio()
    studio.order(SetOutput("record", True))
    studio.event("RecordStateChanged", outputActive=True, outputState="OBS_WEBSOCKET_OUTPUT_STARTED")
    assert studio.outcome() == Finished("order", "completed") and studio.obs.state.outputs["record"]


def test_a_request_in_its_own_words() -> None:
    studio = Studio()
    studio.order(Native('SetInputMute {"inputName": "Mic", "inputMuted": true}'))
    assert studio.asked == ["SetInputMute Mic True"] and studio.outcome() == Finished("order", "completed")
    studio.refuses["SetInputMute"] = (600, "No source was found by the name of `Mic`.")
    studio.order(Native('SetInputMute {"inputName": "Mic"}'), "no")
    assert studio.outcome("no") == Finished("no", "refused", "No source was found by the name of `Mic`")


@pytest.mark.parametrize("text", ["", "Set Mute", 'X {"a"', "X [1]", "été {}"])
def test_words_that_are_no_request(text: str) -> None:
    assert native(text)


def test_what_a_scene_shows_is_found_in_nested_scenes() -> None:
    assert Studio().obs.seen_in("Nested") == {"Cam FOH", "Logo"}


def test_another_scene_collection_is_asked_for_anew() -> None:
    studio = Studio()
    studio.event("CurrentSceneCollectionChanging", sceneCollectionName="Untitled")
    assert not studio.obs.state.ready
    studio.scenes = {"Other": ["Cam FOH"]}
    studio.program = "Other"
    studio.event("CurrentSceneCollectionChanged", sceneCollectionName="Other show")
    assert studio.obs.state.ready and studio.obs.state.names == {"Other": "Other"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "InputActiveStateChanged",
        "SceneListChanged",
        "SceneNameChanged",
        "InputNameChanged",
        "StreamStateChanged",
        "CurrentProgramSceneChanged",
        "SceneItemCreated",
        "StudioModeStateChanged",
        "InputCreated",
        "InputRemoved",
    ]
)


@given(st.lists(st.tuples(st.integers(0, 9), JSON), max_size=6))
def test_no_message_raises(messages: list[tuple[int, Any]]) -> None:
    obs = Obs("x")
    obs.opened(0)
    for op, d in messages:
        obs.receive(json.dumps({"op": op, "d": d}), 0)


@given(
    NAMES, st.dictionaries(st.sampled_from(["inputName", "sceneName", "scenes", "oldSceneName", "outputState"]), JSON)
)
def test_no_event_raises(name: str, fields: dict[str, Any]) -> None:
    studio = Studio()
    studio.event(name, **fields)


@given(st.text() | st.binary())
def test_nothing_that_comes_in_raises(data: str | bytes) -> None:
    obs = Obs("x")
    obs.opened(0)
    obs.receive(data, 0)
