"""Two machines that take over by themselves: real shows, servers and simulated cameras. Never two that send, and
nothing that may not be repeated is sent twice."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.nats_servers import needs_nats
from tests.running.twins import Machine, TcpRelay, Twins, until

pytestmark = pytest.mark.timeout(180)

LOCKED = "the show is locked (show mode)"
DRIVE = "81 01 06 01"


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    needs_nats()
    there = Twins(tmp_path)
    yield there
    print(f"a:\n{there.a.said}\nb:\n{there.b.said}")
    there.close()


def relative(twins: Twins) -> list[str]:
    """The frames of relative moves that came to the camera."""
    return [frame for _, _, frame in twins.relay.commands if frame.startswith("81 01 06 03")]


def sends(twins: Twins, one: Machine, count: int) -> None:
    """This machine is the one that sends, the camera's sender number `count`. One that has too much to do may have lost
    its first ramp."""

    def sent() -> bool:
        one.ask("start", cue="3")
        time.sleep(0.2)
        return len(twins.senders()) == count

    until(sent, 20)


def test_a_night_of_two(twins: Twins) -> None:
    """Of two that start at once one leads; requests, a reload and a swap at either; by hand from one to the other; and
    `kill -9`."""
    twins.begin()
    a, b = twins.a, twins.b
    assert (a.leads, b.leads) == (True, False)
    until(lambda: a.state()["followers"])
    assert a.state()["behind"] is None
    assert b.state()["behind"]["silent_s"] is None
    assert b.ask("go")["verdict"] == "fired"
    until(lambda: a.standby == "2" and b.standby == "2")
    assert b.ask("start", cue="77")["verdict"] == "no_cue"
    assert b.ask("cues/2/lines", tag="x", text="cue 2")["error"]["code"] == "follows"

    sheets = [one.folder / "night.cues" for one in (a, b)]
    sheets[0].write_text(twins.text.replace('"Second"', '"Other"'))
    refused = a.ask("reload")
    assert refused["verdict"] == "refused" and "another" in refused["reason"]
    sheets[1].write_text(sheets[0].read_text())
    assert a.ask("reload")["verdict"] == "fired"
    until(lambda: b.state()["cues"]["2"]["title"] == "Other")
    assert b.ask("swap", camera="foh", **{"for": "spare"})["verdict"] == "fired"
    until(lambda: b.cast("spare") == a.cast("spare") == "stands in for foh")
    assert b.ask("swap", camera="foh", **{"for": "foh"})["verdict"] == "fired"
    until(lambda: b.cast("spare") == a.cast("spare") == "")
    assert a.ask("go")["verdict"] == "duplicate", "within a second, once at each machine: one request"
    assert a.ask("start", cue="2")["verdict"] == "fired"
    until(lambda: len(relative(twins)) == 1)

    assert len(twins.senders()) == 1
    taken = b.ask("takeover")
    assert taken["verdict"] == "fired" and taken["did"].startswith("taken over from ")
    until(lambda: (a.role, b.role) == ("follows", "leads"), 30)
    until(lambda: a.standby == "2" and not a.leads and b.leads)
    assert b.ask("takeover")["reason"] == "this machine leads"
    assert a.ask("start", cue="3")["verdict"] == "fired"
    until(lambda: len(twins.senders()) == 2 and b.standby == "2")

    killed = time.monotonic()
    b.kill()
    until(lambda: a.role == "leads")
    sends(twins, a, 3)
    assert twins.senders()[2][0] - killed < 5
    assert a.standby == "2"
    assert a.ask("standby", cue="4")["verdict"] == a.ask("go")["verdict"] == "fired"
    assert len(relative(twins)) == 1, "a relative move is not sent twice"
    assert any(record.get("state") == "taken over" for record in a.records())


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        yield one


def notes(one: Machine) -> list[str]:
    return [record["text"] for record in one.records() if record["kind"] == "note"]


def test_what_comes_to_the_one_that_follows_is_done_by_the_one_that_leads(twins: Twins, sender: socket.socket) -> None:
    """Show mode, mutes, notes and flags, tally, `wait for osc`, presets and hands; and the one that takes over has
    them."""
    twins.begin()
    a, b = twins.a, twins.b
    until(lambda: a.state()["followers"])
    assert b.ask("lock")["did"] == "show mode is on"
    until(lambda: a.state()["show_mode"] and b.state()["show_mode"])
    assert a.ask("standby", cue="2")["reason"] == b.ask("standby", cue="2")["reason"] == LOCKED
    assert a.ask("unlock")["verdict"] == "fired"
    until(lambda: not a.state()["show_mode"] and not b.state()["show_mode"])
    assert b.ask("mute", input="desk", who="Anna")["did"] == "the input desk is muted"
    until(
        lambda: (
            [[row["muted"] for row in one.state()["inputs"] if row["name"] == "desk"] for one in (a, b)]
            == 2 * [["Anna"]]
        )
    )
    assert b.ask("unmute", input="desk")["did"] == "the input desk is heard again"
    assert b.ask("note", text="too loud", who="Anna", cue="1")["verdict"] == "fired"
    assert b.ask("flag", cue="2", who="Ben")["verdict"] == "fired"
    until(lambda: [one["text"] for one in b.state()["remarks"]] == ["too loud"])
    until(lambda: a.state()["cues"]["2"]["flag"] == b.state()["cues"]["2"]["flag"] == "Ben")

    b.hear_tally(7, 2, sender)
    until(lambda: [one.state()["cameras"]["spare"]["tally"] for one in (a, b)] == ["program", "program"])
    assert any(record["kind"] == "tally" and record["speaker"] == "lamps" for record in a.records())
    a.hear_tally(7, 0, sender)
    until(lambda: [one.state()["cameras"]["spare"]["tally"] for one in (a, b)] == ["off", "off"])

    assert a.ask("start", cue="6")["verdict"] == "fired"
    until(lambda: b.state()["running"])
    for one in (b, a, b, a):  # each message to both machines, the first one of them over again
        one.hear_osc("/band/ready", sender)
    until(lambda: "ready again" in notes(a) and "ready again" in notes(b))

    driven = b.ask("cameras/foh/drive", pan=0.5, who="Anna")
    assert driven == {"state": "driving", "reason": ""}
    until(lambda: DRIVE in [frame[:11] for _, _, frame in twins.relay.commands])
    until(lambda: twins.relay.commands[-1][2].endswith("03 03 ff"))
    assert len(twins.senders()) == 1 and not any(one.state()["cameras"]["foh"]["driven_by"] for one in (a, b))
    hands = [record.get("source") for record in a.records() if record["kind"] == "hand"]
    assert hands and hands[0].startswith("http 127.0.0.1")

    assert b.ask("cameras/foh/presets/throne/update", who="Anna")["verdict"] == "fired"
    until(lambda: (a.folder / "night.cues").read_text() != twins.text)
    until(lambda: any(record.get("state") == "reloaded" for record in b.records()))
    until(lambda: (b.folder / "night.cues").read_text() == (a.folder / "night.cues").read_text())
    (stored,) = (record["source"] for record in a.records() if record.get("request", "").startswith("store foh"))
    assert stored.count("(Anna)") == 1
    assert a.state()["cameras"]["spare"]["tally"] == "off", "what b has heard is old"

    assert b.ask("lock")["verdict"] == "fired"
    until(lambda: a.state()["show_mode"] and b.state()["show_mode"])
    a.kill()
    until(lambda: b.role == "leads", 20)
    assert b.state()["show_mode"] is True and b.ask("standby", cue="2")["reason"] == LOCKED
    a.start()
    until(lambda: a.shows(lambda state: state["behind"] and state["show_mode"]), 60)
    assert b.ask("unlock")["verdict"] == "fired"
    undone = b.ask("cameras/foh/presets/throne/undo", who="Ben")
    assert undone["verdict"] == "fired" and "undoes Anna" in undone["did"]
    assert (b.folder / "night.cues").read_text() == twins.text
    until(lambda: (a.folder / "night.cues").read_text() == twins.text)
    until(lambda: b.ask("reload")["did"] == "sheet reloaded", 20)
    a.kill()
    with (b.folder / "night.cues").open("a") as sheet:
        sheet.write('cue 99\n    note "more"\n')
    until(lambda: b.ask("reload").get("did") == "sheet reloaded", 20)
    a.start()
    until(lambda: a.shows(lambda state: state["behind"]), 60)
    assert (b.folder / "night.cues").read_text() == (a.folder / "night.cues").read_text()


def test_a_hand_at_the_one_that_follows_is_a_person_at_the_one_that_leads(twins: Twins) -> None:
    twins.begin()
    a, b = twins.a, twins.b
    until(lambda: a.state()["followers"])

    def driven(one: Machine, who: str, **more: Any) -> Any:
        time.sleep(0.06)  # the API takes twenty requests a second
        return one.ask("cameras/foh/drive", pan=0.5, who=who, **more)

    until(lambda: driven(b, "Anna")["state"] == "driving" and driven(a, "Ben")["reason"] == "foh is driven by Anna")
    until(lambda: driven(b, "Anna") and driven(a, "Ben", take=True)["state"] == "driving")
    until(lambda: driven(a, "Ben") and "Ben" in driven(b, "Anna")["reason"])
    assert b.ask("takeover")["verdict"] == "fired"
    until(lambda: driven(b, "Anna")["state"] == "driving")
    until(lambda: len(twins.senders()) == 2)


def test_a_machine_with_another_sheet_waits_and_one_that_comes_late_has_the_swap(twins: Twins) -> None:
    a, b = twins.a, twins.b
    sheet = b.folder / "night.cues"
    sheet.write_text(twins.text.replace("2deg", "3deg"))
    a.start()
    until(lambda: a.role == "leads", 60)
    assert a.ask("swap", camera="foh", **{"for": "spare"})["verdict"] == "fired"
    assert a.ask("standby", cue="3")["verdict"] == "fired"
    b.start()
    until(lambda: "leads with another plan" in b.said, 30)
    sheet.write_text(twins.text)
    until(lambda: b.role == "follows", 60)
    until(lambda: b.standby == "3" and b.cast("spare") == "stands in for foh")
    a.kill()
    until(lambda: b.role == "leads")
    assert b.ask("go")["verdict"] == "fired"
    until(lambda: any(one.get("kind") == "sent" and one.get("camera") == "spare" for one in b.records()))


def test_a_leader_that_was_stopped_or_cut_off_sends_nothing_when_it_is_back(twins: Twins) -> None:
    twins.begin()
    a, b = twins.a, twins.b
    a.ask("start", cue="3")
    until(lambda: len(twins.relay.commands) > 5)
    a.signal(signal.SIGSTOP)
    until(lambda: b.role == "leads", 20)
    sends(twins, b, 2)
    a.signal(signal.SIGCONT)
    until(lambda: a.role == "follows", 30)
    until(lambda: a.standby is not None and a.standby == b.standby)
    assert len(twins.senders()) == 2, "only the one that took over sends"

    b.cut()
    until(lambda: a.role == "leads", 20)
    sends(twins, a, 3)
    b.cut(False)
    until(lambda: b.role == "follows", 30)
    until(lambda: a.standby is not None and a.standby == b.standby)
    assert len(twins.senders()) == 3


def test_without_servers_one_is_alone_and_a_person_decides(twins: Twins) -> None:
    twins.begin()
    a, b = twins.a, twins.b
    a.ask("start", cue="3")
    until(lambda: len(twins.relay.commands) > 5)
    twins.servers.kill(0)
    until(lambda: "Alone:" in a.said)
    assert a.ask("start", cue="2")["verdict"] == "fired"
    until(lambda: len(relative(twins)) == 1)
    assert len(twins.senders()) == 1
    twins.servers.start(0)
    until(lambda: a.said.rfind("This machine leads.") > a.said.rfind("Alone:"), 20)
    until(lambda: any(record.get("cue") == "2" for record in b.records()), 20)
    assert len(twins.senders()) == 1 and len(relative(twins)) == 1

    twins.servers.kill(0)
    until(lambda: a.said.count("Alone:") == 2)
    b.kill()
    until(lambda: (a.state()["behind"] or {}).get("stuck") is True)
    count = len(twins.relay.commands)
    assert a.ask("takeover")["did"] == "this machine continues alone"
    until(lambda: a.state()["behind"] is None)
    assert a.ask("start", cue="4")["verdict"] == "fired"
    until(lambda: len(twins.relay.commands) > count)
    assert len(twins.senders()) == 1


@pytest.mark.calm  # another test's show may hold the port that all who speak Sony's protocol send from
def test_links_that_one_alone_may_hold_are_opened_at_the_takeover(twins: Twins) -> None:
    """By UDP, by TCP and with Sony's header: the ramps go on from the new leader."""
    twins.begin()
    foh, left, right = twins.relay, twins.relays["left"], twins.relays["right"]
    assert isinstance(left, TcpRelay)
    assert twins.a.ask("start", cue="5")["verdict"] == "fired"
    until(lambda: all(len(relay.commands) > 3 for relay in (foh, left, right)))
    assert len(left.opened) == 1
    twins.a.kill()
    until(lambda: twins.b.role == "leads", 20)
    led = time.monotonic()
    twins.b.ask("start", cue="5")
    until(lambda: all(relay.commands[-1][0] > led + 0.5 for relay in (foh, left, right)), 20)
    assert len(foh.senders) == len(left.senders) == len(left.opened) == 2
    assert len(right.senders) == 1, "with Sony's header every sender has the same port"


def test_of_three_servers_one_may_be_lost(tmp_path: Path) -> None:
    needs_nats()
    twins = Twins(tmp_path, servers=3)
    try:
        twins.begin()
        a, b = twins.a, twins.b
        a.ask("start", cue="3")
        until(lambda: len(twins.relay.commands) > 5)
        twins.servers.kill(0)
        killed = time.monotonic()

        def goes_on() -> bool:
            """The server that kept the key may be the one that is gone: then the ramp has ended, and is fired again."""
            (a if a.role == "leads" else b).ask("start", cue="3")
            time.sleep(0.2)
            return twins.relay.commands[-1][0] > killed + 1

        until(goes_on, 40)
        until(lambda: {a.role, b.role} == {"leads", "follows"}, 20)
        leads, follows = (a, b) if a.role == "leads" else (b, a)
        before = len(twins.senders())
        leads.kill()
        until(lambda: follows.role == "leads", 20)
        sends(twins, follows, before + 1)
    finally:
        print(f"a:\n{twins.a.said}\nb:\n{twins.b.said}")
        twins.close()
