"""`cuelang remote …`: what another terminal may ask of a running show. The asking is in `cuelang/web/remote.py`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from cuelang.cli.arguments import Add
from cuelang.cli.common import DONE, ERRORS, CliStop
from cuelang.plain import plain

if TYPE_CHECKING:
    from cuelang.web.orders import Wish
    from cuelang.web.remote import Remote


URL, PIN, FINGERPRINT = "CUELANG_URL", "CUELANG_PIN", "CUELANG_FINGERPRINT"

EXAMPLES = """\
  cuelang remote go                  fire the standby cue
  cuelang remote go 12.5             fire cue 12.5
  cuelang remote locate 12 at 2.5s   bring every camera to where the list has it then
  cuelang remote swap foh for spare  spare stands in for foh from now on
  cuelang remote update wide of foh  write the position of foh into the sheet, as its preset wide
  cuelang remote trace foh start     record the path of foh, driven by hand; `trace foh stop` writes the file
  cuelang remote panic               end every cue, stop every camera
  cuelang remote mute keys           the input keys fires nothing until `unmute keys`
  cuelang remote listen              what comes in on the inputs, live, and which trigger takes it
  cuelang remote status              running cues, standby, every camera
  cuelang remote send foh "zoom to 50% over 2s"

--json prints the raw response. The environment variables CUELANG_URL,
CUELANG_PIN and CUELANG_FINGERPRINT are the defaults of --url, --pin and
--fingerprint. Exit codes: 0 accepted, 1 refused or no response, 2 wrong usage.
"""

LOOK_S = 0.25
"""Seconds between two looks of `listen`."""
MAYBE, NEEDED = "?", None
ORDERS: tuple[tuple[str, str, str | bool | None], ...] = (
    ("go", "fire the standby cue, or the given cue", MAYBE),
    ("start", "start a cue without moving standby", NEEDED),
    ("standby", "put a cue, or `next`, on standby", NEEDED),
    ("back", "put the previous cue on standby", False),
    ("stop", "stop everything, or the given cue", MAYBE),
    ("pause", "pause everything, or the given cue", MAYBE),
    ("resume", "resume everything, or the given cue", MAYBE),
    ("panic", "end every cue, stop every camera", False),
    ("reload", "reload the sheet", False),
    ("lock", "enter show mode: only GO, stop, pause, resume and panic", False),
    ("unlock", "leave show mode", False),
    ("seen", "acknowledge the alarms on the screens", False),
    ("done", "the first CUT TO on the screens is done", False),
    ("takeover", "take over from the machine that this one follows", False),
    ("skip", "leave out the next scheduled firing; repeat to undo", False),
)
"""Word, help, and whether a cue's number may follow (`?`), must (None), or may not (False)."""


TWO_WORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("off", "off air: nothing counts as on program, lamps are dark", ("air",)),
    ("on", "on air again", ("air",)),
    ("cutting", "who cuts: a person at the switcher or the cues", ("by hand", "by sheet")),
    ("lamps", "every tally lamp off, or on again", ("off", "on")),
)
"""Requests of several words: the first, help, and what may follow."""


FRAMING: tuple[tuple[str, str, str], ...] = (
    (
        "update",
        "write the current position of a camera into the sheet, as that of a preset",
        "`wide of foh`, optionally `live`",
    ),
    (
        "undo",
        "undo the last change of a preset in the sheet",
        "`wide of foh`, optionally `step 2`: the change before the last",
    ),
    ("store", "move a camera to a preset, and have it store the preset there", "`wide of foh`, optionally `live`"),
    (
        "new",
        "add a preset at the current position of a camera",
        "`altar of foh`, optionally `number 7`: the camera stores it too, and `live`",
    ),
    (
        "trace",
        "record the path along which a person drives a camera",
        "`foh start`, optionally the name of the file; `foh stop`",
    ),
)
"""What is done with presets and paths: word, help, and what may follow."""


def add_words(add: Add) -> None:
    """Add `remote` to the commands."""
    remote = add("remote", _nothing, "control a running show from another terminal", EXAMPLES)
    _where(remote, None)
    words = remote.add_subparsers(title="request", metavar="COMMAND", required=True)

    def word(name: str, command: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        sub = words.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.", allow_abbrev=False)
        _where(sub, argparse.SUPPRESS)
        sub.set_defaults(command=command, word=name)
        return sub

    for name, about, cue in ORDERS:
        sub = word(name, _order, about)
        if cue is not False:
            sub.add_argument("cue", nargs=cue, metavar="N", help="cue number")
    for name, about, endings in TWO_WORDS:
        sub = word(name, _order, about)
        sub.add_argument("ending", nargs="+", metavar="WORD", help=" or ".join(f"`{ending}`" for ending in endings))
    locate = word("locate", _locate, "bring every camera to where the list has it just before a cue")
    locate.add_argument(
        "words",
        nargs="+",
        metavar="N",
        help="cue number; then `at T`: this time into the cue, `live`: cameras on program too, `go`: fire it then",
    )
    swap = word("swap", _swap, "have another camera stand in for one")
    swap.add_argument(
        "words", nargs="+", metavar="WORD", help="`foh for spare`, optionally `anyway`; `foh for foh` ends it"
    )
    for name, about, forms in FRAMING:
        sub = word(name, _frame, about)
        sub.add_argument("words", nargs="+", metavar="WORD", help=forms)
        sub.add_argument("--who", metavar="NAME", help="the name of the person, for the log")
    place = word("plan-state", _plan_state, "print where the list has every camera just before a cue")
    place.add_argument(
        "words", nargs="+", metavar="N", help="cue number, then optionally `at T`: this time into the cue"
    )
    send = word("send", _send, "send one statement to one camera")
    send.add_argument("camera", metavar="CAMERA", help="camera name in the show")
    send.add_argument("statement", metavar="STATEMENT", help="the statement, in quotes")
    note = word("note", _note, "write a note about the cue that was fired last")
    note.add_argument("text", metavar="TEXT", help="the note, in quotes")
    note.add_argument("--cue", metavar="N", help="about this cue")
    note.add_argument("--who", metavar="NAME", help="the name of the person, for the log")
    for name, about in (
        ("mute", "mute an input: it fires nothing but stop and panic"),
        ("unmute", "unmute an input"),
    ):
        word(name, _mute, about).add_argument("input", metavar="INPUT", help="name of the input in the sheet")
    listen = word("listen", _listen, "show what comes in on the inputs, live, until Ctrl-C")
    listen.add_argument("--once", action="store_true", help="only the last message of each")
    word("status", _status, "print running cues, standby, and every camera")
    log = word("log", _log, "print the end of the as-run log")
    log.add_argument("--tail", type=int, default=20, metavar="N", help="number of records, up to 1000 (default: 20)")


def _where(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Which show. Taken before the request and after it; `default` SUPPRESS keeps what came before."""
    parser.add_argument("--url", default=default, help="address of the show's page (default: http://127.0.0.1:8000)")
    parser.add_argument(
        "--pin",
        default=default,
        help="PIN, if the show needs one (visible to other users of this machine; prefer CUELANG_PIN)",
    )
    parser.add_argument(
        "--fingerprint",
        default=default,
        metavar="SHA256",
        help="fingerprint of the certificate of an https:// page, as the screen shows it",
    )
    parser.add_argument("--json", default=default or False, action="store_true", help="print the raw response")


def _nothing(_options: argparse.Namespace) -> int:
    raise AssertionError("argparse asks for a word")


def _remote(options: argparse.Namespace) -> Remote:
    from cuelang.web import remote

    url = options.url or os.environ.get(URL) or remote.URL
    fingerprint = options.fingerprint or os.environ.get(FINGERPRINT, "")
    return remote.Remote(url, options.pin or os.environ.get(PIN, ""), fingerprint)


def _order(options: argparse.Namespace) -> int:
    wish = cast("Wish", " ".join((options.word, *_ending(options))))
    return _asked(options, lambda show: show.order(wish, getattr(options, "cue", None)))


def _ending(options: argparse.Namespace) -> list[str]:
    """The words after the first, where there are any."""
    found: list[str] = getattr(options, "ending", [])
    endings = next((endings for name, _, endings in TWO_WORDS if name == options.word), None)
    if endings is not None and " ".join(found) not in endings:
        wanted = " or ".join(f"`{options.word} {ending}`" for ending in endings)
        raise CliStop(f"remote: unknown request `{options.word} {' '.join(found)}`. Write {wanted}.")
    return found


def _note(options: argparse.Namespace) -> int:
    who = {"who": options.who} if options.who else {}
    return _asked(options, lambda show: show.order("note", options.cue, text=options.text, **who))


@contextlib.contextmanager
def _typed() -> Iterator[None]:
    """Whatever is wrong with the words ends the command."""
    try:
        yield
    except ValueError as error:
        raise CliStop(f"remote: {error}") from None


def _jump(options: argparse.Namespace) -> tuple[str, dict[str, object]]:
    """The cue and the rest, as the API takes it; frames are counted by the show."""
    from fractions import Fraction

    from cuelang.playback.script import moment_of

    given: list[str] = options.words
    with _typed():
        cue, moment = moment_of(given, Fraction(25))
    at = {"at": given[given.index("at") + 1]} if moment.at is not None else {}
    return cue, {**at, **({"live": True} if moment.live else {}), **({"go": True} if moment.go else {})}


def _locate(options: argparse.Namespace) -> int:
    cue, rest = _jump(options)
    return _asked(options, lambda show: show.order("locate", cue, **rest))


def _swap(options: argparse.Namespace) -> int:
    from cuelang.playback.script import swap_of

    with _typed():
        swap = swap_of(options.words)
    rest: dict[str, object] = {"camera": swap.camera, "for": swap.other, **({"anyway": True} if swap.anyway else {})}
    return _asked(options, lambda show: show.order("swap", None, **rest))


def _frame(options: argparse.Namespace) -> int:
    from cuelang.playback.hands import framed_of

    with _typed():
        wanted = framed_of([options.word, *options.words], options.who or "")
    return _asked(options, lambda show: show.frame(wanted))


def _plan_state(options: argparse.Namespace) -> int:
    from cuelang.web.remote import state_lines

    cue, rest = _jump(options)
    if rest.keys() - {"at"}:
        raise CliStop("remote: `plan-state` takes a cue's number and `at T`.")
    found = _remote(options).state_at(cue, str(rest["at"]) if "at" in rest else None)
    if options.json:
        _print_json(found)
    else:
        for line in state_lines(found):
            print(plain(line))
    return DONE


def _send(options: argparse.Namespace) -> int:
    return _asked(options, lambda show: show.statement(options.camera, options.statement))


def _asked(options: argparse.Namespace, ask: Callable[[Remote], dict[str, object]]) -> int:
    from cuelang.web.remote import mistakes, told

    answer = ask(_remote(options))
    if options.json:
        _print_json(answer)
    fired = answer["verdict"] == "fired"
    if not fired:
        shown = answer.get("mistakes")
        lines = mistakes(shown) if isinstance(shown, list) else []
        raise CliStop("\n".join((told(answer), *lines)), ERRORS)
    if not options.json:
        print(plain(told(answer)))
    return DONE


def _mute(options: argparse.Namespace) -> int:
    return _asked(options, lambda show: show.order(options.word, None, input=options.input))


def _listen(options: argparse.Namespace) -> int:
    from threading import Event

    from cuelang.web.remote import listened

    show, after, pause = _remote(options), 0, Event()
    try:
        while True:
            moment = show.inputs()
            lines, last = listened(moment, after)
            if options.json:
                for one in moment["heard"]:
                    if one["seq"] > after:
                        _print_json(one)
            else:
                for line in lines:
                    print(plain(line))
            after = last
            if options.once:
                return DONE
            sys.stdout.flush()
            pause.wait(LOOK_S)
    except KeyboardInterrupt:
        return DONE


def _status(options: argparse.Namespace) -> int:
    from cuelang.web.remote import status

    moment = _remote(options).state()
    if options.json:
        _print_json(moment)
    else:
        for line in status(moment):
            print(plain(line))
    return DONE


def _log(options: argparse.Namespace) -> int:
    import sys

    from cuelang.runtime import asrun
    from cuelang.runtime.record_json import from_json

    if not 0 <= options.tail <= 1000:
        raise CliStop("--tail must be between 0 and 1000.")
    records = _remote(options).log(options.tail)
    if options.json:
        for record in records:
            print(asrun.line(record))
    else:
        sys.stdout.write(asrun.as_text([from_json(record) for record in records]))
    return DONE


def _print_json(data: object) -> None:
    import json

    print(json.dumps(data, ensure_ascii=False))
