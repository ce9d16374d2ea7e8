"""A night with simulated cameras leaves no trace in a real one, and nothing of it leaves the machine."""

from __future__ import annotations

import io
import json
import os
import socket
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

import pytest
from msgspec.structs import replace

from cuelang.address import port_at
from cuelang.app import RunOptions, run_show
from cuelang.plan import Plan, Port, Settings
from cuelang.runtime.asrun import is_of_kind, latest, of_kind, read
from cuelang.runtime.record_json import as_json
from cuelang.sheets import override_inputs
from cuelang.source import NOWHERE
from cuelang.technician.onair import on_air

SHEET = """
show "Carry"
    interlock block
camera foh "sim://foh"
    preset throne at pan -30deg tilt 5deg zoom 60%
on every day at 04:26 missed within 25h start 9
cue 1 "On"
    tally foh program
cue 2 "Move"
    move foh to throne
cue 9 "Wake"
    note "awake"
"""


class Evening:
    """A folder with a sheet and the logs of its nights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sheet = folder / "carry.cues"
        self.sheet.write_text(SHEET)
        self.options = RunOptions(str(self.sheet), inputs=("osc+udp://127.0.0.1:0",))

    def run(self, script: str, **options: Any) -> list[dict[str, Any]]:
        """One night's records."""
        path = self.folder / "script.txt"
        path.write_text(script)
        before = set(self.folder.glob("logs/*.jsonl"))
        out = io.StringIO()
        assert run_show(replace(self.options, script=str(path), **options), out=out, err=out) == 0, out.getvalue()
        if options.get("log"):
            return [as_json(record) for record in read(Path(options["log"]))]
        (log,) = set(self.folder.glob("logs/*.jsonl")) - before
        return [as_json(record) for record in read(log)]


@pytest.fixture
def evening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evening:
    monkeypatch.chdir(tmp_path)
    return Evening(tmp_path)


def moved(records: list[dict[str, Any]]) -> list[str]:
    return [record["outcome"] for record in records if record["kind"] == "command" and record["action"] == "move"]


def notes(records: list[dict[str, Any]]) -> str:
    return "\n".join(record["text"] for record in records if record["kind"] == "note")


def scheduled(records: list[dict[str, Any]]) -> list[str]:
    return [record["verdict"] for record in records if record["kind"] == "trigger" and "schedule" in record["source"]]


def test_a_log_begins_by_saying_whether_its_cameras_were_simulated(evening: Evening) -> None:
    for simulate in (False, True):
        first = evening.run("0s go\n", simulate=simulate)[0]
        assert (first["kind"], first["state"], first["simulated"]) == ("show", "started", simulate)


def test_what_was_on_air_in_a_simulation_does_not_hold_a_real_camera_back(evening: Evening) -> None:
    evening.run("0s go 1\n", simulate=True)
    assert moved(evening.run("0s go 2\n")) == ["completed"]


def test_a_real_night_does_not_hold_a_simulated_camera_back(evening: Evening) -> None:
    evening.run("0s go 1\n")
    assert moved(evening.run("0s go 2\n", simulate=True)) == ["completed"]


@pytest.mark.parametrize("simulate", [False, True])
def test_what_the_same_kind_of_night_left_on_air_counts_and_is_said(evening: Evening, simulate: bool) -> None:
    evening.run("0s go 1\n", simulate=simulate)
    evening.run("0s go 2\n", simulate=not simulate)
    records = evening.run("0s go 2\n", simulate=simulate)
    assert moved(records) == ["refused"]
    assert f"On air according to logs{os.sep}Carry-" in notes(records) and "foh program." in notes(records)


def test_nights_of_both_kinds_in_one_file(evening: Evening) -> None:
    log = str(evening.folder / "all.jsonl")
    evening.run("0s go 1\n", simulate=True, log=log)
    assert moved(evening.run("0s go 2\n", log=log)) == ["completed"]
    assert len(list(of_kind(read(Path(log)), simulated=True))) < len(read(Path(log)))


def test_a_look_at_the_sheet_does_not_use_up_a_missed_schedule(evening: Evening) -> None:
    """A real night was a day ago; since then a simulated one has run, after the time that was missed."""
    real = evening.run("0s go 9\n")
    for record in real:
        record["wall"] = (datetime.fromisoformat(record["wall"]) - timedelta(hours=24)).isoformat()
    (log,) = evening.folder.glob("logs/*.jsonl")
    log.write_text("".join(json.dumps(record) + "\n" for record in real))
    evening.run("0s go 9\n", simulate=True)
    records = evening.run("0s go 9\n500ms go 2\n")
    assert scheduled(records) == ["fired"]
    assert scheduled(evening.run("0s go 9\n500ms go 2\n")) == []


def test_the_technician_asks_nights_with_real_cameras_only(evening: Evening) -> None:
    evening.run("0s go 1\n", simulate=True)
    now = datetime.now(UTC)
    for show in ("Carry", None):
        assert not on_air(show, (), now).program("foh")
    evening.run("0s go 1\n")
    evening.run("0s go 9\n", simulate=True)
    for show in ("Carry", None):
        assert on_air(show, (), now).program("foh")


def test_a_log_that_does_not_say_it_is_of_neither_kind(tmp_path: Path) -> None:
    log = tmp_path / "Old-2026-01-01-100000.jsonl"
    log.write_text('{"kind": "show", "state": "started"}\n')
    assert not is_of_kind(log, True) and not is_of_kind(log, False) and not is_of_kind(tmp_path / "none", False)
    assert latest("Old", tmp_path) == log and latest("Old", tmp_path, simulated=False) is None


class Switcher:
    """A server of vMix's kind, and what it was asked."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_a_simulated_night_sends_nothing_and_logs_what_it_would_have_sent(evening: Evening) -> None:
    with Switcher() as vmix, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as eos:
        eos.bind(("127.0.0.1", 0))
        eos.settimeout(0.3)
        evening.sheet.write_text(
            SHEET + f'output vmix "http://127.0.0.1:{vmix.server.server_port}"\n'
            f'output eos "osc+udp://127.0.0.1:{eos.getsockname()[1]}?eos=1"\n'
            'cue 3\n    send vmix "GET /api/?Function=StartStreaming"\n    send eos "/eos/cue/3/fire"\n'
        )
        records = evening.run("0s go 3\n500ms go 9\n", simulate=True)
        sends = [record for record in records if record["kind"] == "send"]
        assert [(record["output"], record["outcome"], record["simulated"]) for record in sends] == [
            ("vmix", "sent", True), ("eos", "sent", True),
        ]  # fmt: skip
        assert "nothing is sent to vmix, eos (use --live-outputs to send)" in notes(records)
        with pytest.raises(TimeoutError):
            eos.recv(100)
        assert vmix.asked == []
        records = evening.run("0s go 3\n500ms go 9\n", simulate=True, live_outputs=True)
        assert "simulated" not in next(record for record in records if record["kind"] == "send")
        assert vmix.asked == ["/api/?Function=StartStreaming"] and eos.recv(100)


def test_inputs_of_a_simulated_night_hear_this_machine_alone() -> None:
    def port(name: str, url: str, *allow: str) -> Port:
        return Port(name, port_at(url), NOWHERE, allow=allow)

    ports = (port("desk", "osc+udp://0.0.0.0:53000", "10.0.0.0/24"), port("six", "osc+tcp://[::]:53001", "fe80::/64"),
             port("lights", "tsl+udp://10.0.0.5:8900", "10.0.0.9"), port("keys", "midi:Keys"),
             port("near", "osc+udp://127.0.0.1:1?x=1"))  # fmt: skip
    plan = Plan(Settings(), (), (), (), ports, ())
    heard = {one.name: (one.url, one.allow) for one in override_inputs(plan, (), at_home=True).inputs}
    assert heard == {
        "desk": ("osc+udp://127.0.0.1:53000", ()), "six": ("osc+tcp://[::1]:53001", ()),
        "lights": ("tsl+udp://127.0.0.1:8900", ()), "keys": ("midi:Keys", ()),
        "near": ("osc+udp://127.0.0.1:1?x=1", ()),
    }  # fmt: skip
    assert override_inputs(plan, ()) == plan
    named = override_inputs(plan, ("desk=osc+udp://10.0.0.4:7000",), at_home=True)
    assert (named.inputs[0].url, named.inputs[0].allow) == ("osc+udp://10.0.0.4:7000", ("10.0.0.0/24",))
