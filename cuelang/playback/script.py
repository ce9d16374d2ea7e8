"""A script of requests, for rehearsals and for a show that plays by itself: one line for each, `12.5s go 2`.

Times count from the start and are written as in a sheet. Blank lines and `#` comments are left out.
"""

from __future__ import annotations

import re
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from cuelang.diagnostics import nearest
from cuelang.plain import UserError
from cuelang.plan import NEXT, NamedCue, Plan, Swap, SwitcherAct, cue_number
from cuelang.playback.effects import NO_MOMENT, LocateMoment, Verb
from cuelang.playback.orders import asked, sent
from cuelang.units import NS, SECONDS_IN

Argument = int | float | str


class ScriptError(UserError, ValueError):
    """What is wrong with a script; one message for each line, each names its line."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


class ScriptAsk(Struct, frozen=True):
    """This is requested at `at` ns. `osc` is an incoming message instead of a request."""

    at: int
    line: int
    verb: Verb = "go"
    cue: NamedCue | None = None
    osc: tuple[str, tuple[Argument, ...]] | None = None
    order: OrderAsk | None = None
    moment: LocateMoment = NO_MOMENT
    swap: Swap | None = None
    plug: Plug | None = None
    recover: RecoverAsk | None = None


class RecoverAsk(Struct, frozen=True):
    """`recover foh, left live`."""

    cameras: tuple[str, ...]
    live: bool = False

    @property
    def text(self) -> str:
        return f"recover {', '.join(self.cameras)}{' live' if self.live else ''}"


class Plug(Struct, frozen=True):
    """What befalls a simulated camera: it loses power and is silent, or is back and boots."""

    camera: str
    back: bool

    @property
    def text(self) -> str:
        return f"{'back' if self.back else 'lost'} {self.camera}"


class OrderAsk(Struct, frozen=True):
    """A statement for a switcher. `by_hand`: a person at the desk does it."""

    what: str
    source: str | None = None
    on: str | None = None
    over: int | None = None
    transition: str | None = None
    by_hand: bool = False
    text: str = ""
    live: bool = False
    words: str = ""
    """With `send`: what the switcher itself understands."""

    def act(self, plan: Plan) -> SwitcherAct:
        """What it means in this show. Raises ValueError."""
        if self.what == "send":
            assert self.on is not None
            return sent(plan, self.on, self.words)
        act = asked(plan, self.what, self.source, on=self.on, over=self.over, transition=self.transition)
        return replace(act, live=self.live)


AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|f)")
CLOCK = re.compile(r"(?:(\d+):(?=\d+:))?(\d+):(\d\d(?:\.\d+)?)")
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')

CUE_WANTED: dict[Verb, bool | None] = {
    "go": None, "start": True, "standby": True, "back": False, "stop": None, "pause": None, "resume": None,
    "panic": False, "reload": False, "off air": False, "on air": False, "cutting by hand": False,
    "cutting by sheet": False, "lamps off": False, "lamps on": False, "seen": False,
    "done": False, "locate": True, "skip": False, "swap": True,
}  # fmt: skip
"""Whether a cue's number follows the verb; None: it may."""


def parse_time(text: str, fps: Fraction | None = None) -> int:
    """`12.5s`, `300ms`, `1:02:03.5`, `12f` in ns, rounded to the nearest. Raises ValueError."""
    if amount := AMOUNT.fullmatch(text):
        number, unit = Fraction(amount[1]), amount[2]
        if unit == "f" and fps is None:
            raise ValueError(f"“{text}” counts frames, and the show has no `fps`.")
        seconds = number / fps if unit == "f" and fps else number * SECONDS_IN.get(unit, Fraction(0))
    elif clock := CLOCK.fullmatch(text):
        seconds = int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + Fraction(clock[3])
    elif text == "0":
        seconds = Fraction(0)
    elif re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        raise ValueError(f"“{text}” has no unit; write {text}s, {text}ms or {text}m.")
    else:
        raise ValueError(f"“{text}” is not a time; write 12.5s, 300ms or 1:30.")
    return round(seconds * NS)


def parse(text: str, fps: Fraction | None = None) -> tuple[ScriptAsk, ...]:
    """The lines of a script in order of time, ties in the order of the text. Raises ScriptError."""
    asks, wrong = [], []
    for number, line in enumerate(text.splitlines(), 1):
        words = _words(line)
        if not words:
            continue
        try:
            asks.append(_ask(number, words, fps))
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        raise ScriptError(wrong)
    return tuple(sorted(asks, key=lambda ask: ask.at))


def _words(line: str) -> list[tuple[str, bool]]:
    """The words of a line up to its comment, and whether each stood in quotes."""
    words: list[tuple[str, bool]] = []
    for match in WORD.finditer(line):
        quoted, bare = match.groups()
        if bare is not None and bare.startswith("#"):
            break
        words.append((bare, False) if bare is not None else (re.sub(r"\\(.)", r"\1", quoted), True))
    return words


def _ask(line: int, words: list[tuple[str, bool]], fps: Fraction | None) -> ScriptAsk:
    at = parse_time(words[0][0], fps)
    if len(words) < 2:
        raise ValueError("missing request; for example `12.5s go 2`.")
    verb, rest = words[1][0], words[2:]
    if verb == "osc":
        if not rest or not rest[0][0].startswith("/"):
            raise ValueError('an OSC address begins with a slash, as in `5s osc "/go"`.')
        return ScriptAsk(at, line, osc=(rest[0][0], tuple(_argument(*word) for word in rest[1:])))
    if verb == "send":
        if len(rest) != 2 or not rest[1][1]:
            raise ValueError('`send` needs a switcher and one text in quotes: `5s send vision "SetInputMute {}"`.')
        (name, _), (text, _) = rest
        return ScriptAsk(at, line, order=OrderAsk("send", on=name, text=f'send {name} "{text}"', words=text))
    if verb == "lost" or (verb == "back" and rest):
        if len(rest) != 1:
            raise ValueError(f"`{verb}` needs one camera, as in `{verb} foh`.")
        return ScriptAsk(at, line, plug=Plug(rest[0][0], verb == "back"))
    if verb == "recover":
        return ScriptAsk(at, line, recover=_recover(rest))
    if verb in ORDERS:
        return ScriptAsk(at, line, order=_order([word for word, _ in words[1:]], fps))
    return _request(at, line, words, fps)


def _recover(words: list[tuple[str, bool]]) -> RecoverAsk:
    names = [name for word, _ in words for name in word.split(",") if name]
    live = names[-1:] == ["live"]
    names = names[:-1] if live else names
    if not names:
        raise ValueError("`recover` needs a camera, as in `recover foh`.")
    return RecoverAsk(tuple(names), live)


def _request(at: int, line: int, words: list[tuple[str, bool]], fps: Fraction | None) -> ScriptAsk:
    """What is asked of the cue list."""
    verb, texts = words[1][0], [word for word, _ in words[1:]]
    known: Verb | None = next((name for name in CUE_WANTED if name.split() == texts[: len(name.split())]), None)
    if known is None and (other := OTHER_DESKS.fullmatch(" ".join(texts))):
        raise ValueError(f"Unknown request “{verb}”. Write `locate {other[1]}`.")
    if known is None:
        raise ValueError(
            f"Unknown request “{verb}”.{nearest(verb, [*CUE_WANTED, *ORDERS, 'osc', 'send', 'lost', 'recover'])}"
        )
    rest = words[1 + len(known.split()) :]
    if known == "swap":
        return ScriptAsk(at, line, known, swap=swap_of([word for word, _ in rest]))
    if known == "locate":
        cue, moment = moment_of([word for word, _ in rest], fps)
        return ScriptAsk(at, line, known, cue, moment=moment)
    if known == "stop" and rest and rest[0][0] == "cue":
        rest = rest[1:]
    wanted = CUE_WANTED[known]
    if len(rest) > 1 or (rest and wanted is False):
        raise ValueError(f"Unexpected “{rest[-1][0]}” after `{verb}`.")
    if not rest and wanted:
        raise ValueError(f"`{verb}` needs a cue number.")
    return ScriptAsk(at, line, known, _cue(known, rest[0][0]) if rest else None)


def swap_of(words: list[str]) -> Swap:
    """`foh for spare anyway`. Raises ValueError."""
    anyway = words[3:] == ["anyway"]
    if len(words) not in (3, 4) or words[1] != "for" or (len(words) == 4 and not anyway):
        raise ValueError("`swap` needs two cameras, as in `swap foh for spare`; `swap foh for foh` ends it.")
    return Swap(words[0], words[2], anyway)


def moment_of(words: list[str], fps: Fraction | None = None) -> tuple[str, LocateMoment]:
    """`12 at 2.5s go live`: the cue and the rest of a `locate`. Raises ValueError."""
    if not words:
        raise ValueError("`locate` needs a cue number.")
    cue, rest = cue_number(words[0]), words[1:]
    at: int | None = None
    live = go = False
    while rest:
        if rest[0] == "at" and len(rest) > 1 and at is None:
            at, rest = parse_time(rest[1], fps), rest[2:]
        elif rest[0] == "live" and not live:
            live, rest = True, rest[1:]
        elif rest[0] == "go" and not go:
            go, rest = True, rest[1:]
        else:
            raise ValueError(f"Unexpected “{rest[0]}” after `locate`; write `locate 12 at 2.5s live`.")
    if go and at is not None:
        raise ValueError("`go` fires a cue from its start; leave `at` out, or resume after `locate`.")
    return cue, LocateMoment(at, live, go)


OTHER_DESKS = re.compile(r"(?:load(?: cue)?|goto(?: cue)?) (\d+(?:\.\d+)*)")
"""What other desks call `locate`."""
ORDERS = ("cut", "dissolve", "preview", "take", "stream", "record")


def _order(words: list[str], fps: Fraction | None) -> OrderAsk:
    """`cut to left by hand`, `dissolve to slides over 2s on vision`, `take`, `stream start`."""
    text = " ".join(words)
    what, rest = words[0], words[1:]
    by_hand = rest[-2:] == ["by", "hand"]
    rest = rest[:-2] if by_hand else rest
    live = rest[-1:] == ["live"] and what in ("cut", "dissolve", "take")
    rest = rest[:-1] if live else rest
    source = on = transition = over = None
    if what in ("stream", "record"):
        if not rest or rest[0] not in ("start", "stop"):
            raise ValueError(f"write `{what} start` or `{what} stop`.")
        what, rest = f"{what} {rest[0]}", rest[1:]
    elif rest[:1] == ["to"] and what in ("cut", "dissolve"):
        rest = rest[1:]
    if what in ("cut", "dissolve", "preview") or (what == "take" and rest and rest[0] not in ("over", "with", "on")):
        if not rest:
            raise ValueError(f"`{what}` needs a source, as in `{what}{' to' if what != 'preview' else ''} left`.")
        source, rest = rest[0], rest[1:]
    while rest:
        if len(rest) < 2 or rest[0] not in ("over", "with", "on"):
            raise ValueError(f"Unexpected “{rest[0]}” after `{what}`.")
        if rest[0] == "over":
            over = parse_time(rest[1], fps)
        elif rest[0] == "with":
            transition = rest[1]
        else:
            on = rest[1]
        rest = rest[2:]
    return OrderAsk(what, source, on, over, transition, by_hand, text, live)


def _cue(verb: Verb, text: str) -> NamedCue | None:
    if text == str(NEXT) and verb in ("go", "standby"):
        return None if verb == "go" else NEXT
    return cue_number(text)


def _argument(text: str, quoted: bool) -> Argument:
    if not quoted:
        for number in (int, float):
            try:
                return number(text)
            except ValueError:
                continue
    return text
