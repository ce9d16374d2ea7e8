"""Two machines that take over by themselves: real shows, servers and simulated cameras. Never two that send, and
nothing that may not be repeated is sent twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nats_servers import needs_nats
from tests.running.twins import Machine, TcpRelay, Twins, until

pytestmark = pytest.mark.timeout(180)


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
    assert b.ask("note", text="late")["verdict"] == "refused", "it would not be in the journal"
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
        until(lambda: twins.relay.commands[-1][0] > killed + 1, 20)
        until(lambda: {a.role, b.role} == {"leads", "follows"}, 20)
        leads, follows = (a, b) if a.role == "leads" else (b, a)
        before = len(twins.senders())
        leads.kill()
        until(lambda: follows.role == "leads", 20)
        sends(twins, follows, before + 1)
    finally:
        print(f"a:\n{twins.a.said}\nb:\n{twins.b.said}")
        twins.close()
