"""The files of the operator's page: small, complete, and one module."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections import Counter
from hashlib import sha256
from pathlib import Path

from cuelang.web.static import files, joined

STATIC = Path(__file__).parents[2] / "cuelang" / "web" / "static"


def test_the_whole_page_is_small_and_needs_nothing_from_elsewhere() -> None:
    found = [path for path in STATIC.rglob("*") if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in found) < 90_000
    own = [path for path in found if path.parent == STATIC]
    for path in own:
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href|from|url\()\s*=?\s*["'(]?(?:https?:)?//""", text), path
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|style)[^>]*>[^<]|\son\w+=|\sstyle=", page)
    shelf = files()
    assert set(re.findall(r'(?:href|src)="(/[\w./-]+)"', page)) <= shelf.keys()
    parts = {f"/{name}" for name in (*joined(STATIC)[1], "early.js")}
    assert {f"/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*.js")} == parts
    assert not parts & shelf.keys(), "it is all in the document"
    assert {path for path in shelf if path.endswith(".css")} == {"/guide.css"}
    for path in STATIC.glob("*.css"):
        assert path.name == "guide.css" or path.read_text(encoding="utf-8") in shelf["/"].data.decode()


def test_the_modules_of_the_page_are_one_without_a_name_that_means_two_things() -> None:
    script, parts = joined(STATIC)
    declared = Counter(
        name
        for text in parts
        if "/" not in text
        for name in re.findall(DECLARED, (STATIC / text).read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert declared["List"] == declared["show"] == 1 and len(declared) > 200
    assert [name for name, count in declared.items() if count > 1] == []
    aliases = [text for text in parts if re.search(r"^import .* as ", (STATIC / text).read_text(), re.MULTILINE)]
    assert aliases == []
    assert re.findall(r"^(?:import|export)\b.*", script, re.MULTILINE) == []
    subprocess.run(["node", "--check", "--input-type=module"], input=script.encode(), check=True)


DECLARED = r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)"


def test_the_vendored_module_is_what_npm_has() -> None:
    """htm 3.1.1, preact/standalone.module.js."""
    vendored = STATIC / "vendor" / "htm-preact.js"
    assert sha256(vendored.read_bytes()).hexdigest() == VENDORED
    licences = (STATIC / "vendor" / "LICENSES.txt").read_text(encoding="utf-8")
    assert "Apache License" in licences
    assert "Copyright (c) 2015-present Jason Miller" in licences


VENDORED = "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"
