"""The editors' side: the grammar for colours, the extension for VS Code, and Neovim as a real editor."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import unescape

import pytest

from cuelang import __version__
from cuelang.cli.parser import main
from cuelang.lang.compile import Compiler
from cuelang.lang.parse import parse
from cuelang.lang.words import DECLARATIONS, SETTINGS, STATEMENTS
from cuelang.library import Library
from cuelang.output import guide
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.sheets.editor import clients, grammar
from cuelang.sheets.editor.prefix import keywords
from cuelang.source import Source
from tests.sheets.editing import RIG
from tests.sheets.picture import SHEET

ROOT = Path(__file__).parents[2]
NODE_MODULES = ROOT / ".venv/node/node_modules"
SCRIPTS = Path(__file__).parent / "node"
NODE = shutil.which("node")
NVIM = shutil.which("nvim")
SHEETS = sorted([*ROOT.glob("examples/*.cues"), *ROOT.glob("stdlib/**/*.cues"), *ROOT.glob("shows/**/*.cues")])

textmate = pytest.mark.skipif(
    NODE is None or not (NODE_MODULES / "vscode-textmate").is_dir() or not (NODE_MODULES / "vscode-oniguruma").is_dir(),
    reason="node with vscode-textmate and vscode-oniguruma is not installed",
)


def tokenised(sheets: list[str]) -> list[list[list[tuple[str, list[str]]]]]:
    """The lines of each sheet as words with their scopes."""
    run = subprocess.run(
        [str(NODE), str(SCRIPTS / "tokenise.js")],
        capture_output=True,
        text=True,
        timeout=50,
        input=json.dumps({"grammar": grammar.textmate_text(), "sheets": sheets}),
        env=os.environ | {"NODE_PATH": str(NODE_MODULES)},
    )
    assert run.returncode == 0, run.stderr
    found: list[list[list[tuple[str, list[str]]]]] = json.loads(run.stdout)
    return found


def test_no_word_of_the_language_is_missing() -> None:
    known = {word for listed in grammar.words().values() for word in listed}
    assert {*DECLARATIONS, *STATEMENTS, *PROPERTIES, *(word for words in SETTINGS.values() for word in words)} <= known
    assert set(keywords().values()) <= known
    assert {word for prop in PROPERTIES.values() for word in prop.words if word[:1].isalpha()} <= known


@textmate
def test_every_example_is_tokenised_without_a_hole() -> None:
    assert len(SHEETS) > 30
    for path, lines in zip(SHEETS, tokenised([path.read_text("utf-8") for path in SHEETS]), strict=True):
        holes = [
            (number, text)
            for number, line in enumerate(lines, 1)
            for text, scopes in line
            if text.strip() and not scopes
        ]
        assert holes == [], path


@textmate
def test_the_words_have_the_scopes_that_themes_know() -> None:
    [lines] = tokenised(
        [
            (
                'cue 2.5 "Storm {storm} \\" x"  # LX 24\n'
                "    at 1:30 move foh to throne over 2.5s ease in_out\n"
                "    set foh white_balance indoor\n"
                "    push_in(foh, amount = 70%)\n"
                'on osc "/go/{number}" go {number}'
            )
        ]
    )
    scopes = {text.strip(): kinds[-1].removesuffix(".cuelang") for line in lines for text, kinds in line if kinds}
    assert scopes["cue"] == "keyword.control" and scopes["2.5"] == "entity.name.section.cue"
    assert scopes["{storm}"] == "variable.other.interpolated" and scopes['\\"'] == "constant.character.escape"
    assert scopes["# LX 24"] == "comment.line.number-sign"
    assert scopes["1:30"] == scopes["2.5s"] == scopes["70%"] == "constant.numeric"
    assert scopes["move"] == "keyword.control" and scopes["to"] == scopes["over"] == "keyword.other"
    assert scopes["foh"] == scopes["throne"] == "variable.other" and scopes["in_out"] == "constant.language"
    assert scopes["white_balance"] == "support.type.property-name" and scopes["indoor"] == "constant.language"
    assert scopes["push_in"] == "entity.name.function.call" and scopes["{number}"] == "variable.parameter.capture"


def test_the_picture_of_the_guide_shows_what_the_compiler_says() -> None:
    """`tests/sheets/picture.py` draws it again."""
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", guide.picture("editor.svg").decode())
    shown = "".join(unescape(text) for text in texts).replace(" ", "")
    found = Compiler(Library()).compile(Source("sunday.cues", SHEET)).diagnostics
    assert [one.code for one in found] == ["E202", "W601", "E101"]
    for one in found:
        assert one.message[:40].replace(" ", "") in shown


# --- VS Code ---


def unpacked(folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(clients.vsix())) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    found: dict[str, Any] = json.loads((folder / "extension/package.json").read_text("utf-8"))
    return found


def test_the_extension_has_what_its_manifest_names(tmp_path: Path) -> None:
    manifest = unpacked(tmp_path)
    here = tmp_path / "extension"
    gives = manifest["contributes"]
    for name in (
        manifest["main"],
        gives["languages"][0]["configuration"],
        gives["grammars"][0]["path"],
        gives["snippets"][0]["path"],
    ):
        assert (here / name).is_file(), name
    assert gives["languages"][0]["extensions"] == [".cues"]
    assert list(gives["configuration"]["properties"]) == ["cuelang.path"]
    assert json.loads((here / "cuelang.tmLanguage.json").read_text("utf-8"))["scopeName"] == "source.cuelang"
    licences = (here / "vendor/LICENSES.txt").read_text("utf-8")
    assert "MIT License" in licences and "ISC License" in licences and (here / "LICENSE.txt").is_file()
    assert clients.vsix() == clients.vsix()


def test_the_extension_s_list_of_contents_is_that_of_the_marketplace(tmp_path: Path) -> None:
    """Compared once with what vsce 3.9.2 packs from the same folder."""
    unpacked(tmp_path)
    space = "{http://schemas.microsoft.com/developer/vsx-schema/2011}"
    root = ElementTree.parse(tmp_path / "extension.vsixmanifest").getroot()
    identity = root.find(f"{space}Metadata/{space}Identity")
    assert identity is not None
    assert identity.attrib == {"Language": "en-US", "Id": "cuelang", "Version": __version__, "Publisher": "cuelang"}
    for asset in root.iter(f"{space}Asset"):
        assert (tmp_path / asset.attrib["Path"]).is_file()
    kinds = {one.attrib["Extension"] for one in ElementTree.parse(tmp_path / "[Content_Types].xml").getroot()}
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file() and path.name[0] != "["} <= kinds


SNIPPETS = json.loads((ROOT / "cuelang/sheets/editor/vscode/snippets.json").read_text("utf-8"))


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_a_piece_of_a_sheet(name: str) -> None:
    body = SNIPPETS[name]["body"]
    text = body if isinstance(body, str) else "\n".join(body)
    text = re.sub(r"\$\{\d+:((?:\\\}|[^}])*)\}", lambda hole: hole[1].replace("\\}", "}"), text)
    if name in ("move", "zoom", "at"):
        text = "cue 7\n" + "\n".join(f"    {row}" for row in text.split("\n"))
    found = parse(Source("snippet", text.replace("$0", "" if name in ("show", "camera") else "wait 1s")))
    assert found.sections and not found.diagnostics, text


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_extension_starts_the_server_and_says_what_to_do_if_it_cannot(tmp_path: Path) -> None:
    unpacked(tmp_path)
    run = subprocess.run(
        [str(NODE), str(SCRIPTS / "extension.js"), str(tmp_path / "extension")],
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert run.returncode == 0, run.stderr
    kind, made, message = json.loads(run.stdout)
    assert kind == "function" and made[2] == {"command": "/opt/cuelang", "args": ["lsp"]}
    assert made[3]["documentSelector"] == [{"language": "cuelang"}]
    assert "/opt/cuelang lsp" in message and "cuelang[lsp]" in message and "cuelang.path" in message


def test_the_editors_files_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["editor", "vscode"]) == 0
    assert zipfile.is_zipfile("cuelang.vsix") and "--install-extension" in capsys.readouterr().err
    assert main(["editor", "grammar"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "cuelang"
    assert main(["editor", "neovim", "--out", "init.lua"]) == 0
    assert "cuelang" in Path("init.lua").read_text() and capsys.readouterr().out == ""
    assert main(["editor", "grammar", "--out", str(tmp_path / "no/folder")]) == 2


# --- Neovim ---

NIGHT = 'use "globe.cues"\n\ncue 1 "House open"\n    move foh to thron\n\ncue 2\n    move   left to door\n'

DRIVE = """\
local function drive()
local function wait(what, met)
    if not vim.wait(20000, met, 20) then error("waited in vain for " .. what) end
end
local function ask(method, row, column, more)
    local params = vim.tbl_extend("force", {
        textDocument = vim.lsp.util.make_text_document_params(0),
        position = { line = row, character = column },
    }, more or {})
    local answers = vim.lsp.buf_request_sync(0, method, params, 20000)
    for _, answer in pairs(answers or {}) do return answer.result end
end
local said = {}
vim.cmd("edit night.cues")
said.filetype = vim.bo.filetype
wait("the finding", function() return #vim.diagnostic.get(0) > 0 end)
local found = vim.diagnostic.get(0)[1]
said.finding = { found.code or found.user_data.lsp.code, found.lnum, found.col, found.message }

vim.api.nvim_buf_set_text(0, 3, 16, 3, 21, { "thr" })
vim.api.nvim_win_set_cursor(0, { 4, 19 })
local offered = ask("textDocument/completion", 3, 19)
said.offered = vim.tbl_map(function(item) return item.label end, offered.items)
vim.api.nvim_buf_set_text(0, 3, 16, 3, 19, { "throne" })
wait("no finding", function() return #vim.diagnostic.get(0) == 0 end)

local edit = ask("textDocument/rename", 3, 18, { newName = "chair" })
vim.lsp.util.apply_workspace_edit(edit, "utf-16")
said.renamed = vim.api.nvim_buf_get_lines(0, 3, 4, false)[1]
wait("the renamed rig", function() return #vim.diagnostic.get(0) == 0 end)

local edits = ask("textDocument/formatting", 0, 0, { options = { tabSize = 4, insertSpaces = true } })
vim.lsp.util.apply_text_edits(edits, 0, "utf-16")
said.formatted = vim.api.nvim_buf_get_lines(0, 6, 7, false)[1]
said.rig = vim.fn.getbufline(vim.fn.bufnr("globe.cues"), 6)[1]
local hover
wait("the rig's new text", function() hover = ask("textDocument/hover", 3, 18) return hover end)
said.hover = hover.contents.value
vim.fn.writefile({ vim.fn.json_encode(said) }, "said.json")
end
local ok, wrong = pcall(drive)
if not ok then vim.fn.writefile({ tostring(wrong) }, "wrong") end
vim.cmd("qa!")
"""


@pytest.mark.skipif(NVIM is None, reason="Neovim (nvim) is not installed")
def test_neovim_shows_completes_renames_and_formats(tmp_path: Path) -> None:
    (tmp_path / "night.cues").write_text(NIGHT)
    (tmp_path / "globe.cues").write_text(RIG)
    (tmp_path / "init.lua").write_text(clients.neovim())
    (tmp_path / "drive.lua").write_text(DRIVE)
    program = tmp_path / "bin/cuelang"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cuelang "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    run = subprocess.run(
        [str(NVIM), "--headless", "-i", "NONE", "-u", "init.lua", "-S", "drive.lua"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=55,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    wrong = tmp_path / "wrong"
    assert not wrong.exists(), wrong.read_text() + run.stderr
    said = json.loads((tmp_path / "said.json").read_text())
    assert said["filetype"] == "cuelang"
    assert said["finding"][:3] == ["E202", 3, 16] and "Did you mean “throne”?" in said["finding"][3]
    assert said["offered"] == ["throne"]
    assert said["renamed"] == "    move foh to chair" and "preset chair = 4" in said["rig"]
    assert said["formatted"] == "    move left to door"
    assert "**foh · chair**" in said["hover"]
