"""`cuelang new`: a first show to change, from the files of `first_show/`."""

from __future__ import annotations

import argparse
from pathlib import Path

from cuelang.cli.arguments import Add
from cuelang.cli.common import DONE, CliStop
from cuelang.plain import plain

FIRST_SHOW = Path(__file__).parent / "first_show"
NAMES = ("rig.cues", "show.cues", "script.txt")


def add_words(add: Add) -> None:
    """Add `new` to the commands."""
    new = add(
        "new",
        new_command,
        "write a first show to change",
        "The folder gets rig.cues (two simulated cameras), show.cues (five cues) and script.txt.\n"
        "Nothing is overwritten.",
    )
    new.add_argument("folder", metavar="FOLDER", help="the show's folder; it is made if it does not exist")


def new_command(options: argparse.Namespace) -> int:
    """`new`: a folder with a first show. Raises CliStop; files that exist are not overwritten."""
    folder = Path(options.folder)
    if not options.folder.strip():
        raise CliStop("The folder's name is empty.")
    there = [name for name in NAMES if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise CliStop(f"{folder} already has {' and '.join(there)}. Choose another folder; nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            with open(folder / name, "x", encoding="utf-8") as file:
                file.write((FIRST_SHOW / name).read_text(encoding="utf-8"))
    except FileExistsError as error:
        raise CliStop(f"{error.filename} already exists and is not a folder. Choose another name.") from None
    except (OSError, ValueError) as error:
        raise CliStop(f"{folder} cannot be written: {getattr(error, 'strerror', None) or error}.") from None
    sheet = folder / "show.cues"
    print(plain(f"{folder}: {', '.join(NAMES)}."))
    print("Next:")
    for line in (f"check {sheet}", f"rehearse {sheet} --script {folder / 'script.txt'}", f"run {sheet}"):
        print(plain(f"  cuelang {line}"))
    return DONE
