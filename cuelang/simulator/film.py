"""Some JPEGs as a film: a real MP4 with one track of Motion JPEG, which needs no encoder.

    ftyp | mdat: the pictures one after the other | moov: one track, sample entry `mp4v`, object type 6C (JPEG)

A camera's videos are H.264; what plays those mostly plays this too (ffmpeg, VLC), and any reader of the container finds
length, size and samples in it. Boxes after ISO/IEC 14496-12 and -14.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

SCALE = 1000
"""Ticks a second: times are in milliseconds."""
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
JPEG = 0x6C


def mp4(pictures: Sequence[bytes], each: int, size: tuple[int, int]) -> bytes:
    """A film of these JPEGs, each shown for `each` ms. `size` in pixels."""
    head = _box(b"ftyp", b"isom", _u32(0x200), b"isom", b"mp42")
    film = b"".join(pictures)
    return head + _box(b"mdat", film) + _moov(pictures, each, size, len(head) + 8)


def _moov(pictures: Sequence[bytes], each: int, size: tuple[int, int], first: int) -> bytes:
    long = len(pictures) * each
    width, height = size
    header = _full(
        b"mvhd", 0, _u32(0, 0, SCALE, long, 0x10000), struct.pack(">HHII", 0x0100, 0, 0, 0), MATRIX, bytes(24), _u32(2)
    )
    track = _full(b"tkhd", 7, _u32(0, 0, 1, 0, long, 0, 0), bytes(8), MATRIX, _u32(width << 16, height << 16))
    media = _full(b"mdhd", 0, _u32(0, 0, SCALE, long), struct.pack(">HH", 0x55C4, 0))
    handler = _full(b"hdlr", 0, _u32(0), b"vide", bytes(12), b"pictures\0")
    table = _box(
        b"stbl",
        _full(b"stsd", 0, _u32(1), _entry(size)),
        _full(b"stts", 0, _u32(1, len(pictures), each)),
        _full(b"stsc", 0, _u32(1, 1, len(pictures), 1)),
        _full(b"stsz", 0, _u32(0, len(pictures), *(len(picture) for picture in pictures))),
        _full(b"stco", 0, _u32(1, first)),
    )
    data = _box(b"dinf", _full(b"dref", 0, _u32(1), _full(b"url ", 1)))
    information = _box(b"minf", _full(b"vmhd", 1, bytes(8)), data, table)
    return _box(b"moov", header, _box(b"trak", track, _box(b"mdia", media, handler, information)))


def _entry(size: tuple[int, int]) -> bytes:
    decoder = _descriptor(4, bytes((JPEG, 0x11)) + bytes(3) + _u32(0, 0))
    stream = _descriptor(3, b"\0\x01\0" + decoder + _descriptor(6, b"\x02"))
    look = struct.pack(">HHIIIHH", 0, 0, 0, 0, 0, *size) + _u32(0x480000, 0x480000, 0)
    rest = struct.pack(">H", 1) + bytes(32) + struct.pack(">Hh", 24, -1)
    return _box(b"mp4v", bytes(6), struct.pack(">H", 1), look, rest, _full(b"esds", 0, stream))


def _descriptor(tag: int, body: bytes) -> bytes:
    return bytes((tag, len(body))) + body


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _full(kind: bytes, flags: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)


def _u32(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)
