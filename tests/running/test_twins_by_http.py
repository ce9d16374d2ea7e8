"""Two machines with cameras that are driven by HTTP, Panasonic's and Canon's, and an OBS, which both of them hold: the
one that leads is killed, and from the requests it is seen what the other one sends, and what it does not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.nats_servers import needs_nats
from tests.running.twins import SHEET, HttpRelay, Machine, ObsRelay, Twins, until

pytestmark = [pytest.mark.timeout(300), pytest.mark.skipif(os.name == "nt", reason="SIGKILL")]

MORE = """
camera p "panasonic://127.0.0.1:{p}"
    model "panasonic-aw-ue100"
    preset near = 2 at pan 20deg tilt 0deg zoom 10%
    preset far = 3 at pan -20deg tilt 0deg zoom 10%
camera c "canon://127.0.0.1:{c}"
    model "canon-cr-n500"
    preset near = 2 at pan 20deg tilt 0deg zoom 10%
    preset far = 3 at pan -20deg tilt 0deg zoom 10%
switcher desk "obs://127.0.0.1:{obs}"
    password from "OBS_PASSWORD"
    source p = "Cam p"
    source c = "Cam c"
cue 11 "Ramps"
    zoom p, c from 0% to 80% over 30s
cue 12 "Drives"
    drive p, c left speed 3
    wait 90s
cue 13 "In a time"
    move p, c to near over 12s
    wait for p, c
    note "there"
cue 14 "Far"
    move p, c to far
    wait for p, c
    note "far"
cue 15 "Once"
    move p by pan 2deg
    cut to c
cue 16 "Later"
    at 400ms cut to p
    wait 60s
cue 17 "Dissolve"
    dissolve to c over 6s
    note "dissolved"
"""
CUT = "SetCurrentProgramScene"


@pytest.fixture
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twins]:
    needs_nats()
    monkeypatch.setenv("OBS_PASSWORD", "curtain up")
    there = Twins(tmp_path, sheet=SHEET + MORE, between={"p": HttpRelay, "c": HttpRelay, "obs": ObsRelay})
    yield there
    print(f"a:\n{there.a.said}\nb:\n{there.b.said}")
    there.close()


def outcomes(one: Machine, cue: str) -> dict[tuple[str, str], tuple[str, str | None]]:
    """By camera or switcher and action, what became of the lines of the newest firing of a cue."""
    found = [record for record in one.records() if record["kind"] == "command" and record["cue"] == cue]
    newest = max((record["run"] for record in found), default=0)
    return {
        (record["camera"] or record["switcher"], record["action"]): (record["outcome"], record.get("reason"))
        for record in found
        if record["run"] == newest
    }


def reaches_all(one: Machine) -> bool:
    state = one.state()
    found = {state["cameras"][name]["link"] for name in ("p", "c")} | {state["switchers"]["desk"]["link"]}
    return found == {"connected"}


def begin(twins: Twins) -> tuple[Machine, Machine]:
    twins.begin()
    until(lambda: reaches_all(twins.a) and reaches_all(twins.b))
    return twins.a, twins.b


def killed(leads: Machine, follows: Machine) -> float:
    leads.kill()
    at = time.monotonic()
    until(lambda: follows.role == "leads", 20)
    return at


def back(one: Machine, leads: Machine) -> None:
    """It is started again, and follows."""
    one.start()
    until(lambda: one.shows(lambda state: state["behind"]) and leads.state()["followers"], 60)
    until(lambda: reaches_all(one), 20)
    until(lambda: leads.role == "leads" and reaches_all(leads), 60)  # a machine that is too slow loses its majority


def told(twins: Twins, name: str, since: float = 0) -> list[str]:
    relay = twins.relays[name]
    assert isinstance(relay, HttpRelay | ObsRelay)
    return relay.told(since)


def stands(one: Machine) -> bool:
    def poses() -> Any:
        cameras = one.state()["cameras"]
        return [(cameras[name]["pan"], cameras[name]["zoom"]) for name in ("p", "c")]

    before = poses()
    time.sleep(1.5)
    return bool(before == poses())


def test_ramps_go_on_drives_are_stopped_and_a_recall_is_reported(twins: Twins) -> None:
    a, b = begin(twins)
    assert a.ask("start", cue="15")["verdict"] == "fired"
    until(lambda: b.state()["switchers"]["desk"]["program"] == "c")
    until(lambda: len(outcomes(a, "15")) == 2)
    assert a.ask("start", cue="12")["verdict"] == "fired"
    assert a.ask("start", cue="11")["verdict"] == "fired"
    until(lambda: all(len(told(twins, name)) > 8 for name in ("p", "c")))
    gone = killed(a, b)
    until(lambda: sum("AXZ" in one for one in told(twins, "p", gone + 0.1)) > 3, 20)
    until(lambda: sum("zoom=" in one for one in told(twins, "c", gone + 0.1)) > 3, 20)
    assert b.ask("stop")["verdict"] == "fired"
    until(lambda: "PTS5050" in told(twins, "p", gone) and "pan=stop&tilt=stop" in told(twins, "c", gone))
    until(lambda: stands(b))
    assert sum("RPC" in one for one in told(twins, "p")) == 1, "a relative move is not sent twice"
    assert told(twins, "obs").count(CUT) == 1 and told(twins, "obs", gone) == []

    p = twins.relays["p"]
    assert isinstance(p, HttpRelay)
    until(lambda: any("connect=start" in path for at, path in p.requests if at > gone), 20)
    assert b.ask("start", cue="14")["verdict"] == "fired"
    until(lambda: any(record.get("text") == "far" for record in b.records()))
    assert set(outcomes(b, "14").values()) == {("completed", None)}


def test_what_takes_its_own_time_gets_what_is_left_of_it(twins: Twins) -> None:
    a, b = begin(twins)
    assert a.ask("start", cue="13")["verdict"] == "fired"
    until(lambda: "R01" in told(twins, "p") and any(one.startswith("p=2") for one in told(twins, "c")))
    began = time.monotonic()
    gone = killed(a, b)
    until(lambda: any(record.get("text") == "there" for record in b.records()), 60)
    assert time.monotonic() - began < 25
    assert {outcome for outcome, _ in outcomes(b, "13").values()} == {"completed"}
    assert told(twins, "p", gone)[-1] == "R01" and any(
        one.startswith("p=2&p.ptztime=") for one in told(twins, "c", gone)
    )
    assert "OSJ:29:1" not in told(twins, "p", gone), "it was asked, and has a time already"
    far = time.monotonic()
    assert b.ask("start", cue="14")["verdict"] == "fired"
    until(lambda: any(record.get("text") == "far" for record in b.records()))
    assert "OSJ:29:0" in told(twins, "p", far) and told(twins, "p", far)[-1] == "R02"
    assert {outcome for outcome, _ in outcomes(b, "14").values()} == {"completed"}


def test_a_cut_is_sent_once_and_a_dissolve_under_way_is_left(twins: Twins) -> None:
    """The one that leads is killed as soon as it has said that the cue is fired."""
    a, b = begin(twins)
    before = time.monotonic()
    assert a.ask("start", cue="16")["verdict"] == "fired"
    killed(a, b)
    until(lambda: b.state()["switchers"]["desk"]["program"] == "p", 20)
    until(lambda: outcomes(b, "16") == {("desk", "cut"): ("completed", None)}, 20)
    assert told(twins, "obs", before).count(CUT) == 1
    until(lambda: b.state()["cameras"]["p"]["tally"] == "program")

    back(a, b)
    mix = time.monotonic()
    assert b.ask("start", cue="17")["verdict"] == "fired"
    until(lambda: any(record["kind"] == "sent" and record["cue"] == "17" for record in b.records()))
    until(lambda: a.state()["switchers"]["desk"].get("transition"), 20)
    killed(b, a)
    until(lambda: a.state()["switchers"]["desk"]["program"] == "c", 30)
    until(lambda: any(record.get("text") == "dissolved" for record in a.records()), 30)
    assert sum(word in ("TriggerStudioModeTransition", CUT) for word in told(twins, "obs", mix)) == 1
