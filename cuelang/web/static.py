"""The files of the page, all of them in memory: what is not in the folder when the show starts cannot be asked for.

The page is written as many modules and style sheets; a browser gets one document with all of them, for it is the number
of requests that takes the time. The modules are put into one, in the order in which they need each other, without their
imports and exports. So they share one scope: no two of them may declare the same name at the top level, and nothing is
imported under another name (`tests/web/test_page_files.py`). The policy of the document names its scripts and its style
by their sums, so that a browser runs these and no others.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

FOLDER = Path(__file__).parent / "static"
KINDS: Mapping[str, str] = {
    ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2", ".txt": "text/plain",
}  # fmt: skip
"""What is served; a file of any other kind stays where it is."""
PACKED = frozenset((".html", ".js", ".mjs", ".css", ".svg", ".txt", ".webmanifest"))


VIEWS = ("/prompt", "/cameras", "/framing")
"""Addresses at which the page shows something other than the desk."""


DOCUMENT, EARLY, ENTRY = "index.html", "early.js", "app.js"
"""The document, the script that runs before anything is drawn, and the module that, with all that it imports, is the
page."""
STYLES = ("page.css", "views.css", "framing.css")
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w/.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |let |function |async |class )", re.MULTILINE)
_EXPORTS = re.compile(r"export\{([^}]*)\};?\s*\Z")


class StaticFile(Struct, frozen=True):
    kind: str
    data: bytes
    packed: bytes | None
    tag: str
    policy: str = ""
    """Which scripts and styles it may have; empty: files from here."""


def files(folder: Path = FOLDER) -> dict[str, StaticFile]:
    """By path: `/` and the `VIEWS` for the page, and what it is not made of. Links that lead out of the folder lead
    nowhere."""
    found: dict[str, StaticFile] = {}
    top = folder.resolve()
    for path in sorted(folder.rglob("*")):
        kind = KINDS.get(path.suffix)
        if kind is None or not path.is_file() or not path.resolve().is_relative_to(top):
            continue
        found[f"/{path.relative_to(folder).as_posix()}"] = _file(kind, path.read_bytes(), packed=path.suffix in PACKED)
    if f"/{DOCUMENT}" in found:
        page, parts = _page(folder)
        for name in parts:
            del found[f"/{name}"]
        found |= dict.fromkeys(("/", *VIEWS), page)
    return found


def _page(folder: Path) -> tuple[StaticFile, list[str]]:
    """The document, and the names of the files that are in it."""
    script, parts = joined(folder)
    early = (folder / EARLY).read_text(encoding="utf-8")
    style = "".join((folder / name).read_text(encoding="utf-8") for name in STYLES)
    text = (folder / DOCUMENT).read_text(encoding="utf-8")
    for empty, content in (
        ("<style></style>", style),
        ("<script></script>", early),
        ('<script type="module"></script>', script),
    ):
        before, found, after = text.partition(empty)
        end = empty.rindex("<")
        assert found and "</" + empty[end + 2 : -1] not in content
        text = before + empty[:end] + content + empty[end:] + after
    page = _file(KINDS[".html"], text.encode())
    return replace(page, policy=_policy((early, script), style)), [DOCUMENT, EARLY, *STYLES, *parts]


def _policy(scripts: Iterable[str], style: str) -> str:
    def sums(texts: Iterable[str]) -> str:
        return " ".join(f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts)

    return f"script-src {sums(scripts)}; style-src {sums((style,))}"


def joined(folder: Path) -> tuple[str, list[str]]:
    """The page's modules as one, and their names in that order."""
    parts: dict[str, str] = {}
    vendored: dict[str, set[str]] = {}

    def take(name: str) -> None:
        parts[name] = ""
        text = (folder / name).read_text(encoding="utf-8")
        for words, other in _IMPORT.findall(text):
            if "/" in other:
                vendored.setdefault(other, set()).update(word.strip() for word in words.split(","))
            elif other not in parts:
                take(other)
        del parts[name]
        parts[name] = _EXPORT.sub("", _IMPORT.sub("", text))

    take(ENTRY)
    head = "".join(_enclosed((folder / name).read_text(encoding="utf-8"), words) for name, words in vendored.items())
    return head + "".join(f"// {name}\n{text}" for name, text in parts.items()), [*vendored, *parts]


def _enclosed(text: str, words: Iterable[str]) -> str:
    """A vendored module, with a scope of its own, for these of its names."""
    found = _EXPORTS.search(text)
    assert found is not None
    known = (name.split(" as ") for name in found[1].split(","))
    given = ", ".join(f"{name[-1]}: {name[0]}" for name in known)
    body = text[: found.start()]
    return f"const {{ {', '.join(sorted(words))} }} = (() => {{\n{body}\nreturn {{ {given} }};\n}})();\n"


def _file(kind: str, data: bytes, packed: bool = True) -> StaticFile:
    return StaticFile(kind, data, gzip.compress(data, mtime=0) if packed else None, sha256(data).hexdigest()[:20])
