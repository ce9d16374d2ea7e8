"""`raw`: a frame byte by byte, for what no statement sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.models import DEFAULT, Model
from cuelang.models.tables import MODELS
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.raw import FREE, frame_of, instead
from tests.lang.compiling import check, compiled, events, with_rig
from tests.lang.test_every_row import SENTENCES


def hint(frame: str, cam: str = "foh", model: Model = DEFAULT) -> str:
    found = instead(frame_of(frame), model, cam)
    return found.hint if found is not None else ""


def test_the_camera_s_own_address_is_put_in() -> None:
    sheet = 'camera far "visca+serial:///dev/ttyUSB0?address=3"\ncue 1\n    raw far "81 01 06 05 FF"\n'
    done = compiled(sheet)
    assert done.plan is not None
    (event,) = events(sheet)
    assert event["action"] == "raw" and [one["hex"] for one in event["wire"]] == ["83 01 06 05 ff"]


def test_what_a_statement_sends_is_refused_with_the_statement() -> None:
    found = check(
        """
        camera old "pelco-d:///dev/ttyUSB0?address=3"
        camera web "cgi://10.0.0.9"
        cue 1
            raw foh "81 01 06 05 FF"
            raw foh "8101DEADFF"
            raw foh "81 01 04 07 25 FF"                 ### E401
            raw foh "83 01 04 4B 00 00 00 09 FF"        ### E401
            raw foh "81 01 04 A0 10 FF"                 ### E401
            raw foh "81 09 04 47 FF"                    ### E401
            raw foh "81 21 FF"                          ### E401
            raw old "81 01 06 05 FF"                    ### E401
            raw web "81 01 06 05 FF"                    ### E401
            raw foh, left "81 01 06 05 FF"              ### E208
            raw foh "81 01 06 05"                       ### E302
            raw foh "01 06 05 FF"                       ### E302
            raw foh "88 30 01 FF"                       ### E302
            raw foh "81 01 FF 81 02 FF"                 ### E302
            raw foh "81 FF"                             ### E302
            raw foh "home"                              ### E302
            raw foh ""                                  ### E302
            raw foh home                                ### E301
        """
    )
    hints = {one.span.line: one.hint for one in found}
    assert hints[6] == "Write `zoom foh in speed 5`." and hints[7] == "Write `set foh iris 9`."
    assert "camera reset URL settings --yes-really" in hints[8]


@pytest.mark.parametrize(("row", "values", "line"), SENTENCES)
def test_the_statement_that_is_named_sends_the_frame(row: str, values: dict[str, int], line: str) -> None:
    """Of every row that a line of a sheet sends: what the hint says to write is a statement, and comes to the row."""
    model, cam = (
        (next(one for one in MODELS if one.id == "sony-brc-x400"), "hall") if "hall" in line else (DEFAULT, "foh")
    )
    values = {name: value - model.preset_base if name == "preset" else value for name, value in values.items()}
    frame = codec.encode(row, 1, rows_of(model), **values)
    said = hint(frame.hex(" "), cam, model).removeprefix("Write `").removesuffix("`.")
    assert said, f"no statement for {row}"
    if "sony" in row:
        return  # one of several frames of a statement
    if said.startswith(("drive", "zoom foh in", "zoom foh out", "focus foh near", "focus foh far")):
        said += " for 1s"
    wire = [sent["hex"] for event in events(f"cue 1\n    {said}\n") for sent in event["wire"]]
    assert frame.hex(" ") in wire, (said, wire)


def test_a_row_is_for_raw_only_if_no_statement_sends_it() -> None:
    """Rows of every list, with the lowest of their values."""
    for model in MODELS:
        if model.family not in ("ptzoptics", "sony"):
            continue
        for row in rows_of(model).values():
            if row.kind == "inquiry" or row.id in FREE or row.id == "address_set":
                continue
            if row.id.startswith("sony.") and model.family != "sony":
                continue
            lows = {param.name: 0 if param.signed else param.low for param in row.params}
            assert hint(codec.encode(row.id, 1, rows_of(model), **lows).hex(" "), model=model), (
                f"{model.id} {row.id}: protocols/visca/raw.py names no statement that sends it"
            )


def test_it_is_seen_on_program_and_claims_no_axis() -> None:
    check(
        """
        cue 1
            tally foh program
            raw foh "81 01 06 05 FF"                    ### W601
            raw foh "81 01 06 05 FF" live
            zoom left to 50% over 4s
            raw left "81 01 7E 01 FF"
        """
    )


@given(st.text(max_size=60) | st.binary(max_size=20).map(lambda data: data.hex(" ")))
def test_whatever_the_text_is_it_is_a_frame_or_is_told_why(text: str) -> None:
    quoted = text.translate({ord('"'): None, ord("\\"): None, ord("\n"): None})
    done = compiled(with_rig(f'cue 1\n    raw foh "{quoted}"'))
    errors = [one for one in done.diagnostics if one.is_error]
    assert (done.plan is None) == bool(errors) and all(one.hint for one in errors)
