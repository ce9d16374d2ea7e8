"""Why a line could not be parsed, in the words of the stage.

The parser knows which tokens it could have taken; here that becomes a sentence. Special cases come first: a misspelt
first word, a reserved word used as a name, an amount with an unknown unit, characters from a word processor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from msgspec.structs import replace

from cuelang.lang.layout import Fault
from cuelang.lang.mistakes import Fits, another, lexical, request, suggestion
from cuelang.lang.slips import UnparsedLine
from cuelang.lang.synonyms import OPTIONS
from cuelang.lang.words import DECLARATIONS, RESERVED, SETTINGS, STATEMENTS, nearest_word
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.source import Loc

_FIRST = {"top": DECLARATIONS, "body": STATEMENTS, **SETTINGS}

FORMS = {
    "move": "move CAMERAS to PRESET · … to pan 10deg tilt 5deg zoom 60% · … by pan 5deg · … home",
    "drive": "drive CAMERAS left speed 5 for 2s",
    "zoom": "zoom CAMERAS to 60% over 8s · zoom CAMERAS in speed 3 for 2s",
    "focus": "focus CAMERAS auto · focus CAMERAS to 500 over 2s · focus CAMERAS near for 1s",
    "stop": "stop CAMERAS · stop cue 4",
    "set": "set CAMERAS white_balance indoor",
    "store": "store CAMERA preset 4",
    "clear": "clear CAMERA preset 4",
    "profile": 'profile CAMERAS "evening.toml"',
    "raw": 'raw CAMERA "81 01 06 05 FF"',
    "tally": "tally CAMERAS program · preview · off",
    "booth": 'booth CAMERAS photos every 2s save "folder"',
    "snapshot": 'snapshot CAMERAS save "folder"',
    "track": "track CAMERAS on",
    "recover": "recover CAMERAS",
    "replay": 'replay CAMERA "walk.trace" [from T] [speed P]',
    "power": "power CAMERAS on",
    "wait": "wait 2s · wait until 19:30 · wait for CAMERAS up to 10s · wait for go",
    "at": "at 2.5s zoom left to 80% over 3s",
    "together": "together, and the branches indented under it",
    "do": "do, and its statements indented under it",
    "repeat": "repeat 3 times every 10s · repeat forever every 10s",
    "for": "for cam in CAMERAS every 2s",
    "with": "with one of CAMERAS as NAME",
    "let": "let storm = 12s",
    "if": "if storm > 10s",
    "else": "else · else if storm > 10s",
    "go": "go 4 · go next",
    "start": "start 4",
    "follow": "follow · follow after 3s",
    "send": 'send eos "/eos/cue/12/fire" 1',
    "standby": 'standby "LX 24. Stand by camera two."',
    "note": 'note "text"',
    "restart": "restart",
    "disabled": "disabled",
    "aside": "aside",
    "show": 'show "Twelfth Night"',
    "rig": 'rig "Globe Theatre"',
    "use": 'use "globe.cues" · use moves',
    "section": 'section "Act I"',
    "camera": 'camera foh "visca+udp://10.0.0.21"',
    "group": "group wings = left, right",
    "input": 'input desk "osc+udp://10.0.0.2:53000"',
    "output": 'output eos "osc+udp://10.0.0.5:8000"',
    "cue": 'cue 2.5 "Viola enters"',
    "define": "define push_in(cam, amount = 80%)",
    "switcher": 'switcher vision "obs://10.0.0.30"',
    "cut": "cut to SOURCE",
    "dissolve": "dissolve to SOURCE over 2s",
    "preview": "preview SOURCE",
    "take": "take · take over 2s",
    "stream": "stream start · stream stop",
    "record": "record start · record stop",
    "preset": "preset wide = 1 · preset door at pan 12deg tilt -3deg zoom 20%",
    "on osc": 'on osc "/cue/1" go 1 · on osc "/cue/{number}" go {number} · on osc "/fader" with > 0.5 go next',
    "on midi": "on midi note 60 channel 1 go 1 · on midi control 20 above 63 go 1 · on midi program 5 go 1",
    "on msc": "on msc go {number} go {number}",
    "on timecode": "on timecode 01:00:12:00 go 1",
    "on key": 'on key "F12" panic',
    "on every": "on every sunday at 09:55, 18:25 except 2026-12-27 start 1 · on every 30m from 09:00 to 17:00 start 1",
    "on cron": 'on cron "0 55 9 * * sun" start 1',
    "on once": "on once 2026-12-24 at 17:00 start 1",
    "on http": 'on http "/button/3" go 1',
    "on dmx": "on dmx 401 above 127 go 1",
    "on": 'on osc "/cue/1" go 1 · on every sunday at 09:55 start 1 · on key "F12" panic',
}
"""How a line that begins with a word is written, for people."""

_PHRASES = {
    ("move", "to"): "a preset's name, `preset 4`, or `pan … tilt … zoom …`",
    ("move", "by"): "`pan …` or `tilt …`",
    ("drive", ""): "a direction: `up`, `down`, `left`, `right`, `up_left` …",
    ("zoom", "to"): "a zoom position like `60%` or `4x`",
    ("zoom", "from"): "a zoom position like `60%` or `4x`",
    ("wait", "until"): "a time of day like `19:30`",
    ("wait", "wait"): "how long (`2s`), `until` or `for`",
    ("at", "at"): "a time like `2.5s` or `1:30`",
    ("cue", "cue"): "the cue's number",
    ("stop", "cue"): "the cue's number",
    ("go", "go"): "a cue's number or `next`",
    ("start", "start"): "a cue's number or `next`",
    ("focus", ""): "`auto`, `manual`, `toggle`, `snap`, `lock`, `unlock`, `near`, `far` or `to`",
    ("tally", ""): "`program`, `preview` or `off`",
    ("track", ""): "`on` or `off`",
    ("power", ""): "`on` or `off`",
    ("set", ""): "a property like `white_balance`",
    ("booth", ""): "`photos` or `videos`",
}

_NOT_NEAR = frozenset(("reset", "wake", "end", "play", "mute"))
"""Words with a meaning of their own, far from the statement that has nearly their letters."""

_OPTIONS = {"SPEED", "OVER", "ARRIVING", "EASE", "FOR", "LIVE"}
_WITH_OPTIONS = ("move", "drive", "zoom", "focus", "booth", "snapshot")
_SHOTS = {"EVERY", "LENGTH", "SAVE"}
_ACTIONS = ("back", "pause", "resume", "panic", "reload", "off", "cutting", "lamps", "locate")
"""First words of the actions of triggers that are not statements."""

_KINDS = {
    "STRING": "a string in quotation marks",
    "CLOCK": "a time like `19:30`",
    "DATE": "a date like `2026-12-24`",
    "TIMECODE": "a timecode like `01:00:12:00`",
    "CAPTURE": "",
    "_NL": "",
}
_SIGNS = {
    "LPAR": "(", "RPAR": ")", "COMMA": ",", "EQUAL": "=", "DOT": ".", "PLUS": "+", "MINUS": "-", "STAR": "*",
    "SLASH": "/",
}  # fmt: skip
_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "AND", "OR", "__ANON_0", "__ANON_1", "__ANON_2", "__ANON_3",
              "LESSTHAN", "MORETHAN", "DOT"}  # fmt: skip


def explain(parser: Lark, context: str, text: str, error: UnexpectedInput, fits: Fits) -> Fault:
    """What to say of one logical line that `parser` refused. `fits` tells whether another text would be
    a line of a context."""
    line = _line(context, text, error)
    slip = lexical(line) or request(line)
    if slip is not None:
        return Fault("E101", slip.loc, slip.message, slip.hint, slip.kind)
    meant = suggestion(line, fits)
    if meant is None and (second := another(line)) is not None:
        return Fault("E101", second.loc, second.message, second.hint)
    tokens = _tokens(parser, text)
    fault: Fault | None = None
    if isinstance(error, UnexpectedCharacters):
        fault = _misspelt_first(context, tokens, None, meant=meant) or _character(line)
    elif isinstance(error, UnexpectedToken):
        fault = _token(context, text, tokens, error, meant)
    if fault is None:
        fault = Fault("E101", Loc(0, 1, 0, 2), "This line could not be parsed.", _form(tokens))
    if meant is None:
        return fault
    unknown = fault.message.startswith("Unknown statement")
    words = text.strip() if unknown or meant.startswith("tally ") else fault.words
    return replace(fault, hint=f"Write `{meant}`.", words=words)


def _line(context: str, text: str, error: UnexpectedInput) -> UnparsedLine:
    """Where the parser gave up."""
    if isinstance(error, UnexpectedToken):
        token: Token = error.token
        wrong = "" if token.type in ("_NL", "$END") else str(token)
        return UnparsedLine(context, text, (token.line or 1) - 1, (token.column or 1) - 1, wrong)
    return UnparsedLine(context, text, max(error.line, 1) - 1, max(error.column, 1) - 1)


def _tokens(parser: Lark, text: str) -> list[Token]:
    tokens: list[Token] = []
    try:
        for token in parser.lex(text):
            tokens.append(token)  # noqa: PERF402 - those before a mistake are kept
    except UnexpectedCharacters:
        pass
    return tokens


def _loc(token: Token) -> Loc:
    line, column = (token.line or 1) - 1, token.column or 1
    if token.type == "_NL":
        return Loc(line, column, line, column + 1)
    return Loc(line, column, (token.end_line or 1) - 1, token.end_column or column + 1)


def _character(line: UnparsedLine) -> Fault:
    sign = line.rest[:1]
    return Fault("E101", line.loc(line.at, 1), f"`{sign}` has no meaning here.", "Remove it.")


def _token(context: str, text: str, tokens: Sequence[Token], error: UnexpectedToken, meant: str | None) -> Fault:
    wrong: Token = error.token
    before = [token for token in tokens if _position(token) < _position(wrong)]
    accepts = _accepts(error)
    misspelt = _misspelt_first(context, tokens, accepts if before else None, before, meant, text)
    misspelt = misspelt or _misspelt_second(tokens, before)
    if misspelt:
        return misspelt
    if not before:
        return _out_of_place(context, wrong)
    loc = _loc(wrong)
    end = wrong.type in ("_NL", "$END")
    found = "the end of the line" if end else _show(wrong)
    if not end and "NAME" in accepts and "CLOCK" not in accepts and str(wrong) in RESERVED:
        return Fault(
            "E101",
            loc,
            f"`{wrong}` is a keyword and cannot be used as a name.",
            f"Expected {_expected(before, accepts)} here." if len(before) > 1 else "Choose another name.",
        )
    if wrong.type == "NAME" and (accepts >= _OPTIONS or accepts >= _SHOTS):
        options = [word.lower() for word in sorted(accepts & (_OPTIONS | _SHOTS))]
        near = _option(str(wrong), options)
        verb = next((str(token) for token in before if str(token) in _WITH_OPTIONS), str(before[0]))
        return Fault(
            "E209",
            loc,
            f"`{verb}` has no option `{wrong}`." + (f" Did you mean `{near}`?" if near else ""),
            "Options: " + ", ".join(f"`{option}`" for option in options) + ".",
        )
    if context == "body" and before[0].type == "ON" and not end:
        return Fault(
            "E101",
            loc,
            "A trigger inside a cue always fires that cue and takes no action.",
            "Remove the action, or move the line to the top level.",
        )
    near = nearest_word(str(wrong), [word.lower() for word in accepts if word.isalpha() and word.lower() != "name"])
    also = f" Did you mean `{near}`?" if near and wrong.type == "NAME" and len(wrong) > 2 and meant is None else ""
    message = f"Expected {_expected(before, accepts)} after `{_quote(before)}`, found {found}."
    call = len(tokens) > 1 and tokens[1].type == "LPAR"
    hint = _form(tokens) or ("For example: `push_in(foh, time = 3s)`." if call else _known_first(context))
    return Fault("E101", loc, message + also, hint)


def _option(word: str, options: Sequence[str]) -> str | None:
    """The option that a word was probably meant to be."""
    known = OPTIONS.get(word.lower())
    return known if known in options else nearest_word(word, options)


def _position(token: Token) -> tuple[int, int]:
    return token.line or 0, token.column or 0


_KNOWN: dict[tuple[int, ...], frozenset[str]] = {}


def _accepts(error: UnexpectedToken) -> frozenset[str]:
    """The tokens that really could have come; worked out once for each state of the parser."""
    key = tuple(error.interactive_parser.parser_state.state_stack)
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) > 2000:
            _KNOWN.clear()
        known = _KNOWN[key] = frozenset(error.interactive_parser.accepts())  # type: ignore[no-untyped-call]
    return known


def _misspelt_first(
    context: str,
    tokens: Sequence[Token],
    accepts: frozenset[str] | None,
    before: Sequence[Token] = (),
    meant: str | None = None,
    text: str = "",
) -> Fault | None:
    """A first word that is not a statement's: it looked like the name of a macro until its `(` did not come."""
    if context == "body" and accepts == frozenset({"LPAR"}) and before and before[-1].type != "DEFINE":
        word = before[-1]
    elif accepts is None and tokens and tokens[0].type == "NAME" and context in ("top", "body"):
        word = tokens[0]
        if context == "body" and len(tokens) > 1 and tokens[1].type == "LPAR":
            return None
    else:
        return None
    near = nearest_word(str(word), _FIRST[context]) if str(word).lower() not in _NOT_NEAR else None
    kind = "statement" if context == "body" else "declaration"
    if context == "top" and not near:
        near = nearest_word(str(word), STATEMENTS)
    if meant is not None and near not in meant.split():
        near = None
    hint = f"Usage: {FORMS[near]}" if near in FORMS else _known_first(context)
    return Fault(
        "E101",
        _loc(word),
        f"Unknown {kind} `{_cut(str(word))}`." + (f" Did you mean `{near}`?" if near else ""),
        hint,
        words=text[(word.column or 1) - 1 :].strip() if context == "body" and not near and meant is None else "",
    )


def _misspelt_second(tokens: Sequence[Token], before: Sequence[Token]) -> Fault | None:
    """`wait forr foh`: the word was taken for a name until something followed it."""
    if len(before) != 2 or before[0].type != "WAIT" or before[1].type != "NAME":
        return None
    near = nearest_word(str(before[1]), ("for", "until"))
    if near is None:
        return None
    message = f"`wait` is followed by a time, `until` or `for`, not by {_show(before[1])}. Did you mean `{near}`?"
    return Fault("E101", _loc(before[1]), message, _form(tokens))


def _known_first(context: str) -> str:
    if context == "body":
        return "A statement begins with `move`, `zoom`, `tally`, `wait`, `note` …; a macro is called with parentheses."
    return "Top-level declarations: " + ", ".join(f"`{word}`" for word in DECLARATIONS) + "."


def _out_of_place(context: str, wrong: Token) -> Fault:
    """The very first token does not begin a line here."""
    word, loc = str(wrong), _loc(wrong)
    if context == "top" and word in STATEMENTS:
        return Fault("E101", loc, f"`{word}` belongs in a cue.", "Indent it under a `cue` or a `define`.")
    if context == "body" and word in DECLARATIONS:
        return Fault("E101", loc, f"`{word}` is not allowed inside a cue or a macro.", "Move it to the top level.")
    if context in SETTINGS:
        settings = ", ".join(f"`{setting}`" for setting in SETTINGS[context])
        if word in RESERVED:
            return Fault("E101", loc, f"`{word}` is not a setting.", f"Settings here: {settings}.")
        return Fault("E101", loc, f"Expected a setting, found {_show(wrong)}.", f"Settings here: {settings}.")
    return Fault("E101", loc, f"A line cannot begin with {_show(wrong)}.", _known_first(context))


def _thing(accepts: frozenset[str], value: bool) -> Iterator[str]:
    if value and "NAME" in accepts:
        yield "a value"
    elif "ALL" in accepts and "SHOW" not in accepts:
        yield "a camera or a group"
    elif "NAME" in accepts:
        yield "a name"
    elif "NUMBER" in accepts:
        yield "a number"


def _expected(before: Sequence[Token], accepts: frozenset[str]) -> str:
    words = [str(token) for token in before]
    first = words[0]
    if first == "at" and len(words) > 2 and before[2].type not in ("PLUS", "MINUS", "STAR", "SLASH"):
        first = words[2]
    phrase = _PHRASES.get((first, words[-1]))
    if phrase is None and "NAME" in accepts and not accepts & {"ALL", "NUMBER"}:
        phrase = _PHRASES.get((first, ""))
    if phrase:
        return phrase
    value = {"NUMBER", "MINUS", "LPAR"} <= accepts
    parts = [*_thing(accepts, value)]
    for kind, words_for in _KINDS.items():
        if kind in accepts and words_for and not (value and kind in ("STRING", "CLOCK")):
            parts.append(words_for)
    if "PANIC" in accepts and "NAME" not in accepts:
        parts.append("an action (`go 4`, `panic`, a camera statement …)")
        accepts -= {word.upper() for word in (*STATEMENTS, *_ACTIONS) if word != "at"}
    if "NAME" not in accepts:
        rest = sorted(accepts - set(_KINDS) - _OPERATORS - {"NUMBER", "NAME", "$END", "ALL"})
        parts.extend(f"`{_SIGNS.get(kind, kind.lower())}`" for kind in rest if kind in _SIGNS or kind.isalpha())
    if "_NL" in accepts:
        parts.append("the end of the line")
    if len(parts) > 7:
        return f"one of {', '.join(parts[:6])} …"
    return _either(parts, "or") if parts else "something else"


def _either(parts: Sequence[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _show(token: Token) -> str:
    return f"`{_cut(str(token))}`"


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _quote(before: Sequence[Token]) -> str:
    """The line up to the mistake, its end when it is long."""
    text = ""
    for token in before[-8:]:
        tight = not text or str(token) in (",", ")") or text.endswith("(") or str(token) == "("
        text += str(token) if tight else f" {token}"
    return text if len(text) <= 40 else "…" + text[-39:]


def _form(tokens: Sequence[Token]) -> str:
    first = str(tokens[0]) if tokens else ""
    if first == "at" and len(tokens) > 2 and str(tokens[2]) in FORMS:
        first = str(tokens[2])
    if first == "set":
        named = next((known for token in tokens[2:] if (known := PROPERTIES.get(str(token)))), None)
        if named is not None:
            return f"Allowed after `{named.name}`: {named.allowed}."
    if first == "on" and len(tokens) > 1 and f"on {tokens[1]}" in FORMS:
        first = f"on {tokens[1]}"
    return f"Usage: {FORMS[first]}" if first in FORMS else ""
