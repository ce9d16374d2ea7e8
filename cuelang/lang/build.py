"""What the grammar's rules become: one method for each rule, called by the parser as it reads.

No tree is built in between. Places come from the tokens; every child of a rule either is a token or has a `loc`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from lark import Token, Transformer

from cuelang.lang import syntax as s
from cuelang.source import Loc

Children = list[Any]

_NUMBER = re.compile(r"(0x[0-9a-fA-F]+|[0-9.]+)(.*)")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\n])|.)', re.S)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_DRIVEN = frozenset({"pan", "tilt", "zoom", "speed"})


class FormError(Exception):
    """A line that fits the grammar and still is no form of the language. `row` is the parser's line (from 1)."""

    def __init__(self, row: int, loc: Loc, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.row, self.loc, self.message, self.hint = row, loc, message, hint


class _Option(NamedTuple):
    """An option of a statement: its word, its value, and where the two end."""

    word: s.Name
    value: Any
    loc: Loc


@lru_cache(maxsize=4096)
def _amount(text: str) -> tuple[Fraction, str]:
    """A number with its unit, times in seconds."""
    match = _NUMBER.fullmatch(text)
    assert match is not None
    figures, unit = match[1], match[2]
    value = Fraction(int(figures, 16)) if figures.startswith("0x") else Fraction(figures)
    return (value * _SECONDS[unit], "s") if unit in _SECONDS else (value, unit)


class Builder(Transformer[Token, Any]):
    """`rows`: whether the text is one line broken over several rows (else each row is a line of its own)."""

    rows = False

    def place(self, token: Token) -> Loc:
        if self.rows:
            return Loc((token.line or 1) - 1, token.column or 1, (token.end_line or 1) - 1, token.end_column or 1)
        return Loc(0, token.column or 1, 0, token.end_column or 1)

    def where(self, child: Any) -> Loc:
        if isinstance(child, Token):
            return self.place(child)
        if isinstance(child, tuple) and not isinstance(child, _Option):
            return Loc(*self.where(child[0])[:2], *self.where(child[-1])[2:])
        loc: Loc = child.loc
        return loc

    def span(self, children: Children) -> Loc:
        first, last = self.where(children[0]), self.where(children[-1])
        return Loc(first.line, first.column, last.end_line, last.end_column)

    def fail(self, token: Token, message: str, hint: str = "") -> FormError:
        return FormError(token.line or 1, self.place(token), message, hint)

    def name(self, token: Token) -> s.Name:
        return s.Name(str(token), self.place(token))

    # --- words and values ---

    def word(self, c: Children) -> s.Name:
        return s.Name(str(c[0]), self.place(c[0]))

    any_word = word

    def _known_word(self, c: Children) -> s.Name:
        return self.word(c) if isinstance(c[0], Token) else c[0]

    any_word = value_word = cam = direction = state_word = setting_word = in_out = _known_word

    def cams(self, c: Children) -> s.Cams:
        return tuple(c[::2])

    def text(self, c: Children) -> s.Text:
        return self.string(c[0])

    def string(self, token: Token) -> s.Text:
        raw = token[1:-1]
        if "\\" in raw:

            def undo(match: re.Match[str]) -> str:
                if match[1]:
                    return chr(int(match[1], 16))
                if match[2]:
                    return "\n" if match[2] == "n" else match[2]
                column = (token.column or 1) + 1 + match.start()
                line = self.place(token).line
                raise FormError(
                    token.line or 1, Loc(line, column, line, column + len(match[0])),
                    f"`{match[0]}` means nothing inside a text.", 'Known are \\\\ for a \\, \\", \\n and \\u00e9.',
                )  # fmt: skip

            raw = _ESCAPE.sub(undo, raw)
            if _LONE.search(raw):
                raw = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), raw)
                if _LONE.search(raw):
                    raise self.fail(token, "This text holds half a character (`\\ud800` to `\\udfff` come in pairs).")
        return s.Text(str(raw), self.place(token))

    def number(self, c: Children) -> s.Quantity:
        return self.quantity(c[0])

    def quantity(self, token: Token) -> s.Quantity:
        return s.Quantity(*_amount(str(token)), self.place(token))

    def clock(self, c: Children) -> s.Clock:
        return s.Clock(str(c[0]), self.place(c[0]))

    def parens(self, c: Children) -> Any:
        return c[1]

    def binary(self, c: Children) -> s.Binary:
        return s.Binary(str(c[1]), c[0], c[2], self.span(c))

    def unary(self, c: Children) -> s.Unary:
        return s.Unary("not" if c[0] == "not" else "-", c[1], self.span(c))

    def capture(self, token: Token) -> s.Capture:
        return s.Capture(str(token[1:-1]), self.place(token))

    def cue_ref(self, c: Children) -> s.CueRef:
        return self._cue_ref(c[0])

    def _cue_ref(self, what: Any) -> s.CueRef:
        number: s.Quantity | s.Capture | s.Name
        if not isinstance(what, Token):
            number = what
        elif what.type == "NUMBER":
            number = self._cue_number(what)
        elif what.type == "CAPTURE":
            number = self.capture(what)
        else:
            number = self.name(what)
        return s.CueRef(number, number.loc)

    def _cue_number(self, token: Token) -> s.Quantity:
        if not token.replace(".", "", 1).isdigit():
            raise self.fail(token, f"A cue's number is a plain decimal, not `{token}`.", "Write it like 2 or 2.5.")
        return self.quantity(token)

    def _string_or_name(self, what: Any) -> s.Text | s.Name:
        return self.string(what) if isinstance(what, Token) else what

    # --- declarations ---

    def show(self, c: Children) -> s.Show:
        return s.Show(self.string(c[1]), self.span(c))

    def rig(self, c: Children) -> s.Rig:
        return s.Rig(self.string(c[1]), self.span(c))

    def section(self, c: Children) -> s.Heading:
        return s.Heading(self.string(c[1]), self.span(c))

    def use(self, c: Children) -> s.Use:
        return s.Use(self._string_or_name(c[1]), self.span(c))

    def module(self, c: Children) -> s.Name:
        return s.Name(".".join(part.id for part in c[::2]), self.span(c))

    def camera(self, c: Children) -> s.Camera:
        return s.Camera(c[1], self.string(c[2]), self.span(c))

    def group(self, c: Children) -> s.Group:
        return s.Group(c[1], c[3], self.span(c))

    def port(self, c: Children) -> s.Port:
        return s.Port("input" if c[0] == "input" else "output", c[1], self.string(c[2]), self.span(c))

    def cue(self, c: Children) -> s.Cue:
        return s.Cue(self._cue_number(c[1]), self.string(c[2]) if len(c) > 2 else None, self.span(c))

    def define(self, c: Children) -> s.Define:
        parameters = tuple(child for child in c if isinstance(child, s.Parameter))
        return s.Define(c[1], parameters, self.span(c))

    def parameter(self, c: Children) -> s.Parameter:
        return s.Parameter(c[0], c[2] if len(c) > 1 else None)

    def let(self, c: Children) -> s.Let:
        return s.Let(c[1], c[3], self.span(c))

    def setting(self, c: Children) -> s.Setting:
        values = [
            self.string(child) if isinstance(child, Token) else child
            for child in c[1:]
            if not isinstance(child, Token) or child.type == "STRING"
        ]
        return s.Setting(c[0], tuple(values), self.span(c))

    def preset(self, c: Children) -> s.Preset:
        parts = {str(c[i]): c[i + 1] for i in range(2, len(c), 2)}
        if not parts:
            raise FormError(
                c[0].line or 1, c[1].loc, f"`preset {c[1].id}` says neither its number nor its position.",
                f"Write `preset {c[1].id} = 4`, `preset {c[1].id} at pan 12deg tilt 3deg zoom 20%`, or both.",
            )  # fmt: skip
        pose = parts.get("at", _NO_POSE)
        return s.Preset(c[1], parts.get("="), pose.pan, pose.tilt, pose.zoom, self.span(c))

    # --- statements ---

    def speed(self, c: Children) -> _Option:
        pair = s.Pair(c[1], c[3] if len(c) > 2 else None, self.span(c[1:]))
        return _Option(self.name(c[0]), pair, self.span(c))

    def over(self, c: Children) -> _Option:
        return _Option(self.name(c[0]), c[-1] if len(c) > 1 else None, self.span(c))

    arriving = ease = lasting = live = missed = shot = midi_part = over

    def options(self, given: list[_Option]) -> s.Options:
        if not given:
            return _NO_OPTIONS
        said = {option.word.id: option for option in given}
        value = {word: option.value for word, option in said.items()}
        return s.Options(
            value.get("speed"), value.get("over"), value.get("arriving"), value.get("ease"), value.get("for"),
            said["live"].loc if "live" in said else None, tuple(option.word for option in given),
        )  # fmt: skip

    def axis(self, c: Children) -> tuple[Token, Any]:
        return c[0], c[1]

    def pose(self, c: Children) -> s.Place:
        axes: dict[str, Any] = {}
        for token, value in c:
            if str(token) in axes:
                raise self.fail(token, f"`{token}` is said twice.")
            axes[str(token)] = value
        return s.Place(None, None, axes.get("pan"), axes.get("tilt"), axes.get("zoom"), self.span(c))

    def place_name(self, c: Children) -> s.Place:
        return s.Place(c[0], None, None, None, None, c[0].loc)

    def place_number(self, c: Children) -> s.Place:
        return s.Place(None, c[1], None, None, None, self.span(c))

    def _pan_tilt(self, pose: s.Place, row: int, what: str) -> s.Place:
        if pose.zoom is not None:
            raise FormError(row, pose.loc, f"{what} takes `pan` and `tilt` only.")
        return pose

    def move(self, c: Children) -> s.Move:
        return s.Move(c[1], c[3], self.options(c[4:]), self.span(c))

    def move_by(self, c: Children) -> s.MoveBy:
        pose = self._pan_tilt(c[3], c[0].line or 1, "A relative move")
        return s.MoveBy(c[1], pose.pan, pose.tilt, self.options(c[4:]), self.span(c))

    def move_home(self, c: Children) -> s.MoveHome:
        return s.MoveHome(c[1], self.options(c[3:]), self.span(c))

    def drive(self, c: Children) -> s.Drive:
        return s.Drive(c[1], c[2], self.options(c[3:]), self.span(c))

    def zoom_to(self, c: Children) -> s.ZoomTo:
        start = c[3] if c[2] == "from" else None
        at = 4 if start is not None else 2
        return s.ZoomTo(c[1], start, c[at + 1], self.options(c[at + 2 :]), self.span(c))

    def zoom_drive(self, c: Children) -> s.ZoomDrive:
        return s.ZoomDrive(c[1], c[2], self.options(c[3:]), self.span(c))

    def focus(self, c: Children) -> s.Focus:
        return s.Focus(c[1], c[2], None, self.options(c[3:]), self.span(c))

    def focus_to(self, c: Children) -> s.Focus:
        return s.Focus(c[1], self.name(c[2]), c[3], self.options(c[4:]), self.span(c))

    def stop(self, c: Children) -> s.Stop:
        return s.Stop(c[1], self.span(c))

    def _live(self, last: Any) -> Loc | None:
        return last.loc if isinstance(last, _Option) else None

    def set(self, c: Children) -> s.Set:
        values = tuple(child for child in c[3:] if not isinstance(child, (Token, _Option)))
        return s.Set(c[1], c[2], values, None, None, self._live(c[-1]), self.span(c))

    def set_pose(self, c: Children) -> s.Set:
        pose = self._pan_tilt(c[3], c[0].line or 1, "A limit")
        return s.Set(c[1], c[2], (), pose.pan, pose.tilt, self._live(c[-1]), self.span(c))

    def store(self, c: Children) -> s.PresetOp:
        op = "store" if c[0] == "store" else "clear"
        return s.PresetOp(op, c[1], c[3], self._live(c[-1]), self.span(c))  # type: ignore[arg-type]

    def tally(self, c: Children) -> s.Tally:
        return s.Tally(c[1], c[2], self.place(c[3]) if len(c) > 3 else None, self.span(c))

    def _shots(self, given: list[_Option], allowed: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for option in given:
            word = option.word
            if word.id in said or word.id not in allowed.split():
                what = "is said twice" if word.id in said else "has no meaning here"
                raise FormError(self._row(word), word.loc, f"`{word.id}` {what}.")
            if word.id == "save" and not isinstance(option.value, (s.Text, s.Name)):
                raise FormError(self._row(word), option.value.loc, "After `save` I expect a folder in quotation marks.")
            said[word.id] = option.value
        return said

    def _row(self, node: Any) -> int:
        return 0 if not self.rows else int(node.loc.line) + 1

    def booth(self, c: Children) -> s.Booth:
        said = self._shots(c[3:], "every length save")
        return s.Booth(c[1], c[2], said.get("every"), said.get("length"), said.get("save"), self.span(c))

    def snapshot(self, c: Children) -> s.Snapshot:
        return s.Snapshot(c[1], self._shots(c[2:], "save").get("save"), self.span(c))

    def track(self, c: Children) -> s.Track:
        return s.Track(c[1], c[2], self._live(c[-1]), self.span(c))

    def power(self, c: Children) -> s.Power:
        return s.Power(c[1], c[2], self._live(c[-1]), self.span(c))

    def wait(self, c: Children) -> s.Wait:
        return s.Wait(c[1], self.span(c))

    def wait_until(self, c: Children) -> s.WaitUntil:
        time = self.clock([c[2]]) if isinstance(c[2], Token) else c[2]
        return s.WaitUntil(time, self.span(c))

    def wait_for(self, c: Children) -> s.WaitFor:
        up_to = c[-1] if len(c) > 4 and isinstance(c[-3], Token) and c[-3].type == "UP" else None
        what: s.Cams | s.Text | str
        if not isinstance(c[2], Token):
            what = c[2]
        elif c[2].type == "OSC":
            what = self.string(c[3])
        else:
            what = "go"
        return s.WaitFor(what, up_to, self.span(c))  # type: ignore[arg-type]  # the only word it can be is "go"

    def at(self, c: Children) -> s.At:
        return s.At(c[1], c[2] if len(c) > 2 else None, self.span(c))

    def together(self, c: Children) -> s.Together:
        return s.Together(self.span(c))

    def do(self, c: Children) -> s.Do:
        return s.Do(self.span(c))

    def repeat(self, c: Children) -> s.Repeat:
        return s.Repeat(c[1], c[4] if len(c) > 3 else None, self.span(c))

    def repeat_forever(self, c: Children) -> s.Repeat:
        return s.Repeat(None, c[3] if len(c) > 2 else None, self.span(c))

    def for_(self, c: Children) -> s.For:
        return s.For(c[1], c[3], c[5] if len(c) > 4 else None, self.span(c))

    def if_(self, c: Children) -> s.If:
        return s.If("if", c[1], self.span(c))

    def else_if(self, c: Children) -> s.If:
        return s.If("else if", c[2], self.span(c))

    def else_(self, c: Children) -> s.If:
        return s.If("else", None, self.span(c))

    def call(self, c: Children) -> s.Call:
        return s.Call(c[0], tuple(child for child in c if isinstance(child, s.Argument)), self.span(c))

    def argument(self, c: Children) -> s.Argument:
        return s.Argument(c[0] if len(c) > 1 else None, c[-1], self.span(c))

    def fire(self, c: Children) -> s.Fire:
        return s.Fire("go" if c[0] == "go" else "start", c[1], self.span(c))

    def stop_cue(self, c: Children) -> s.Fire:
        return s.Fire("stop", c[2], self.span(c))

    def follow(self, c: Children) -> s.Follow:
        return s.Follow(c[2] if len(c) > 1 else None, self.span(c))

    def restart(self, c: Children) -> s.Restart:
        return s.Restart(self.span(c))

    def disabled(self, c: Children) -> s.Disabled:
        return s.Disabled(self.span(c))

    def send(self, c: Children) -> s.Send:
        arguments = tuple(child for child in c[3:] if not isinstance(child, Token))
        return s.Send(c[1], self._string_or_name(c[2]), arguments, self.span(c))

    def standby(self, c: Children) -> s.Standby:
        return s.Standby(self.string(c[1]), self.span(c))

    def note(self, c: Children) -> s.Note:
        return s.Note(self._string_or_name(c[1]), self.span(c))

    # --- triggers ---

    def source(self, c: Children) -> _Option:
        return _Option(self.name(c[0]), c[1], self.span(c))

    def cue_trigger(self, c: Children) -> s.Trigger:
        return s.Trigger(c[1], None, self.span(c))

    def action_trigger(self, c: Children) -> s.Trigger:
        when, action = c[1], c[2]
        source = c[3] if len(c) > 3 else None
        if isinstance(action, tuple):
            action, source = action
        if source is not None:
            if not isinstance(when, s.OnOsc) or when.source is not None:
                twice = isinstance(when, s.OnOsc)
                raise FormError(
                    c[0].line or 1, source.loc, "`from` is said twice." if twice else "Only `on osc` knows `from`."
                )
            when = s.OnOsc(when.address, when.tests, source.value, when.loc)
        if isinstance(action, s.Drive) and action.direction.id in _DRIVEN and action.options is _NO_OPTIONS:
            action = s.DriveMap(action.cams, action.direction, action.loc)
        return s.Trigger(when, action, self.span(c))

    def action(self, c: Children) -> Any:
        cue = None
        source = c[-1] if isinstance(c[-1], _Option) else None
        if len(c) > 1 and source is None:
            cue = self._cue_ref(c[-1]) if isinstance(c[-1], Token) else c[-1]
        action = s.Action(str(c[0]), cue, self.span(c[:-1] if source else c))  # type: ignore[arg-type]  # the grammar's
        return action if source is None else _Sourced(action, source)

    def on_osc(self, c: Children) -> s.OnOsc:
        source = c[-1].value if isinstance(c[-1], _Option) else None
        return s.OnOsc(
            self.string(c[1]), tuple(child for child in c if isinstance(child, s.Test)), source, self.span(c)
        )

    def test(self, c: Children) -> s.Test:
        first = c[0]
        loc = self.span(c)
        if isinstance(first, Token):
            if first.type == "CAPTURE":
                return s.Test("capture", self.capture(first), loc)
            return s.Test(">" if first == ">" else "<", c[1], loc)
        if isinstance(first, s.Name) and first.id == "_":
            return s.Test("_", None, loc)
        return s.Test("==", first, loc)

    def on_midi(self, c: Children) -> s.OnMidi:
        said = {option.word.id: option.value for option in c[3:]}
        kind = self.name(c[1]) if isinstance(c[1], Token) else c[1]
        return s.OnMidi(kind, c[2], said.get("above"), said.get("channel"), self.span(c))

    def on_msc(self, c: Children) -> s.OnMsc:
        cue: s.Capture | s.Quantity | None = None
        if len(c) > 2:
            cue = self.capture(c[2]) if c[2].type == "CAPTURE" else self._cue_number(c[2])
        return s.OnMsc(c[1], cue, self.span(c))

    def on_timecode(self, c: Children) -> s.OnTimecode:
        return s.OnTimecode(str(c[1]), ";" in c[1], self.span(c))

    def on_key(self, c: Children) -> s.OnKey:
        return s.OnKey(self.string(c[1]), self.span(c))

    def _missed(self, c: Children) -> Any:
        return c[-1].value if isinstance(c[-1], _Option) else None

    def on_days(self, c: Children) -> s.OnDays:
        days = tuple(child for child in c if isinstance(child, s.Name))
        times = tuple(self.clock([child]) for child in c if isinstance(child, Token) and child.type == "CLOCK")
        return s.OnDays(days, times, self._missed(c), self.span(c))

    def on_interval(self, c: Children) -> s.OnInterval:
        times = [self.clock([child]) for child in c if isinstance(child, Token) and child.type == "CLOCK"]
        start, end = times if times else (None, None)
        return s.OnInterval(c[1], start, end, self._missed(c), self.span(c))

    def on_cron(self, c: Children) -> s.OnCron:
        return s.OnCron(self.string(c[1]), self._missed(c), self.span(c))

    def on_once(self, c: Children) -> s.OnOnce:
        return s.OnOnce(str(c[1]), self.clock([c[3]]), self._missed(c), self.span(c))

    # --- lines ---

    def top_lines(self, c: Children) -> Children:
        return [child for child in c if not isinstance(child, Token)]

    body_lines = camera_lines = show_lines = port_lines = top_lines


class _Sourced(tuple[s.Action, _Option]):
    """An action with the `from NAME` that followed it."""

    __slots__ = ()

    def __new__(cls, action: s.Action, source: _Option) -> _Sourced:
        return super().__new__(cls, (action, source))


_SECONDS = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600)}
_NO_OPTIONS = s.Options()
_NO_POSE = s.Place(None, None, None, None, None, Loc(0, 1, 0, 1))

for _rule in ("if", "else", "for"):
    setattr(Builder, _rule, getattr(Builder, _rule + "_"))
