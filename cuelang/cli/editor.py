"""`cuelang lsp` and `cuelang editor`: the language server, and the editors' side of it."""

from __future__ import annotations

import argparse
import sys

from cuelang.cli.arguments import Add
from cuelang.cli.common import DONE, USAGE, CliStop, tell


def add_words(add: Add) -> None:
    """Add `lsp` and `editor` to the commands."""
    server = add(
        "lsp",
        lsp_command,
        "start the language server for an editor, on standard input and output",
        "An editor starts it; see `cuelang guide editor`.",
    )
    server.add_argument("--stdio", action="store_true", help="accepted, because many editors pass it")
    write = add("editor", editor_command, "write an editor's extension or configuration for cue sheets")
    write.add_argument(
        "editor",
        choices=("vscode", "neovim", "grammar"),
        help="vscode: an extension to install; neovim: lines for init.lua; grammar: a TextMate grammar",
    )
    write.add_argument("--out", metavar="PATH", help="output file (default: cuelang.vsix, or standard output)")


def lsp_command(_options: argparse.Namespace) -> int:
    """`lsp`: speak the language server's protocol until the editor ends it. Raises CliStop without pygls."""
    try:
        from cuelang.sheets.editor.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol", "cattrs"):
            raise
        raise CliStop(
            'The language server needs the package pygls. Install it: pip install "cuelang[lsp]"', USAGE
        ) from None
    return serve()


def editor_command(options: argparse.Namespace) -> int:
    """`editor`: write what an editor needs to know `.cues` files. Raises CliStop: it cannot be written."""
    from cuelang.sheets.editor import clients, grammar

    if options.editor == "vscode":
        name, made = options.out or "cuelang.vsix", clients.vsix()
    else:
        text = clients.neovim() if options.editor == "neovim" else grammar.textmate_text()
        if options.out is None:
            sys.stdout.write(text)
            return DONE
        name, made = options.out, text.encode()
    try:
        with open(name, "wb") as file:
            file.write(made)
    except OSError as error:
        raise CliStop(f"{name}: {error.strerror}.", USAGE) from None
    hint = f" Install it: code --install-extension {name}" if options.editor == "vscode" else ""
    tell(f"{name} written.{hint}")
    return DONE
