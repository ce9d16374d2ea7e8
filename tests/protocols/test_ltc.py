"""Linear time code out of sound: recordings of several rates, levels, speeds and faults."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.label_chaser import LabelChaser
from cuelang.protocols.ltc import Ltc, LtcFrame, TapeRate
from cuelang.protocols.pcm import Pcm, wav
from cuelang.protocols.timecode import TimecodeSpan
from cuelang.units import NS
from tests.drawn import examples

DATA = Path(__file__).parent / "data/ltc"
ALL = sorted(path.stem for path in DATA.glob("*.json"))


def told(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"{name}.json").read_text())


def sound(name: str) -> tuple[int, Sequence[int] | Sequence[float]]:
    data = (DATA / f"{name}.wav").read_bytes()
    found = wav(data)
    assert found is not None
    return found[0].rate, found[0].channel(data[found[1] :], 1)


def text(frame: LtcFrame) -> str:
    hours, minutes, seconds, frames = frame.label
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if frame.drop else ':'}{frames:02}"


def read(name: str) -> list[LtcFrame]:
    rate, samples = sound(name)
    return list(Ltc(rate).feed(samples))


def ran(name: str, fps: int | None = None) -> list[TimecodeSpan]:
    rate, samples = sound(name)
    pace, chaser, found = TapeRate(rate, fps), LabelChaser(), []
    for frame in Ltc(rate).feed(samples):
        speed = pace.now(frame) if frame.early else pace.rate(frame)
        if not frame.backwards:
            span = chaser.label(speed, frame.label, round(frame.begin * NS / rate))
            if span is not None:
                found.append(span)
    return found


@pytest.mark.parametrize("name", [name for name in ALL if "noise-heavy" not in name])
def test_every_frame_of_a_recording_is_read_where_it_lies(name: str) -> None:
    want = told(name)
    heard = [frame for frame in read(name) if not frame.early]
    # The last frame before silence has no end: the change that would end its last bit never comes.
    frames = [one for one in want["frames"] if one["tc"] != "02:00:00:24" or "jump" not in name]
    assert [text(frame) for frame in heard] == [one["tc"] for one in frames]
    for frame, one in zip(heard, frames, strict=True):
        if "first_sample" in one:
            assert frame.begin == pytest.approx(one["first_sample"], abs=2)
            assert frame.end == pytest.approx(one["end_sample"], abs=2)
    assert {frame.backwards for frame in heard} == {want["direction"] != "forward"}


def test_of_a_row_the_label_is_known_before_the_frame_has_ended() -> None:
    frames = read("ltc-25")
    early = {frame.label for frame in frames if frame.early}
    assert len(early) == 58, "all but the first two"
    rate, samples = sound("ltc-25")
    reader = Ltc(rate)
    heard = [frame for frame in reader.feed(samples[: 600 + 10 * 1920 + 820]) if frame.early]
    assert heard[-1].label == (1, 0, 0, 10), "17 ms into its frame"


@pytest.mark.parametrize(
    ("name", "first", "last", "fps"),
    [
        ("ltc-24", (0, 59, 59, 0), (1, 0, 1, 23), 24), ("ltc-25", (1, 0, 0, 0), (1, 0, 2, 9), 25),
        ("ltc-25-midnight-date", (23, 59, 58, 0), (0, 0, 0, 24), 25),
        ("ltc-2997df-minute", (10, 8, 58, 20), (10, 9, 1, 22), 30),
        ("ltc-2997ndf", (1, 0, 59, 10), (1, 1, 1, 9), 30),
        ("ltc-30-user-bits", (9, 59, 59, 0), (10, 0, 1, 15), 30),
        ("ltc-25-one-frame-damaged", (2, 0, 0, 0), (2, 0, 0, 24), 25),
        ("ltc-25-speed-2.0", (1, 0, 0, 0), (1, 0, 2, 9), 25), ("ltc-25-speed-0.8", (1, 0, 0, 0), (1, 0, 2, 9), 25),
    ],
)  # fmt: skip
def test_a_recording_is_run_through_without_a_hole(name: str, first: Any, last: Any, fps: int) -> None:
    spans = ran(name, 25)
    rate = spans[-1].rate
    assert rate.fps == fps and rate.drop == ("df-" in name)
    assert spans[0].begin == rate.count(*first) * 4 and spans[-1].end == rate.count(*last) * 4
    for before, after in itertools.pairwise(spans):
        assert after.begin == (before.end + 1) % rate.day


def test_a_jump_skips_what_lies_between_and_a_tape_backwards_fires_nothing() -> None:
    spans = ran("ltc-25-dropout-and-jump")
    rate = spans[0].rate
    jumped = next(index for index, span in enumerate(spans) if span.begin == rate.count(2, 30, 0, 0) * 4)
    assert rate.count(2, 0, 0, 23) * 4 <= spans[jumped - 1].end <= rate.count(2, 0, 0, 24) * 4
    assert ran("ltc-25-reversed") == []


def test_heavy_noise_gives_no_time_that_was_not_there() -> None:
    want = {one["tc"] for one in told("ltc-25-noise-heavy")["frames"]}
    assert {text(frame) for frame in read("ltc-25-noise-heavy")} <= want


def test_the_rate_is_the_one_that_the_tape_shows_whatever_the_show_says() -> None:
    assert [span.rate.fps for span in ran("ltc-24", 30)] == [24] * len(ran("ltc-24", 30))
    assert ran("ltc-25-speed-2.0", None)[-1].rate.fps == 25, "after its first full second"


@examples(20)
@given(st.integers(1, 4000), st.integers(0, 2**32))
def test_how_sound_is_cut_into_pieces_does_not_matter(most: int, seed: int) -> None:
    rate, samples = sound("ltc-25-noise")
    samples, dice, reader, heard = samples[:20_000], random.Random(seed), Ltc(rate), list[LtcFrame]()
    at = 0
    while at < len(samples):
        size = dice.randint(1, most)
        heard += reader.feed(samples[at : at + size])
        at += size
    assert heard == list(Ltc(rate).feed(samples))


@given(st.binary(max_size=4000), st.booleans())
def test_sound_that_is_no_time_code_fires_nothing(data: bytes, tail: bool) -> None:
    assert list(Ltc(48_000).feed(data * 3 + (b"\x80" * 500 if tail else b""))) == []


def test_silence_and_one_level_are_nothing() -> None:
    assert list(Ltc(48_000).feed([0.0] * 48_000)) == []
    assert list(Ltc(48_000).feed([1] * 48_000)) == []


# --- sound as bytes ------------------------------------------------------------------------------------------


def header(kind: int, channels: int, rate: int, bits: int, extra: bytes = b"") -> bytes:
    part = (
        kind.to_bytes(2, "little")
        + channels.to_bytes(2, "little")
        + rate.to_bytes(4, "little")
        + bytes(6)
        + bits.to_bytes(2, "little")
        + extra
    )
    return (
        b"RIFF\xff\xff\xff\xffWAVE"
        b"LIST\x04\0\0\0abcd"
        b"fmt " + len(part).to_bytes(4, "little") + part + b"data\xff\xff\xff\xff"
    )


@pytest.mark.parametrize(
    ("pcm", "data"),
    [
        (Pcm(48_000, 2, 1), bytes((1, 2, 3, 4))),
        (Pcm(48_000, 2, 2), array("h", (1, 2, 3, 4)).tobytes()),
        (Pcm(48_000, 2, 3), bytes((9, 1, 0, 9, 2, 0, 9, 3, 0, 9, 4, 0))),
        (Pcm(48_000, 2, 4), array("i", (1, 2, 3, 4)).tobytes()),
        (Pcm(48_000, 2, 4, True), array("f", (1, 2, 3, 4)).tobytes()),
    ],
)
def test_the_second_channel_of_every_kind_of_sound(pcm: Pcm, data: bytes) -> None:
    assert list(pcm.channel(data, 2)) == [2, 4]
    head = header(3 if pcm.real else 1, 2, 48_000, pcm.width * 8)
    assert wav(head + data) == (pcm, len(head))
    assert all(wav(head[:short]) is None for short in range(len(head) - 8))


def test_a_wav_of_an_extended_kind_is_read_and_others_are_named() -> None:
    extended = header(0xFFFE, 1, 48_000, 24, b"\x16\0" + bytes(6) + b"\x01\0" + bytes(14))
    assert wav(extended) == (Pcm(48_000, 1, 3), len(extended))
    for bad in (b"ID3" + bytes(20), header(85, 2, 44_100, 0), header(1, 0, 48_000, 16), header(1, 1, 1, 16)):
        with pytest.raises(ValueError, match="it"):
            wav(bad)


@given(st.binary(max_size=200))
def test_no_header_breaks_anything(data: bytes) -> None:
    for head in (b"", b"RIFF\0\0\0\0WAVE", header(1, 1, 48_000, 16)[:30]):
        with contextlib.suppress(ValueError):
            wav(head + data)
