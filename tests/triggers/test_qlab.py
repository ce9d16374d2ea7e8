"""QLab's dictionary on a show of cameras: what is asked, what is done, what is answered."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from cuelang.protocols import qlab
from tests.triggers.osc_house import GUARDED, Guest, House, after, at_house


async def ids(guest: Guest) -> dict[str, str]:
    (cue_list,) = await guest.data("/cueLists")
    return {cue["number"]: cue["uniqueID"] for cue in cue_list["cues"]} | {"list": cue_list["uniqueID"]}


# --- sessions ----------------------------------------------------------------------------------------------


def test_a_session_begins_as_with_qlab() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        assert (await guest.data("/version")).startswith("5.")
        (workspace,) = await guest.data("/workspaces")
        assert workspace["displayName"] == "Twelfth Night" and workspace["udpReplyPort"] == 53001
        assert str(UUID(workspace["uniqueID"])).upper() == workspace["uniqueID"]
        assert await guest.data("/connect") == "ok:view|edit|control"
        assert await guest.data(f"/workspace/{workspace['uniqueID']}/connect") == "ok:view|edit|control"
        assert await guest.data("/workspace/Twelfth_Night/thump") == "thump"
        assert (await guest.reply("/workspace/Macbeth/cueLists"))["status"] == "error"
        assert (await guest.reply("/thump"))["workspace_id"] == workspace["uniqueID"]

    at_house(act)


def test_actions_are_answered_only_when_that_is_asked_for() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        assert await guest.ask("/go") == []
        assert await guest.ask("/alwaysReply", 1) != []
        assert (await guest.reply("/stop"))["status"] == "ok"
        assert (await guest.reply("/cue/2/start"))["status"] == "ok"
        await guest.ask("/alwaysReply", 0)
        assert await guest.ask("/panic") == []
        assert (await guest.reply("/no/such/thing"))["status"] == "error"

    at_house(act)


def test_an_answer_says_what_became_of_the_request() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        await guest.ask("/alwaysReply", 1)
        assert (await guest.reply("/go"))["status"] == "ok"
        again = await guest.reply("/go")
        assert again["status"] == "error" and again["data"].startswith(("duplicate: ", "window: "))
        assert (await guest.reply("/cue/77/start"))["data"] == "no_cue: there is no cue 77"
        assert (await guest.reply("/cue/20/start"))["data"] == "refused: disabled"
        await guest.ask("/alwaysReply", 0)
        assert await guest.ask("/cue/20/go") == []

    at_house(act)


def test_an_own_reply_format() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        await guest.ask("/replyFormat", "#address# is #data#")
        space, cue = house.door._qlab.space.id, house.door._qlab.space.ids["2"]
        said = f'/workspace/{space}/cue_id/{cue}/number is "2"'
        assert await guest.ask("/cue/2/number") == [("/reply/cue/2/number", [said])]

    at_house(act)


def test_what_another_server_says_is_never_answered() -> None:
    async def act(house: House) -> None:
        for address in ("/reply/go", "/update/workspace/x", "/qlab/event/workspace/go", "/cuelang/standby"):
            assert await Guest(house).ask(address, "x") == []

    at_house(act)


def test_a_trigger_of_the_sheet_comes_before_qlab() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        await guest.ask("/cue/5/start")
        await guest.ask("/version")
        await guest.ask("/ready")
        assert await guest.ask("/ready") == []
        assert house.verdicts == ["go 1 fired"]

    at_house(act, 'cue 1\n    on osc "/cue/5/start"\n    wait for osc "/ready"\n')


# --- who may ---------------------------------------------------------------------------------------------------


def test_without_the_passcode_everything_is_denied_and_every_trigger_has_its_verdict() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        assert await guest.data("/connect") == "badpass"
        assert (await guest.reply("/cueLists"))["status"] == "denied"
        assert (await guest.reply("/go"))["status"] == "denied"
        assert (await guest.reply("/updates", 1))["status"] == "denied"
        assert await guest.data("/version") == qlab.VERSION
        await after(2)
        await guest.ask("/cue/2/stop")
        assert house.verdicts == ["go refused", "stop 2 refused"]
        assert await guest.data("/connect", "5577") == "ok:view|edit|control"
        assert len(await guest.data("/cueLists")) == 1
        await guest.ask("/disconnect")
        assert (await guest.reply("/cueLists"))["status"] == "denied"

    at_house(act, port=GUARDED, environ={"OSC_PASSCODE": "5577"})


def test_guessing_becomes_slower_and_slower() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        waits = []
        for _ in range(8):
            assert await guest.data("/connect", "guess") == "badpass"
            began = waited = 0.0
            while waited < 100:
                await after(0.5)
                waited += 0.5
                if house.gate._tries["10.0.0.7"][1] <= house.executor._clock.now():
                    break
                assert await Guest(house).data("/connect", "5577") == "badpass"
            waits.append(waited - began)
        assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
        assert await guest.data("/connect", "5577") == "ok:view|edit|control"
        assert any("wrong passcode for" in text for text in house.problems) and len(house.problems) < 30

    at_house(act, port=GUARDED, environ={"OSC_PASSCODE": "5577"})


def test_rights_are_those_of_the_passcode_and_panic_is_nobodys_privilege() -> None:
    async def act(house: House) -> None:
        viewer, driver = Guest(house), Guest(house)
        assert await viewer.data("/connect", "1111") == "ok:view"
        assert await driver.data("/connect", "2222") == "ok:control"
        assert (await viewer.reply("/go"))["status"] == "denied"
        assert (await viewer.reply("/cue/2/start"))["status"] == "denied"
        assert len(await viewer.data("/cueLists")) == 1
        assert (await driver.reply("/cueLists"))["status"] == "denied"
        assert (await driver.reply("/listen"))["status"] == "denied"
        await driver.ask("/go")
        await viewer.ask("/cue/1/stop")
        await viewer.ask("/panic")
        assert house.verdicts == ["go refused", "start 2 refused", "go fired", "stop 1 fired", "panic fired"]

    at_house(act, port=GUARDED, environ={"OSC_PASSCODE": "5577, 1111:view, 2222:control"})


# --- actions -----------------------------------------------------------------------------------------------

ACTIONS = [
    ("/go", (), ["go"]), ("/go", ("2",), ["go 2"]), ("/go/2.50", (), ["go 2.5"]), ("/stop", (), ["stop"]),
    ("/hardStop", (), ["stop"]), ("/panic", (), ["panic"]), ("/panicInTime", (2.5,), ["panic"]),
    ("/reset", (), ["stop", "standby 1"]), ("/playhead/2", (), ["standby 2"]), ("/playhead/next", (), ["standby next"]),
    ("/playhead/nextSequence", (), ["standby next"]), ("/select/2.5", (), ["standby 2.5"]),
    ("/select/next", (), ["standby next"]), ("/cue/2/start", (), ["start 2"]), ("/cue/2/go", (), ["go 2"]),
    ("/cue/2/preview", (), ["start 2"]), ("/cue/start", ("2",), ["start 2"]), ("/cue/2/stop", (), ["stop 2"]),
    ("/cue/2/hardStop", (), ["stop 2"]), ("/cue/2/panic", (), ["stop 2"]), ("/cue/2/panicInTime", (1,), ["stop 2"]),
    ("/cue/2/reset", (), ["stop 2"]), ("/cue/2/load", (), []), ("/cue/2/loadAndSetPlayhead", (), ["standby 2"]),
    ("/cue/selected/start", (), ["start 1"]), ("/cue/playhead/go", (), ["go 1"]), ("/cue/2.?/start", (), ["start 2.5"]),
    ("/cue/2*/stop", (), ["stop 2", "stop 2.5", "stop 20"]), ("/cue/2*/start", (), ["start"]),
    ("/cue/77/start", (), ["start 77"]), ("/cue/seven/start", (), ["start"]),
    ("/cue_id/nobody/start", (), ["start"]),
]  # fmt: skip


@pytest.mark.parametrize(("address", "arguments", "asked"), ACTIONS, ids=lambda value: str(value))
def test_an_action_becomes_a_request(address: str, arguments: tuple[Any, ...], asked: list[str]) -> None:
    async def act(house: House) -> None:
        await Guest(house).ask(address, *arguments)
        assert [text.rpartition(" ")[0] for text in house.verdicts] == asked
        bad = address in ("/cue/77/start", "/cue/seven/start", "/cue_id/nobody/start")
        assert all(text.endswith("no_cue") for text in house.verdicts) is (bad or not asked)

    at_house(act)


def test_cues_and_the_list_have_ids_that_serve_for_everything() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        id_of = await ids(guest)
        (workspace,) = await guest.data("/workspaces")
        head = f"/workspace/{workspace['uniqueID']}"
        await guest.ask(f"{head}/cue_id/{id_of['2']}/start")
        await guest.ask(f"/cue_id/{id_of['2'].lower()}/pause")
        await guest.ask(f"/playheadID/{id_of['2.5']}")
        await guest.ask(f"/cue_id/{id_of['list']}/go")
        await guest.ask(f"/cue_id/{id_of['list']}/playhead/previous")
        await guest.ask(f"{head}/cue_id/{id_of['list']}/panic")
        assert house.verdicts == [
            "start 2 fired", "pause 2 fired", "standby 2.5 fired", "go fired", "back fired", "panic fired"
        ]  # fmt: skip

    at_house(act)


def test_pause_can_be_toggled_and_one_cue_can_be_alone() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        await guest.ask("/cue/1/start")
        await guest.ask("/cue/1/togglePause")
        await after(1)
        await guest.ask("/cue/1/togglePause")
        await after(1)
        await guest.ask("/cue/2/soloCueInTime", 3)
        assert house.verdicts == ["start 1 fired", "pause 1 fired", "resume 1 fired", "stop 1 fired", "start 2 fired"]

    at_house(act)


@pytest.mark.parametrize(
    ("address", "verdicts"),
    [
        ("/auditionGo", ["start refused"]), ("/cue/2/loadAt", ["start refused"]), ("/cue/2/name", []),
        ("/cue/2/auditionPreview", ["start refused"]), ("/showMode", []), ("/overrides/midi", []),
        ("/playhead/none", ["standby refused"]),
    ],
)  # fmt: skip
def test_what_cameras_cannot_do_and_what_would_change_the_sheet_is_an_error(address: str, verdicts: list[str]) -> None:
    async def act(house: House) -> None:
        assert (await Guest(house).reply(address, 1))["status"] == "error"
        assert house.verdicts == verdicts

    at_house(act)


def test_a_button_that_is_let_go_asks_for_nothing_but_a_stop() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        for address in ("/go", "/cue/2/start", "/playhead/next", "/cue/2/stop", "/panic"):
            await guest.ask(address, False)
        assert house.verdicts == ["stop 2 refused", "panic fired"]

    at_house(act)


def test_the_same_cue_by_two_ways_within_debounce_is_a_duplicate() -> None:
    async def act(house: House) -> None:
        udp, tcp = Guest(house, "osc udp 10.0.0.7:1"), Guest(house)
        await udp.ask("/cue/2/start")
        await tcp.ask("/cue/2/start")
        house.ears.datagram_received(b"/cue/2/start\0\0\0\0,\0\0\0", ("10.0.0.9", 7))
        assert house.verdicts == ["start 2 fired", "start 2 duplicate", "start 2 duplicate"]

    at_house(act)


# --- readings ------------------------------------------------------------------------------------------------


def test_the_cue_list_and_its_forms() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        (cue_list,) = await guest.data("/cueLists")
        assert (cue_list["type"], cue_list["name"]) == ("Cue List", "Twelfth Night")
        assert [(cue["number"], cue["listName"], cue["armed"]) for cue in cue_list["cues"]] == [
            ("1", "If music be the food of love", True), ("2", "Orsino, close", True), ("2.5", "Viola", True),
            ("20", "Cue 20", False),
        ]  # fmt: skip
        (shallow,) = await guest.data("/cueLists/shallow")
        assert "cues" not in shallow and shallow["uniqueID"] == cue_list["uniqueID"]
        (only,) = await guest.data("/cueLists/uniqueIDs")
        assert only["cues"] == [{"uniqueID": cue["uniqueID"], "cues": []} for cue in cue_list["cues"]]
        assert await guest.data(f"/cue_id/{only['uniqueID']}/children") == cue_list["cues"]
        assert await guest.data("/selectedCues/uniqueIDs") == only["cues"][:1]

    at_house(act)


def test_a_running_cue_can_be_watched() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        assert (await guest.reply("/cue/active/valuesForKeys", '["number"]'))["status"] == "error"
        await guest.ask("/cue/2/start")
        await after(2.5)
        keys = '["number","isRunning","isPaused","actionElapsed","percentActionElapsed","duration","continueMode"]'
        assert await guest.data("/cue/active/valuesForKeys", keys) == {
            "number": "2", "isRunning": True, "isPaused": False, "actionElapsed": 2.5, "percentActionElapsed": 0.25,
            "duration": 10.0, "continueMode": 2,
        }  # fmt: skip
        await guest.ask("/cue/2/pause")
        assert await guest.data("/cue/2/isPaused") is True and await guest.data("/cue/2/isRunning") is False
        assert await guest.data("/runningCues") == []
        assert [cue["number"] for cue in await guest.data("/runningOrPausedCues")] == ["2"]
        assert await guest.data("/cue/2/postWait") == 2.0 and await guest.data("/cue/2/notes") == "Stand by camera."

    at_house(act)


@pytest.mark.parametrize(("key", "neutral"), [*qlab.NEUTRAL.items()], ids=lambda value: str(value)[:20])
def test_every_reading_has_a_value(key: str, neutral: object) -> None:
    async def act(house: House) -> None:
        assert type(await Guest(house).data(f"/cue/2.5/{key}")) is type(neutral)

    at_house(act)


@pytest.mark.parametrize(("key", "neutral"), [*qlab.SHOW_NEUTRAL.items(), ("overrides/midiInput", True)])
def test_a_workspace_reads_as_a_fresh_one_of_qlab(key: str, neutral: object) -> None:
    async def act(house: House) -> None:
        assert await Guest(house).data(f"/{key}") == neutral

    at_house(act)


def test_the_playhead_and_the_go_window() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        id_of = await ids(guest)
        assert await guest.data("/playheadID") == id_of["1"] == await guest.data("/cue/playhead/uniqueID")
        assert await guest.data("/settings/general/minGoTime") == 0.5
        assert await guest.data("/doubleGoWindowRemaining") == 0
        await guest.ask("/go")
        await after(0.2)
        assert await guest.data("/doubleGoWindowRemaining") == pytest.approx(0.3, abs=0.01)
        assert await guest.data("/playhead") == "2" and await guest.data("/showMode") is False
        assert await guest.data(f"/cue_id/{id_of['list']}/playbackPositionID") == id_of["2"]
        house.executor.screens.lock(True)
        assert await guest.data("/showMode") is True

    at_house(act)


def test_a_pattern_reads_every_cue_that_it_means() -> None:
    async def act(house: House) -> None:
        replies = await Guest(house).ask("/cue/2*/number")
        assert [address for address, _ in replies] == ["/reply/cue/2*/number"] * 3

    at_house(act)


@pytest.mark.parametrize("keys", ["", "{", "[" * 5000, '"number"', "[1, null, [], {}]"])
def test_keys_that_are_none(keys: str) -> None:
    async def act(house: House) -> None:
        assert (await Guest(house).reply("/cue/2/valuesForKeys", keys))["status"] in ("ok", "error")

    at_house(act)


# --- updates and events --------------------------------------------------------------------------------------


def test_who_asked_for_updates_is_told_what_to_ask_again() -> None:
    async def act(house: House) -> None:
        guest, other = Guest(house), Guest(house)
        house.ears._clients.client = lambda *_: guest.client  # type: ignore[method-assign]
        house.door.clients = lambda: [guest.client, other.client]  # type: ignore[method-assign]
        house.door._announcer._clients = house.door.clients
        id_of, space = await ids(guest), house.door._qlab.space.id
        assert await guest.data("/updates") is False
        assert await guest.ask("/updates", 1) == []
        head = f"/update/workspace/{space}"
        assert await guest.ask("/go") == [
            (f"{head}/cue_id/{qlab.ROOT_LIST}", []), (f"{head}/cue_id/{id_of['1']}", []),
            (f"{head}/cueList/{id_of['list']}/playbackPosition", [id_of["2"]]),
        ]  # fmt: skip
        guest.packets.clear()
        await after(5)
        assert guest.got == [(f"{head}/cue_id/{id_of['1']}", [])]
        assert other.packets == []
        guest.packets.clear()
        house.door.reload(house.plan)
        assert guest.got == [(head, []), (f"{head}/cue_id/{id_of['list']}", [])]
        guest.packets.clear()
        house.door._announcer.close()
        assert guest.got == [(f"{head}/disconnect", [])]

    at_house(act)


def test_who_listens_hears_of_events() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        house.door._announcer._clients = lambda: [guest.client]
        assert (await guest.reply("/listen/nonsense"))["status"] == "error"
        await guest.ask("/listen/go")
        await guest.ask("/listen/playhead/number")
        id_of = house.door._qlab.space.ids
        event = "/qlab/event/workspace"
        assert await guest.ask("/go") == [
            (f"{event}/go", ["1", "If music be the food of love", id_of["1"], "Camera"]),
            (f"{event}/playhead/number", ["2"]),
        ]  # fmt: skip
        assert await guest.ask("/cue/2/start") == []
        await guest.ask("/stopListening")
        await guest.ask("/listen")
        assert [address for address, _ in await guest.ask("/panic")] == [
            f"{event}/panicAll", f"{event}/cue/stop", f"{event}/cue/stop"
        ]  # fmt: skip

    at_house(act)


# --- buttons -----------------------------------------------------------------------------------------------


def test_a_button_that_is_pressed_and_let_go_asks_once() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        workspace = (await guest.data("/workspaces"))[0]["uniqueID"]
        known = await ids(guest)
        for address in (
            "/go",
            "/cue/2/start",
            f"/cue_id/{known['2.5']}/start",
            f"/workspace/{workspace}/pause",
            "/resume",
            f"/cue_id/{known['list']}/playhead/next",
            "/playhead/1",
            f"/cue_id/{known['list']}/go",
        ):
            for value in (1.0, 0.0):
                await guest.ask(address, value)
                await after(1)
        assert house.verdicts == [
            "go fired", "start 2 fired", "start 2.5 fired", "pause fired", "resume fired", "standby next fired",
            "standby 1 fired", "go fired",
        ]  # fmt: skip
        assert not [text for text in house.problems if "taken as the cue" in text]

    at_house(act)


# --- as Cue View and Companion ask -------------------------------------------------------------------------


def test_a_cue_is_called_for_what_it_is_after_cue_id_too() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        known = await ids(guest)
        assert await guest.ask("/cue_id/active/preWaitElapsed") == [], "nothing is active, and that is no error"
        assert await guest.data("/cue_id/playhead/number") == "1" == await guest.data("/cue_id/selected/number")
        await guest.ask("/go")
        assert await guest.data("/cue_id/active/preWaitElapsed") == 0.0
        await guest.ask("/cue/2/start")
        replies = [json.loads(text) for _, (text,) in await guest.ask("/cue_id/active/actionElapsed")]
        assert [reply["status"] for reply in replies] == ["ok", "ok"]
        workspace = replies[0]["workspace_id"]
        assert [reply["address"] for reply in replies] == [
            f"/workspace/{workspace}/cue_id/{known[number]}/actionElapsed" for number in ("1", "2")
        ]
        await guest.ask("/cue_id/active/pause")
        assert house.verdicts[-2:] == ["pause 1 fired", "pause 2 fired"]

    at_house(act)


@pytest.mark.parametrize("asked", ["/cue/2/armed", "/cue/selected/armed", "/cue/2?/armed", "/cue_id/playhead/armed"])
def test_the_address_in_a_reading_names_workspace_and_cue(asked: str) -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        known = await ids(guest)
        await guest.ask("/playhead/2")
        for prefix in ("", f"/workspace/{house.door._qlab.space.id}"):
            found = await guest.reply(prefix + asked)
            number = "20" if "?" in asked else "2"
            assert found["address"] == f"/workspace/{found['workspace_id']}/cue_id/{known[number]}/armed"

    at_house(act)


def test_a_cue_list_before_the_cue() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        known = await ids(guest)
        assert await guest.data(f"/cue_id/{known['list']}/cue/2/number") == "2"
        for address in ("cue/1/start", "cue/active/togglePause", "cue/active/togglePause", "cue/1/panic"):
            await guest.ask(f"/cue_id/{known['list']}/{address}")
            await after(0.5)
        assert house.verdicts == ["start 1 fired", "pause 1 fired", "resume 1 fired", "stop 1 fired"]

    at_house(act)


KEYS = (
    '["uniqueID","number","name","listName","isBroken","isRunning","isLoaded","isFlagged","type","children","preWait",'
    '"postWait","duration","colorName","continueMode","mode","parent","cartRows","cartColumns","cartPosition",'
    '"displayName","preWaitElapsed","actionElapsed","postWaitElapsed","isPaused","currentCueTarget","armed"]'
)


def test_every_key_that_cue_view_asks_for_is_there() -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        known = await ids(guest)
        wanted = set(json.loads(KEYS))
        for one in (known["2"], known["list"], qlab.ROOT_LIST):
            values = await guest.data(f"/cue_id/{one}/valuesForKeys", KEYS)
            assert values.keys() == wanted and values["uniqueID"] == one
        of_the_list = await guest.data(f"/cue_id/{known['list']}/valuesForKeys", KEYS)
        assert [child["number"] for child in of_the_list["children"]] == ["1", "2", "2.5", "20"]
        root = await guest.data(f"/cue_id/{qlab.ROOT_LIST}/valuesForKeys", KEYS)
        assert [child["uniqueID"] for child in root["children"]] == [known["list"]] and root["parent"] == qlab.ROOT_LIST

    at_house(act)


@pytest.mark.parametrize("address", ["/cue/2/load", "/cue/2/loadAt", "/cue/2/loadActionAt"])
def test_loading_moves_no_camera(address: str) -> None:
    async def act(house: House) -> None:
        await Guest(house).ask(address, 2.5)
        await after(1)
        assert not any("locate" in text for text in house.verdicts)
        assert not [record for record in house.sink.records if record.kind in ("command", "cue")]
        assert house.executor.standby == "1"

    at_house(act)


def test_locate_is_asked_by_its_own_address() -> None:
    async def act(house: House) -> None:
        await Guest(house).ask("/locate/2")
        await after(1)
        assert house.verdicts == ["locate 2 fired"]
        assert house.executor.standby == "2"

    at_house(act)
