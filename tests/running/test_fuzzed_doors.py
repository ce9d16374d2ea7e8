"""Whatever comes in by any door, whole or broken: nothing raises, what is kept of it is bounded."""

from __future__ import annotations

import json
from contextlib import suppress
from types import SimpleNamespace

from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from cuelang import address
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.output.diagnostics import as_text as reported
from cuelang.playback import script
from cuelang.protocols import midi, osc_decode, osc_stream, qlab, tsl
from cuelang.runtime.asrun import as_text, csv_lines
from cuelang.runtime.record_json import from_json
from cuelang.source import Source
from cuelang.triggers.access import passcodes
from cuelang.web.auth import PinAuth
from cuelang.web.errors import HttpError
from cuelang.web.orders import checked, parsed
from cuelang.web.origin import OriginCheck, origin_of
from cuelang.web.wire import read, written
from tests.drawn import examples

ANY = st.text(st.characters(codec=None), max_size=60)
CHUNKS = st.lists(st.binary(max_size=80), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=400))
def test_datagrams(data: bytes) -> None:
    found = osc_decode.parse(data)
    if not isinstance(found, osc_decode.OscMalformed):
        for message in found:
            message.address.encode()
            qlab.asked(message.address, message.arguments)
    with suppress(tsl.TslMalformed):
        tsl.parse(data)


@given(CHUNKS)
def test_streams(chunks: list[bytes]) -> None:
    for reader in (osc_stream.Deframer(), tsl.TslStream()):
        kept = 0
        for chunk in chunks:
            try:
                kept += sum(map(len, reader.feed(chunk)))
            except ValueError:  # the connection is closed on it
                break
        assert kept <= sum(map(len, chunks))


@given(
    st.sampled_from(["sysex", "note_on", "note_off", "control_change", "program_change", "quarter_frame"]),
    st.lists(st.integers(0, 127), max_size=40),
    st.integers(0, 127),
)
@example("sysex", [0x7F, 0x7F, 0x02, 0x01, 0x01] + [0x30] * 5000, 0)
def test_midi_messages(kind: str, data: list[int], value: int) -> None:
    message = SimpleNamespace(
        type=kind,
        data=tuple(data),
        channel=value % 16,
        note=value,
        velocity=value,
        control=value,
        value=value,
        program=value,
        pitch=value - 64,
        frame_type=value % 8,
        frame_value=value % 16,
    )
    event = midi.read(message)
    assert event is None or len(repr(event)) < 20_000


@given(
    st.text(max_size=80)
    | st.sampled_from(["1s go " + "9" * 5000, "9" * 5000 + "s go", "1s osc /a " + "1e999", "١s go"])
)
def test_lines_of_a_script(text: str) -> None:
    try:
        script.parse(text)
    except script.ScriptError as error:
        assert error.messages


WORDS = ["camera", "foh", '"sim://foh"', "model", '"', "login", "from", '"A_PASSWORD"', "preset", "wide", "=", "4",
         "at", "pan", "-30deg", "use", "rig", '"x"', "let", "(", ")", "*", "9" * 400, "cue", "1", "\n", "\n    ", "\t",
         "on", "osc", '"/{a}"', "go", "{a}", "every", "day", "save", '"../x"', "booth", "photos", "output", "input",
         '"\\u', '"\\ud800"', "\x00", "\x1b[2J", "٣"]  # fmt: skip
SHEETS = st.text(st.characters(codec="utf-8"), max_size=120) | st.lists(st.sampled_from(WORDS), max_size=40).map(
    " ".join
)


@given(SHEETS, SHEETS)
@examples(60, suppress_health_check=[HealthCheck.too_slow])
def test_sheets_and_rigs(sheet: str, rig: str) -> None:
    found = Compiler(Library()).compile(Source("night.cues", sheet), rig=Source("venue.cues", f'rig "x"\n{rig}'))
    shown = reported(found.diagnostics, found.sources)
    shown.encode()
    assert all(char == "\n" or char.isprintable() for char in shown)


@given(JSON, ANY, ANY)
def test_what_a_page_says(data: object, key: str, host: str) -> None:
    for attempt in (
        lambda: parsed(read(json.dumps({"verb": "go", "cue": data}), "It")),
        lambda: parsed(read(json.dumps(data), "It")),
        lambda: checked(key),
        lambda: OriginCheck("0.0.0.0").check("POST", {"Host": host, "Origin": key}),
        lambda: PinAuth({"operate": "4711"}).try_pin(key, host, 0),
    ):
        try:
            attempt()
        except HttpError as fault:
            assert 400 <= fault.status < 500
            assert len(written(fault.json()).encode()) < 2000
    assert isinstance(origin_of(host), str) and passcodes(key) is not None


@given(ANY)
def test_addresses(text: str) -> None:
    with suppress(ValueError):
        address.parse(text)


@given(
    st.lists(st.dictionaries(st.sampled_from(["kind", "t_ms", "text", "cue", "file", "late_max_ms", "frames"]), JSON))
)
def test_records_of_a_log(records: list[dict[str, object]]) -> None:
    read = [from_json(record) for record in records]
    assert as_text(read).count("\n") == len(records)
    "".join(csv_lines(read)).encode()
