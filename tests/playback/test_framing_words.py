"""What is done with presets and paths, in the words of people."""

from __future__ import annotations

import pytest

from cuelang.playback.hands import Framed, framed_of


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("update wide of foh", Framed("update", "foh", "wide", "Anna")),
        ("update wide of foh live", Framed("update", "foh", "wide", "Anna", live=True)),
        ("undo wide of foh", Framed("undo", "foh", "wide", "Anna")),
        ("undo wide of foh step 3", Framed("undo", "foh", "wide", "Anna", step=3)),
        ("store wide of foh", Framed("store again", "foh", "wide", "Anna")),
        ("new altar of foh", Framed("new preset", "foh", "altar", "Anna")),
        ("new altar of foh number 7 live", Framed("new preset", "foh", "altar", "Anna", 7, True)),
        ("trace foh start", Framed("trace start", "foh", "", "Anna")),
        ("trace foh start walk", Framed("trace start", "foh", "walk", "Anna")),
        ("trace foh stop", Framed("trace stop", "foh", "", "Anna")),
    ],
)
def test_words_become_what_is_asked_for(text: str, wanted: Framed) -> None:
    assert framed_of(text.split(), "Anna") == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "`trace CAMERA start [NAME]`"),
        ("keep wide of foh", "`update PRESET of CAMERA`"),
        ("update wide", "write `update PRESET of CAMERA`."),
        ("update wide foh", "write `update PRESET of CAMERA`."),
        ("update wide of foh number 3", "write `update PRESET of CAMERA`."),
        ("undo wide of foh step x", "write `undo PRESET of CAMERA [step N]`."),
        ("new altar of foh number", "write `new PRESET of CAMERA [number N]`."),
        ("trace foh", "write `trace CAMERA start [NAME]` or `trace CAMERA stop`."),
        ("trace foh stop walk", "write `trace CAMERA start [NAME]` or `trace CAMERA stop`."),
    ],
)
def test_what_is_wrong_is_said_with_the_form(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="write ") as found:
        framed_of(text.split())
    assert says in str(found.value)
