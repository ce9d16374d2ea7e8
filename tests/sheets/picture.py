"""What Neovim shows of a sheet, cell by cell, and the same as a picture for the guide.

    .venv/bin/python -m tests.sheets.picture

draws cuelang/guide/editor.svg again; it needs Neovim, and the package pyte.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from cuelang.output.guide import FOLDER
from cuelang.sheets.editor import clients

WIDTH, HEIGHT = 108, 28
CELL, LINE, SIZE = 8.43, 18, 14
BACK, FORE = "#16181d", "#d5d9e0"
DARK = """\
vim.cmd("set termguicolors background=dark noswapfile nonumber noshowmode noruler laststatus=0 noshowcmd")
vim.cmd("set completeopt=menuone,noselect")
for group, colour in pairs({ Keyword = "#7fb4ff", Identifier = "#b9c6d8", Type = "#8fd0c4", Constant = "#e0b76a",
                             Number = "#e0b76a", String = "#a8cc8c", Comment = "#7a828e", Normal = "#d5d9e0",
                             DiagnosticError = "#ff7b72", DiagnosticWarn = "#e3b341" }) do
    vim.cmd("highlight " .. group .. " guifg=" .. colour .. " guibg=NONE gui=NONE")
end
vim.cmd("highlight Pmenu guifg=#d5d9e0 guibg=#2a3040")
vim.cmd("highlight PmenuSel guifg=#ffffff guibg=#3d5a8a")
vim.cmd("highlight EndOfBuffer guifg=#16181d")
vim.cmd("highlight SignColumn guibg=NONE")
"""

SHEET = """\
camera foh "visca+udp://10.0.0.21"
    model "ptzoptics-move-4k-20x"
    preset wide   = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
    preset storm  = 5 at pan 12deg tilt -3deg zoom 20%

cue 1 "House open"   # LX 1
    move foh to wide

cue 2 "The queen enters"
    standby "LX 24. Stand by camera."
    move foh to throe over 4s ease in_out
    wait for foh
    tally foh program

cue 3 "Storm"
    move foh to storm over 1s
    at 4s   move foh to 
"""  # noqa: W291 - the cursor is behind it

DRIVE = """\
vim.opt.shortmess:append("IFcsW")
vim.cmd("edit sunday.cues")
local timer, begun = vim.loop.new_timer(), false
timer:start(200, 200, vim.schedule_wrap(function()
    if #vim.diagnostic.get(0) == 0 then return end
    if begun then
        vim.cmd("redraw")
        if vim.fn.pumvisible() == 1 then vim.fn.writefile({}, "ready") end
        return
    end
    begun = true
    vim.cmd("normal! G$")
    vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes("A<C-x><C-o>", true, false, true), "t", false)
end))
"""


class Cell(NamedTuple):
    text: str
    fore: str
    back: str


def screen(folder: Path) -> list[list[Cell]]:
    """What Neovim's screen has once the finding and a completion are there."""
    import pyte

    (folder / "sunday.cues").write_text(SHEET, encoding="utf-8")
    (folder / "init.lua").write_text(DARK + clients.neovim(), encoding="utf-8")
    (folder / "drive.lua").write_text(DRIVE, encoding="utf-8")
    program = folder / "bin/cuelang"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cuelang "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "TERM": "xterm-256color",
        "PYTHONPATH": str(Path(__file__).parents[2]), **{f"XDG_{kind}_HOME": str(folder / kind) for kind in
                                                         ("STATE", "CONFIG", "DATA")},
    }  # fmt: skip
    nvim = shutil.which("nvim")
    assert nvim is not None
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(nvim, [nvim, "-i", "NONE", "-u", "init.lua", "-S", "drive.lua"], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    shown = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.ByteStream(shown)
    quiet = 0
    while quiet < 10:
        if select.select([terminal], [], [], 0.3)[0]:
            stream.feed(os.read(terminal, 1 << 16))
        quiet = quiet + 1 if (folder / "ready").exists() else 0
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(terminal)
    return [[_cell(shown.buffer[row][column]) for column in range(WIDTH)] for row in range(HEIGHT)]


def _cell(char: Any) -> Cell:
    front, behind = _colour(char.fg, FORE), _colour(char.bg, BACK)
    return Cell(char.data or " ", behind if char.reverse else front, front if char.reverse else behind)


def _colour(name: str, usual: str) -> str:
    return f"#{name}" if len(name) == 6 and set(name) <= set("0123456789abcdef") else usual


def svg(rows: list[list[Cell]]) -> str:
    """The screen as a picture, with attributes alone: it needs no style sheet and no font of its own."""
    width, height = WIDTH * CELL + 24, len(rows) * LINE + 24
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-size="{SIZE}"'
            ' font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace">'
        ),
        f'<rect width="100%" height="100%" rx="6" fill="{BACK}"/>',
    ]
    for number, row in enumerate(rows):
        column = 0
        for (fore, back), run in groupby(row, key=lambda cell: (cell.fore, cell.back)):
            text = "".join(cell.text for cell in run)
            x, y, wide = 12 + column * CELL, 12 + number * LINE, len(text) * CELL
            if back != BACK:
                parts.append(f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{LINE}" fill="{back}"/>')
            if text.strip():
                parts.append(
                    f'<text x="{x:.1f}" y="{y + 13}" fill="{fore}" textLength="{wide:.1f}" xml:space="preserve">'
                    f"{escape(text)}</text>"
                )
            column += len(text)
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        drawn = screen(Path(name))
    FOLDER.joinpath("editor.svg").write_text(svg(drawn), encoding="utf-8")
    print("\n".join("".join(cell.text for cell in row).rstrip() for row in drawn))
