"""The files of the page, all of them in memory: what is not in the folder when the show starts cannot be asked for."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

FOLDER = Path(__file__).parent / "static"
KINDS: Mapping[str, str] = {
    ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2", ".txt": "text/plain",
}  # fmt: skip
"""What is served; a file of any other kind stays where it is."""
PACKED = frozenset((".html", ".js", ".mjs", ".css", ".svg", ".txt", ".webmanifest"))


class File(Struct, frozen=True):
    kind: str
    data: bytes
    packed: bytes | None
    tag: str


def files(folder: Path = FOLDER) -> dict[str, File]:
    """By path: `/app.js`, and `/` for index.html. Links that lead out of the folder lead nowhere."""
    found: dict[str, File] = {}
    top = folder.resolve()
    for path in sorted(folder.rglob("*")):
        kind = KINDS.get(path.suffix)
        if kind is None or not path.is_file() or not path.resolve().is_relative_to(top):
            continue
        data = path.read_bytes()
        packed = gzip.compress(data, mtime=0) if path.suffix in PACKED else None
        found[f"/{path.relative_to(folder).as_posix()}"] = File(kind, data, packed, sha256(data).hexdigest()[:20])
    if "/index.html" in found:
        found["/"] = found["/index.html"]
    return found
