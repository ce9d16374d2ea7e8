"""`locate` and `swap` as they are requested from outside: by a trigger of the sheet, an OSC message, HTTP. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from cuelang.plan import Captured, CueAction, Swap, cue_number
from cuelang.playback.effects import NO_MOMENT, LocateMoment, Request, Verdict
from cuelang.playback.script import moment_of, parse_time
from cuelang.triggers.arguments import is_button, number_text

_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_SHOWN_CHARS = 40


def time_of(text: str, fps: Fraction | None = None) -> int:
    """`2.5s`, `1:30` in ns; a number without a unit counts seconds. Raises ValueError."""
    return parse_time(f"{text}s" if _NUMBER.fullmatch(text) else text[:_SHOWN_CHARS], fps)


def of_action(action: CueAction, captures: Mapping[str, str]) -> LocateMoment:
    """What an action of a trigger says besides its cue. Raises ValueError for a capture that is not a time."""
    if action.verb != "locate":
        return NO_MOMENT
    at = time_of(captures.get(action.at.name, "")) if isinstance(action.at, Captured) else action.at
    return LocateMoment(at, action.live, action.go)


def swap(captures: Mapping[str, str], arguments: Sequence[object], source: str, received: int) -> Request | Verdict:
    """What `/swap/foh/spare` and `/swap/foh/spare "anyway"` ask for."""
    said = [argument for argument in arguments if not is_button(argument) and argument != 1]
    wanted = Swap(captures.get("camera", ""), captures.get("other", ""), said == ["anyway"])
    request = Request("swap", None, source, received, swap=wanted)
    if said not in ([], ["anyway"]):
        return Verdict(request, "refused", "/swap takes nothing but `anyway`")
    return request


def from_osc(cue: str, arguments: Sequence[object], source: str, received: int) -> Request | Verdict:
    """What `/locate/12`, `/locate/12 2.5` (seconds), `/locate/12 "at 2.5s live"`, `/locate/12 "go"` ask for. 1 and true
    say only that a button was pressed."""
    about = Request("locate", None, source, received)
    words: list[str] = []
    for argument in arguments:
        text = number_text(argument)
        if isinstance(argument, str):
            words += argument.split()
        elif is_button(argument) or argument == 1:
            continue
        elif text is None:
            return Verdict(about, "refused", f"/locate/{cue[:_SHOWN_CHARS]} takes a time, `live` and `go`")
        else:
            words.append(f"{text}s")
    if words and words[0][0].isdigit():
        words.insert(0, "at")
    try:
        number = cue_number(cue)
    except ValueError:
        return Verdict(about, "no_cue", f"“{cue[:_SHOWN_CHARS]}” is not a cue number")
    try:
        _, moment = moment_of([number, *(f"{word}s" if _NUMBER.fullmatch(word) else word for word in words)])
    except ValueError as error:
        return Verdict(about, "refused", str(error).removesuffix("."))
    return Request("locate", number, source, received, moment=moment)
