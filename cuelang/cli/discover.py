"""`cuelang discover`: cameras and switchers on this network."""

from __future__ import annotations

import argparse

from cuelang.cli.arguments import Add
from cuelang.cli.common import DONE, ERRORS, CliStop, progress, tell


def add_words(add: Add) -> None:
    """Add `discover` to the commands."""
    command = add(
        "discover",
        discover_command,
        "find cameras and switchers on this network",
        "Only searches and inquiries are sent; nothing moves and no setting changes.\n"
        "Hosts are asked besides the network, for a camera that is behind a router.",
    )
    command.add_argument("hosts", nargs="*", metavar="HOST", help="ask these hosts, too")
    command.add_argument("--write", metavar="RIG", help="write a rig file to start with; an existing file is kept")
    command.add_argument("--json", action="store_true", help="machine-readable output")


def discover_command(options: argparse.Namespace) -> int:
    """`discover`: what answers on the network, and with `--write` a rig of it. Exit code 1: nothing answered. Raises
    CliStop for a file that exists."""
    import os

    from cuelang import clock
    from cuelang.technician import discover

    if options.write is not None and os.path.exists(options.write):
        raise CliStop(f"{options.write} already exists. Choose another name, or remove it first.")
    with progress("Searching"):
        found = clock.run(discover.discover(options.hosts))
    if options.json:
        import json

        print(json.dumps(discover.as_json(found), ensure_ascii=False, indent=1))
    elif found:
        print(discover.as_text(found))
    if not found:
        tell("No camera and no switcher answered. Check power and network; `cuelang camera probe HOST` asks one host.")
        return ERRORS
    if options.write is not None:
        try:
            with open(options.write, "x", encoding="utf-8") as file:
                file.write(discover.rig_text(found))
        except OSError as error:
            raise CliStop(f"{options.write} cannot be written: {error.strerror or error}.") from None
        tell(f"Wrote {options.write}.")
    return DONE
