"""`cuelang remote …`: what another terminal may ask of a running show. The asking is in `cuelang/web/remote.py`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from cuelang.cli.commands import DONE, ERRORS, Stop
from cuelang.plain import plain

if TYPE_CHECKING:
    from cuelang.web.remote import Remote

Add = Callable[..., argparse.ArgumentParser]

URL, PIN = "CUELANG_URL", "CUELANG_PIN"

EXAMPLES = """\
  cuelang remote go                  GO of what stands by
  cuelang remote go 12.5             GO of cue 12.5
  cuelang remote panic               every cue ends, every camera stops
  cuelang remote status              what runs, what stands by, every camera
  cuelang remote send foh "zoom to 50% over 2s"

--json prints the answer as it came. Without --url and --pin the environment's
CUELANG_URL and CUELANG_PIN count. Exit codes: 0 the show has done it, 1 it
refuses or does not answer, 2 wrong usage.
"""

MAYBE, NEEDED = "?", None
ORDERS: tuple[tuple[str, str, str | bool | None], ...] = (
    ("go", "GO of what stands by, or of that cue", MAYBE),
    ("start", "start a cue; standby stays", NEEDED),
    ("standby", "let a cue stand by, or `next`", NEEDED),
    ("back", "the cue before stands by", False),
    ("stop", "stop everything, or that cue", MAYBE),
    ("pause", "pause everything, or that cue", MAYBE),
    ("resume", "go on with everything, or with that cue", MAYBE),
    ("panic", "every cue ends, every camera stops", False),
    ("reload", "read the sheet again", False),
    ("lock", "show mode: only GO, stop, pause, resume and panic", False),
    ("unlock", "the end of show mode", False),
)
"""Word, help, and whether a cue's number may follow (`?`), must (None), or may not (False)."""


def add_words(add: Add) -> None:
    """Add `remote` to the commands. `add(name, command, about, epilog)` makes one."""
    remote = add("remote", _nothing, "a running show, from another terminal", EXAMPLES)
    words = remote.add_subparsers(title="what to ask", metavar="COMMAND", required=True)

    def word(name: str, command: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        sub = words.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.", allow_abbrev=False)
        sub.add_argument("--url", help="the address of the show's page (default: http://127.0.0.1:8000)")
        sub.add_argument(
            "--pin", help="if the show asks for one; seen by all on this machine, so rather the environment"
        )
        sub.add_argument("--json", action="store_true", help="print the answer as it came")
        sub.set_defaults(command=command, word=name)
        return sub

    for name, about, cue in ORDERS:
        sub = word(name, _order, about)
        if cue is not False:
            sub.add_argument("cue", nargs=cue, metavar="N", help="a cue's number")
    send = word("send", _send, "one statement to one camera")
    send.add_argument("camera", metavar="CAMERA", help="its name in the show")
    send.add_argument("statement", metavar="STATEMENT", help="in quotes")
    word("status", _status, "what runs, what stands by, every camera")
    log = word("log", _log, "the last lines of the as-run log")
    log.add_argument("--tail", type=int, default=20, metavar="N", help="how many, up to 1000 (default: 20)")


def _nothing(options: argparse.Namespace) -> int:
    raise AssertionError("argparse asks for a word")


def _remote(options: argparse.Namespace) -> Remote:
    from cuelang.web import remote

    url = options.url or os.environ.get(URL) or remote.URL
    return remote.Remote(url, options.pin or os.environ.get(PIN, ""))


def _order(options: argparse.Namespace) -> int:
    return _asked(options, lambda show: show.order(options.word, getattr(options, "cue", None)))


def _send(options: argparse.Namespace) -> int:
    return _asked(options, lambda show: show.statement(options.camera, options.statement))


def _asked(options: argparse.Namespace, ask: Callable[[Remote], dict[str, object]]) -> int:
    from cuelang.web.remote import Unanswered, mistakes, told

    try:
        answer = ask(_remote(options))
    except Unanswered as error:
        raise Stop(str(error), ERRORS) from None
    if options.json:
        _print_json(answer)
    fired = answer["verdict"] == "fired"
    if not fired:
        shown = answer.get("mistakes")
        assert isinstance(shown, list | None)
        raise Stop("\n".join((told(answer), *mistakes(shown or []))), ERRORS)
    if not options.json:
        print(plain(told(answer)))
    return DONE


def _status(options: argparse.Namespace) -> int:
    from cuelang.web.remote import Unanswered, status

    try:
        moment = _remote(options).state()
    except Unanswered as error:
        raise Stop(str(error), ERRORS) from None
    if options.json:
        _print_json(moment)
    else:
        for line in status(moment):
            print(plain(line))
    return DONE


def _log(options: argparse.Namespace) -> int:
    import sys

    from cuelang.runtime import asrun
    from cuelang.runtime.records import from_json
    from cuelang.web.remote import Unanswered

    if not 0 <= options.tail <= 1000:
        raise Stop(f"--tail {options.tail}: a number up to 1000 is needed.")
    try:
        records = _remote(options).log(options.tail)
    except Unanswered as error:
        raise Stop(str(error), ERRORS) from None
    if options.json:
        for record in records:
            print(asrun.line(record))
    else:
        sys.stdout.write(asrun.as_text([from_json(record) for record in records]))
    return DONE


def _print_json(data: object) -> None:
    import json

    print(json.dumps(data, ensure_ascii=False))
