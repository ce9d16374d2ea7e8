"""sACN and Art-Net as other programs send them, and what several senders come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.dmx import SENDERS, SILENCE_NS, Levels, Universe, artnet, sacn, timecode
from cuelang.units import NS

DATA = Path(__file__).parent / "data/lighting"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines() if line]


def played(name: str) -> list[tuple[float, tuple[int, ...] | None]]:
    """When the first three levels of a recording become others, and what they are."""
    universe, found = Universe(), list[tuple[float, tuple[int, ...] | None]]()
    for row in rows(name):
        said = sacn(bytes.fromhex(row["hex"])) if "hex" in row else None
        if said is not None and universe.take(said, round(row["t"] * NS)):
            levels = universe.levels()
            shown = None if levels is None else tuple(levels[:3])
            if not found or found[-1][1] != shown:
                found.append((row["t"], shown))
    return found


def test_one_sender_its_preview_and_its_end() -> None:
    assert [levels for _, levels in played("sacn-one-source.jsonl")] == [
        (0, 0, 0), (255, 0, 0), (0, 0, 0), (10, 20, 30), (200, 0, 0), (99, 0, 0), None,
    ]  # fmt: skip
    by_time = dict(played("sacn-one-source.jsonl"))
    assert by_time[1.9727] == (99, 0, 0), "what came with the preview bit counts when the bit has gone"


def test_two_senders_the_highest_level_then_the_highest_priority() -> None:
    assert [levels for _, levels in played("sacn-two-sources.jsonl")] == [
        (100, 0, 0), (100, 50, 0), (0, 60, 0), (100, 0, 0), (101, 0, 0), None,
    ]  # fmt: skip


def test_what_is_odd_in_sacn() -> None:
    taken = [row["meaning"].split(":")[0] for row in rows("sacn-odd.jsonl") if sacn(bytes.fromhex(row["hex"]))]
    assert taken == [
        "as recorded", "force_synchronization bit set with sync address 0",
        "sequence 19 behind the last",
    ]  # fmt: skip
    universe = Universe()
    said = [sacn(bytes.fromhex(row["hex"])) for row in rows("sacn-odd.jsonl")]
    assert [one is not None and universe.take(one, 0) for one in said].count(True) == 1, "an old packet is passed over"


def test_qlc_plus_sends_both() -> None:
    said = [sacn(bytes.fromhex(row["hex"])) for row in rows("sacn-qlcplus.jsonl") if "hex" in row]
    assert said and all(one is not None and one.universe in (1, 2) and len(one.levels) == 512 for one in said)
    art = [artnet(bytes.fromhex(row["hex"]), b"a") for row in rows("artnet-qlcplus.jsonl") if "hex" in row]
    assert {one.universe for one in art if one is not None} <= {0, 1} and any(art)


def test_a_sender_of_art_net_that_never_counts_is_heard() -> None:
    universe, heard = Universe(), 0
    for row in rows("artnet-stupidartnet.jsonl"):
        said = artnet(bytes.fromhex(row["hex"]), b"10.0.0.7") if "hex" in row else None
        if said is not None and said.universe == 0:
            heard += universe.take(said, round(row["t"] * NS))
    assert heard > 1


def test_what_is_odd_in_art_net() -> None:
    found = [artnet(bytes.fromhex(row["hex"]), b"x") for row in rows("artnet-odd.jsonl")]
    levels = [one.levels[:4] for one in found if one is not None]
    assert levels[0] == b"\xff\x07" and len(levels) == 2


def test_a_silent_sender_is_forgotten() -> None:
    universe = Universe()
    universe.take(Levels(1, b"a", b"\x64"), 0)
    universe.take(Levels(1, b"b", b"\x00\x32"), NS)
    assert universe.levels() == b"\x64\x32".ljust(512, b"\0") and universe.due == SILENCE_NS
    assert universe.expire(SILENCE_NS) and universe.levels() == b"\x00\x32".ljust(512, b"\0")
    assert not universe.expire(SILENCE_NS) and universe.expire(NS + SILENCE_NS) and universe.levels() is None


def test_senders_are_bounded() -> None:
    universe = Universe()
    for number in range(1000):
        universe.take(Levels(1, str(number).encode(), bytes(512)), 0)
    assert len(universe._senders) == SENDERS


@pytest.mark.parametrize("name", ["sacn-one-source.jsonl", "artnet-qlcplus.jsonl"])
@given(data=st.data())
def test_no_bytes_break_it(name: str, data: st.DataObject) -> None:
    good = next(bytes.fromhex(row["hex"]) for row in rows(name) if "hex" in row)
    packet = bytearray(good[: data.draw(st.integers(0, len(good)))])
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, 640), st.integers(0, 255)), max_size=6)):
        if at < len(packet):
            packet[at] = byte
    for said in (sacn(bytes(packet)), artnet(bytes(packet), b"x")):
        assert said is None or (1 <= len(said.levels) <= 512 or said.levels == b"")


def test_time_code_of_art_net_and_what_is_impossible() -> None:
    for row in rows("artnet-timecode.jsonl"):
        found = timecode(bytes.fromhex(row["hex"]))
        if row["timecode"] is None:
            assert found is None, row["meaning"]
        else:
            assert found is not None
            hours, minutes, seconds, frames = found.label
            text = f"{hours:02}:{minutes:02}:{seconds:02}{';' if found.rate.drop else ':'}{frames:02}"
            assert (text, found.stream, found.rate.fps) == (
                row["timecode"],
                row["stream"],
                int(row["type"][:2].replace("29", "30")),
            )


@given(st.binary(max_size=30))
def test_whatever_follows_the_head_of_time_code_is_taken_or_not(rest: bytes) -> None:
    found = timecode(b"Art-Net\0\x00\x97" + rest)
    assert found is None or found.rate.has(*found.label)
