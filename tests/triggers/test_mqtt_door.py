"""MQTT as an input and an output, with a real broker."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cuelang import rig
from cuelang.address import port_at
from cuelang.clock import current
from cuelang.plan import Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.mqtt import MAX_PAYLOAD_BYTES, matches, payload, topic_problem, values
from cuelang.sheets import override_inputs
from cuelang.source import NOWHERE
from cuelang.transports.mqtt_out import MqttOut
from cuelang.triggers.mqtt import MqttDoor, MqttTable
from cuelang.units import MS
from tests.running.night import compiled, plan_of
from tests.triggers.broker import Mosquitto, mosquitto, needs_mosquitto, until

SHEET = """
camera foh "sim://foh"
on mqtt "venue/cue" with {number} go {number}
on mqtt "venue/cue" with "stop" stop
on mqtt "venue/list" with "go", {number} start {number}
on mqtt "venue/fader" with > 0.5 go 1
on mqtt "venue/+/button" go 2
on mqtt "venue/foh/button" go 1
on mqtt "lights/#" from second go 2
cue 1
    tally foh off
cue 2
    tally foh off
"""
INPUTS = 'input venue "mqtt://127.0.0.1:1"\ninput second "mqtt://127.0.0.1:2"\n'


def table() -> MqttTable:
    return MqttTable(plan_of(SHEET, INPUTS))


def heard(messages: MqttTable, topic: str, data: str, on: str = "venue", **more: bool) -> str:
    found = messages.find(topic, data.encode(), on, 0, **more)
    return "" if found is None else found.text if isinstance(found, Request) else found.verdict


@pytest.mark.parametrize(
    ("topic", "data", "asked"),
    [
        ("venue/cue", "2", "go 2"), ("venue/cue", '"2.0"', "go 2"), ("venue/cue", "2.0", "go 2"),
        ("venue/cue", "stop", "stop"), ("venue/cue", '"stop"', "stop"), ("venue/cue", "storm", "no_cue"),
        ("venue/cue", "[2, 7]", "go 2"), ("venue/cue", "", ""), ("venue/cue", '{"cue": 2}', "no_cue"),
        ("venue/list", '["go", 2]', "start 2"), ("venue/list", '["go", "1"]', "start 1"), ("venue/list", '["go"]', ""),
        ("venue/list", '["go", [2]]', ""), ("venue/left/button", "x", "go 2"), ("venue/foh/button", "", "go 1"),
        ("venue/a/b/button", "", ""), ("VENUE/cue", "2", ""), ("lights/1", "1", ""),
    ],
)  # fmt: skip
def test_a_payload_is_a_number_a_text_or_the_fields_of_a_list(topic: str, data: str, asked: str) -> None:
    assert heard(table(), topic, data) == asked


def test_a_threshold_fires_on_the_way_up_and_from_names_an_input() -> None:
    messages = table()
    assert [heard(messages, "venue/fader", data) for data in ("0.2", "0.8", "0.9", "0.1", "1")] == [
        "", "go 1", "", "", "go 1",
    ]  # fmt: skip
    assert heard(messages, "lights/1/2", "", "second") == "go 2" and heard(messages, "lights", "", "second") == "go 2"
    assert messages.topics("venue") == {
        "venue/cue", "venue/list", "venue/fader", "venue/+/button", "venue/foh/button",
    }  # fmt: skip


def test_what_is_retained_fires_nothing_but_is_where_a_fader_stands() -> None:
    messages = table()
    assert heard(messages, "venue/cue", "2", retained=True) == ""
    assert heard(messages, "venue/fader", "0.8", retained=True) == ""
    assert [heard(messages, "venue/fader", data) for data in ("0.9", "0.1", "0.8")] == ["", "", "go 1"]


@pytest.mark.parametrize(
    ("wanted", "topic", "yes"),
    [
        ("a/b", "a/b", True), ("a/b", "a/B", False), ("a/+", "a/b", True), ("a/+", "a/b/c", False), ("a/#", "a", True),
        ("a/#", "a/b/c", True), ("#", "a/b", True), ("#", "$SYS/x", False), ("+/x", "$SYS/x", False),
        ("$SYS/#", "$SYS/x", True), ("+", "", True), ("/+", "/a", True), ("a/#", "ab", False), ("a/b", "a", False),
    ],
)  # fmt: skip
def test_which_topics_a_topic_with_wildcards_means(wanted: str, topic: str, yes: bool) -> None:
    assert matches(wanted, topic) is yes and not topic_problem(wanted, wild=True)


@given(st.binary(max_size=300))
def test_no_payload_breaks_anything(data: bytes) -> None:
    found = values(data)
    assert found is None or all(isinstance(one, int | float | str) for one in found)
    messages = table()
    for topic in ("venue/cue", "venue/list", "venue/fader", "lights/1"):
        messages.find(topic, data, "second", 0)


def test_payloads_that_are_not_read() -> None:
    deep = b"[" * 5000 + b"]" * 5000
    assert values(b"x" * (MAX_PAYLOAD_BYTES + 1)) is None and values(b"\xff") is None and values(b'["a", null]') is None
    assert values(deep) in (None, (deep.decode(),)), "it is a text, or nothing"
    assert values(b"1e999") == ("1e999",) and values(b"true") == ("true",) and values(b"  ") == ()


@given(st.one_of(st.text(max_size=20), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False)))
def test_what_is_sent_is_what_is_heard(value: Any) -> None:
    for arguments in ((value, "x"), (value, 1, 2.5)):
        sent = tuple(one.strip() if isinstance(one, str) else one for one in arguments)
        assert values(payload(arguments)) == sent
    assert payload(()) == b"" and payload(("on",)) == b"on" and payload((5,)) == b"5" and payload((5.0,)) == b"5.0"


# --- sheets --------------------------------------------------------------------------------------------------


def codes(sheet: str, inputs: str = "") -> list[str]:
    return [
        one.code
        for one in compiled('camera foh "sim://foh"\n' + sheet + "\ncue 1\n    tally foh off\n", inputs).diagnostics
        if one.is_error
    ]


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ('input v "mqtt://127.0.0.1"', ""), ('input v "mqtt://10.0.0.5"', "E306"),
        ('input v "mqtts://10.0.0.5"\n    login "cuelang" from "VENUE_PASSWORD"', ""),
        ('input v "mqtt://10.0.0.5"\n    login "cuelang" from "HOME"', "E302"),
        ('input v "mqtt://10.0.0.5"\n    allow "10.0.0.0/24"', "E208"),
        ('input v "mqtt://me:secret@10.0.0.5"\n    login "me" from "V_PASSWORD"', "E303"),
        ('output v "mqtt://10.0.0.5?retain=1"', ""), ('output v "mqtt://10.0.0.5?retain=2"', "E303"),
        ('input v "mqtt://127.0.0.1"\non mqtt "a/#/b" go 1', "E303"),
        ('input v "mqtt://127.0.0.1"\non mqtt "" go 1', "E303"),
        ('input v "mqtt://127.0.0.1"\non mqtt "a" with 3s go 1', "E301"),
        ('input v "mqtt://127.0.0.1"\non mqtt "a" go {n}', "E208"),
        ('input v "osc+udp://127.0.0.1"\non mqtt "a" from v go 1', "E208"),
        ('output v "mqtt://127.0.0.1"\ncue 2\n    send v "a/+" 1', "E303"),
        ('input v "mqtt://127.0.0.1"\non mqtt "a" from v go 1', ""),
        ("let mqtt = 3s\ncue 3\n    wait mqtt", ""),
    ],
)  # fmt: skip
def test_what_a_sheet_may_say_about_mqtt(sheet: str, code: str) -> None:
    found = codes(sheet)
    assert found == ([code] if code else []), found


def test_two_triggers_the_same_and_triggers_without_an_input_are_warned_of() -> None:
    sheet = 'on mqtt "a" go 1\non mqtt "a" go 1\ncamera foh "sim://foh"\ncue 1\n    tally foh off\n'
    assert "W606" in [one.code for one in compiled(sheet, "").diagnostics]
    assert rig.waits_for(plan_of(sheet, "")) == [
        '`on mqtt` triggers need an input, as in `input venue "mqtt://10.0.0.5"`; 2 in this sheet will not fire.'
    ]


def test_a_simulated_show_hears_a_broker_of_this_machine_and_gives_it_no_password() -> None:
    plan = plan_of(SHEET.replace("from second ", ""), 'input v "mqtts://10.0.0.5"\n    login "me" from "V_PASSWORD"\n')
    port = override_inputs(plan, (), at_home=True).inputs[0]
    assert (port.url, port.login) == ("mqtt://127.0.0.1:1883", None)


# --- with a broker -------------------------------------------------------------------------------------------


class Told:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.verdicts: list[Verdict] = []
        self.problems: list[str] = []

    @property
    def asked(self) -> list[str]:
        return [request.text for request in self.requests]


def heard_on(broker: Mosquitto, scheme: str = "mqtt", login: tuple[str, str] | None = None, sheet: str = SHEET) -> Plan:
    plan = plan_of(sheet, INPUTS)
    host = "localhost" if scheme == "mqtts" else "127.0.0.1"
    return replace(plan, inputs=(Port("venue", port_at(f"{scheme}://{host}:{broker.port}"), NOWHERE, login=login),))


@asynccontextmanager
async def listening(plan: Plan, **environ: str) -> AsyncIterator[tuple[Told, MqttDoor]]:
    told = Told()
    door = MqttDoor(
        plan,
        current(),
        told.requests.append,
        told.verdicts.append,
        told.problems.append,
        environ=environ,
        every=50 * MS,
    )
    door.open()
    try:
        yield told, door
    finally:
        await door.close()


@asynccontextmanager
async def sending(url: str, login: tuple[str, str] | None = None, **environ: str) -> AsyncIterator[MqttOut]:
    problems: list[str] = []
    out = MqttOut(port_at(url), problems.append, login, environ)
    await out.open()
    await until(lambda: out._client is not None)
    try:
        yield out
    finally:
        await asyncio.gather(*out._sending)
        out.close()
        assert problems == []


@needs_mosquitto
async def test_what_an_output_sends_an_input_hears(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, listening(heard_on(broker)) as (told, door):
        await until(lambda: door.connected == ["venue"])
        async with sending(f"mqtt://127.0.0.1:{broker.port}") as out:
            assert out.send("venue/cue", (2,)) == "" and out.send("venue/list", ("go", 1)) == ""
            assert out.send("venue/nobody", ("x",)) == ""
            assert "is not one topic" in out.send("venue/#", ())
            await until(lambda: len(told.requests) == 2)
        assert sorted(told.asked) == ["go 2", "start 1"]
        assert told.requests[0].source in ("mqtt venue venue/cue", "mqtt venue venue/list")
        assert told.problems == []


@needs_mosquitto
async def test_retained_messages_fire_nothing_at_the_start_nor_when_the_broker_is_back(tmp_path: Path) -> None:
    kept = ("allow_anonymous true", f"persistence_location {tmp_path}/", "persistence true")
    async with mosquitto(tmp_path, *kept) as broker:
        url = f"mqtt://127.0.0.1:{broker.port}"
        async with sending(url + "?retain=1") as out:
            out.send("venue/cue", (2,))
        async with listening(heard_on(broker)) as (told, door):
            await until(lambda: door.connected)
            broker.stop()
            await until(lambda: told.problems)
            assert "lost its broker" in told.problems[0]
            await broker.start()
            await until(lambda: door.connected)
            async with sending(url) as out:
                out.send("venue/cue", (1,))
                await until(lambda: told.requests)
            assert told.asked == ["go 1"], "and not the retained go 2"
            assert told.problems[-1].endswith("is there.")


@needs_mosquitto
async def test_a_login_by_a_variable_and_a_wrong_one_is_said_once(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("cuelang:stagepass\n")
    made = subprocess.run(["mosquitto_passwd", "-U", str(passwords)], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    passwords.chmod(0o644)
    login = ("cuelang", "VENUE_PASSWORD")
    async with mosquitto(tmp_path, "allow_anonymous false", f"password_file {passwords}") as broker:
        plan = heard_on(broker, login=login)
        async with listening(plan, VENUE_PASSWORD="stagepass") as (told, door):
            await until(lambda: door.connected)
            async with sending(f"mqtt://127.0.0.1:{broker.port}", login, VENUE_PASSWORD="stagepass") as out:
                out.send("venue/cue", ("stop",))
                await until(lambda: told.asked == ["stop"])
        for environ, word in (
            ({"VENUE_PASSWORD": "wrong"}, "the broker rejected the login “cuelang” from VENUE_PASSWORD"),
            ({}, "the environment variable VENUE_PASSWORD is not set"),
        ):
            async with listening(plan, **environ) as (told, door):
                await until(lambda: told.problems)
                await asyncio.sleep(0.1)
                assert len(told.problems) == 1 and word in told.problems[0] and "wrong" not in told.problems[0]


@needs_mosquitto
async def test_an_encrypted_broker_whose_certificate_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    pem = Path(__file__).parents[1] / "transports/certificate_of_its_own.pem"
    (tmp_path / "own.pem").write_bytes(pem.read_bytes())
    (tmp_path / "own.pem").chmod(0o644)
    own = tmp_path / "own.pem"
    async with (
        mosquitto(tmp_path, "allow_anonymous true", f"certfile {own}", f"keyfile {own}") as broker,
        listening(heard_on(broker, "mqtts")) as (told, door),
    ):
        await until(lambda: told.problems)
        assert "certificate" in told.problems[0].lower() and not door.connected


@needs_mosquitto
async def test_oversize_and_unreadable_payloads_are_named_and_the_next_one_is_heard(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, listening(heard_on(broker)) as (told, door):
        await until(lambda: door.connected)
        async with sending(f"mqtt://127.0.0.1:{broker.port}") as out:
            # The raw client, for payloads that no sheet sends.
            await out._client.publish("venue/cue", b"\xff\xfe", qos=1)
            await out._client.publish("venue/cue", b"9" * 5_000_000, qos=1)
            await out._client.publish("venue/cue", b"2", qos=1)
            await until(lambda: told.requests)
        assert told.asked == ["go 2"]
        assert told.problems == ["A message for venue/cue is not read: it is not a number, a text or a list of these."]


@needs_mosquitto
async def test_other_topics_after_a_reload(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker:
        plan = heard_on(broker, sheet=SHEET.replace("venue/cue", "old/cue"))
        async with listening(plan) as (told, door):
            await until(lambda: door.connected)
            door.reload(heard_on(broker))
            asking = door._inputs[0].asking
            assert asking is not None
            await asking
            async with sending(f"mqtt://127.0.0.1:{broker.port}") as out:
                out.send("venue/cue", (2,))
                await until(lambda: told.requests)
            assert told.problems == []


async def test_no_broker_is_said_once_and_a_send_is_refused_with_the_reason() -> None:
    port = Port("venue", port_at("mqtt://127.0.0.1:1"), NOWHERE)
    async with listening(replace(plan_of(SHEET, INPUTS), inputs=(port,))) as (told, _):
        await until(lambda: told.problems)
        await asyncio.sleep(0.15)
        assert told.problems == ["The input venue (mqtt://127.0.0.1:1) is not there yet: connection refused."]
    out = rig.open_output(port)
    assert isinstance(out, MqttOut)
    await out.open()
    await until(lambda: "refused" in out.send("a", ()))
    out.close()


async def test_without_the_library_the_words_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiomqtt", None)
    port = Port("venue", port_at("mqtt://127.0.0.1:1"), NOWHERE)
    async with listening(replace(plan_of(SHEET, INPUTS), inputs=(port,))) as (told, _):
        await until(lambda: told.problems)
        assert 'pip install "cuelang[mqtt]"' in told.problems[0]
    out = MqttOut(port_at("mqtt://127.0.0.1:1"), lambda _: None)
    await out.open()
    await until(lambda: "cuelang[mqtt]" in out.send("a", ()))
    out.close()
