"""A library for Windows that has one function, which is another library's: for what Wine lacks under that name.

It holds no code: a header, and the table of what it exports, with the name of the real one.
"""

from __future__ import annotations

import struct

IMAGE, RVA, ALIGNED = 0x180000000, 0x1000, 0x200
"""Its preferred address, how far from there its table begins, and the grain of the file."""
AMD64, DLL, GUI = 0x8664, 0x2022, 2
"""The machine; a library that may be anywhere in memory; no console."""


def forwarding(library: str, function: str, real: str) -> bytes:
    """The bytes of `library`, whose only `function` is the `real` one: `advapi32.SystemFunction036`."""
    texts, at = b"", RVA + 40 + 4 + 4 + 2  # behind the directory, one address, one name and one ordinal
    places = []
    for text in (library, function, real):
        places.append(at + len(texts))
        texts += text.encode("ascii") + b"\0"
    named, is_named, is_real = places
    tables = (1, 1, 1, RVA + 40, RVA + 44, RVA + 48)  # the first ordinal, how many functions, how many names; where
    directory = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, named, *tables)
    table = directory + struct.pack("<IIH", is_real, is_named, 0) + texts
    size = len(table)
    table += b"\0" * (-size % ALIGNED)
    dos = b"MZ" + b"\0" * 58 + struct.pack("<I", 64)
    head = b"PE\0\0" + struct.pack("<HHIIIHH", AMD64, 1, 0, 0, 0, 112 + 16 * 8, DLL)
    optional = struct.pack(
        "<HBBIIIIIQIIHHHHHHIIIIHHQQQQII",
        *(0x20B, 14, 0, 0, len(table), 0, 0, 0, IMAGE, 0x1000, ALIGNED, 6, 0, 0, 0, 6, 0, 0),
        *(2 * 0x1000, ALIGNED, 0, GUI, 0x100, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16),
    )
    directories = struct.pack("<II", RVA, size) + b"\0" * 8 * 15
    section = struct.pack("<8sIIIIIIHHI", b".edata", size, RVA, len(table), ALIGNED, 0, 0, 0, 0, 0x40000040)
    headers = dos + head + optional + directories + section
    return headers + b"\0" * (ALIGNED - len(headers)) + table
