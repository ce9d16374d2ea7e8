"""What the grammar's rules become: one method for each rule, called by the parser as it reads. Here are the rules of
declarations and statements; triggers are in `build_triggers`, words and values in `build_values`.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from cuelang.lang import syntax as s
from cuelang.lang.build_triggers import Triggers
from cuelang.lang.build_values import Children, FormError, Option, one_of
from cuelang.lang.quick import Token
from cuelang.source import Loc


class Builder(Triggers):
    """One method for each rule of the grammar, by its name. Each is called with the children of its rule, in order, and
    returns a node. Raises FormError for what the grammar lets through and the language does not."""

    # --- declarations ---

    def show(self, c: Children) -> s.Show:
        return s.Show(self.string(c[1]), self.span(c))

    def rig(self, c: Children) -> s.Rig:
        return s.Rig(self.string(c[1]), self.span(c))

    def section(self, c: Children) -> s.Heading:
        return s.Heading(self.string(c[1]), len(c) > 2 and c[2] is not None, self.span(c))

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

    def switcher(self, c: Children) -> s.Switcher:
        return s.Switcher(c[1], self.string(c[2]), self.span(c))

    def source_line(self, c: Children) -> s.SourceLine:
        label = self.string(c[3]) if c[3].type == "STRING" else self.quantity(c[3])
        given: dict[str, Any] = {}
        for word, value, _ in c[4:]:
            if word.id in given:
                raise FormError(self._row(word), word.loc, f"`{word.id}` is given twice.", "Remove one.")
            given[word.id] = value
        return s.SourceLine(c[1], label, given.get("input"), given.get("shows", ()), self.span(c))

    def source_part(self, c: Children) -> _Part:
        return _Part(self.name(c[0]), self.string(c[1]) if isinstance(c[1], Token) else c[1], self.span(c))

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
        at = next((n for n, child in enumerate(c) if isinstance(child, Token) and child.type == "SCREEN"), 0)
        values = [
            self.string(child) if isinstance(child, Token) else child
            for n, child in enumerate(c[1:], 1)
            if (not isinstance(child, Token) or child.type == "STRING") and not (at and n == at + 1)
        ]
        return s.Setting(c[0], tuple(values), c[at + 1] if at else None, self.span(c))

    def preset(self, c: Children) -> s.Preset:
        parts = {str(c[i]): c[i + 1] for i in range(2, len(c), 2)}
        if not parts.keys() & {"=", "at"}:
            raise FormError(
                c[0].line or 1,
                c[1].loc,
                f"`preset {c[1].id}` has neither a number nor a position.",
                f"Write `preset {c[1].id} = 4`, `preset {c[1].id} at pan 12deg tilt 3deg zoom 20%`, or both.",
            )
        pose = parts.get("at", _NO_POSE)
        return s.Preset(
            c[1], parts.get("="), pose.pan, pose.tilt, pose.zoom, parts.get("picture"), self.span(c), parts.get("focus")
        )

    # --- statements ---

    def speed(self, c: Children) -> Option:
        pair = s.Pair(c[1], c[3] if len(c) > 2 else None, self.span(c[1:]))
        return Option(self.name(c[0]), pair, self.span(c))

    def over(self, c: Children) -> Option:
        return Option(self.name(c[0]), c[-1] if len(c) > 1 else None, self.span(c))

    arriving = ease = lasting = live = missed = shot = on_switcher = over

    def options(self, given: list[Option]) -> s.Options:
        if not given:
            return _NO_OPTIONS
        said = {option.word.id: option for option in given}
        value = {word: option.value for word, option in said.items()}
        return s.Options(
            value.get("speed"),
            value.get("over"),
            value.get("arriving"),
            value.get("ease"),
            value.get("for"),
            said["live"].loc if "live" in said else None,
            tuple(option.word for option in given),
        )

    def axis(self, c: Children) -> tuple[Token, Any]:
        return c[0], c[1]

    def pose(self, c: Children) -> s.Place:
        axes: dict[str, Any] = {}
        for token, value in c:
            if str(token) in axes:
                raise self.fail(token, f"`{token}` is given twice.")
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
        return last.loc if isinstance(last, Option) else None

    def set(self, c: Children) -> s.Set:
        values = tuple(child for child in c[3:] if not isinstance(child, (Token, Option)))
        return s.Set(c[1], c[2], values, None, None, self._live(c[-1]), self.span(c))

    def set_pose(self, c: Children) -> s.Set:
        pose = self._pan_tilt(c[3], c[0].line or 1, "A limit")
        return s.Set(c[1], c[2], (), pose.pan, pose.tilt, self._live(c[-1]), self.span(c))

    def store(self, c: Children) -> s.PresetOp:
        return s.PresetOp(one_of(c[0], "store", "clear"), c[1], c[3], self._live(c[-1]), self.span(c))

    def profile(self, c: Children) -> s.Profile:
        return s.Profile(c[1], self._string_or_name(c[2]), self._live(c[-1]), self.span(c))

    def raw(self, c: Children) -> s.Raw:
        return s.Raw(c[1], self._string_or_name(c[2]), self._live(c[-1]), self.span(c))

    def tally(self, c: Children) -> s.Tally:
        return s.Tally(c[1], c[2], self.place(c[3]) if len(c) > 3 else None, self.span(c))

    def _shots(self, given: list[Option], allowed: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for option in given:
            word = option.word
            if word.id in said or word.id not in allowed.split():
                what = "is given twice" if word.id in said else "is not allowed here"
                raise FormError(self._row(word), word.loc, f"`{word.id}` {what}.")
            if word.id == "save" and not isinstance(option.value, (s.Text, s.Name)):
                raise FormError(self._row(word), option.value.loc, "Expected a folder in quotation marks after `save`.")
            said[word.id] = option.value
        return said

    def booth(self, c: Children) -> s.Booth:
        said = self._shots(c[3:], "every length save")
        return s.Booth(c[1], c[2], said.get("every"), said.get("length"), said.get("save"), self.span(c))

    def snapshot(self, c: Children) -> s.Snapshot:
        return s.Snapshot(c[1], self._shots(c[2:], "save").get("save"), self.span(c))

    def track(self, c: Children) -> s.Track:
        return s.Track(c[1], c[2], self._live(c[-1]), self.span(c))

    def recover(self, c: Children) -> s.Recover:
        return s.Recover(c[1], self._live(c[-1]), self.span(c))

    def replay(self, c: Children) -> s.Replay:
        given = {str(word): value for word, value in zip(c[3::2], c[4::2], strict=False) if isinstance(word, Token)}
        file = self._string_or_name(c[2])
        return s.Replay(c[1], file, given.get("from"), given.get("speed"), self._live(c[-1]), self.span(c))

    def power(self, c: Children) -> s.Power:
        return s.Power(c[1], c[2], self._live(c[-1]), self.span(c))

    def with_name(self, c: Children) -> Option:
        return Option(self.name(c[0]), self.string(c[1]), self.span(c))

    def _mix(self, given: list[Option]) -> s.MixOptions:
        said = {option.word.id: option for option in given}
        value = {word: option.value for word, option in said.items()}
        return s.MixOptions(
            value.get("over"),
            value.get("with"),
            value.get("on"),
            said["live"].loc if "live" in said else None,
            tuple(option.word for option in given),
        )

    def cut(self, c: Children) -> s.CutTo:
        return s.CutTo(c[2], self._mix(c[3:]), self.span(c))

    def dissolve(self, c: Children) -> s.DissolveTo:
        return s.DissolveTo(c[2], self._mix(c[3:]), self.span(c))

    def preview(self, c: Children) -> s.PreviewOf:
        return s.PreviewOf(c[1], self._mix(c[2:]), self.span(c))

    def take(self, c: Children) -> s.TakeOf:
        source = c[1] if len(c) > 1 and isinstance(c[1], s.Name) else None
        return s.TakeOf(source, self._mix(c[2:] if source is not None else c[1:]), self.span(c))

    def output_switch(self, c: Children) -> s.OutputSwitch:
        return s.OutputSwitch(one_of(c[0], "stream", "record"), c[1] == "start", self._mix(c[2:]), self.span(c))

    def _up_to(self, c: Children) -> Any:
        return c[-1] if isinstance(c[-2], Token) and c[-2].type == "TO" else None

    def wait_program(self, c: Children) -> s.WaitProgram:
        return s.WaitProgram(c[3], self._up_to(c), self.span(c))

    def wait_off(self, c: Children) -> s.WaitOff:
        return s.WaitOff(c[3], self._up_to(c), self.span(c))

    def off_cams(self, c: Children) -> s.Cams:
        return tuple(c[::2])

    def wait(self, c: Children) -> s.Wait:
        return s.Wait(c[1], self.span(c))

    def wait_until(self, c: Children) -> s.WaitUntil:
        time = self.clock([c[2]]) if isinstance(c[2], Token) else c[2]
        return s.WaitUntil(time, self.span(c))

    def wait_for(self, c: Children) -> s.WaitFor:
        up_to = c[-1] if len(c) > 4 and isinstance(c[-3], Token) and c[-3].type == "UP" else None
        what: s.Cams | s.Text | s.Name | Literal["go"]
        if not isinstance(c[2], Token):
            what = c[2]
        elif c[2].type == "OSC":
            what = self._string_or_name(c[3])
        else:
            what = "go"
        return s.WaitFor(what, up_to, self.span(c))

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

    def with_one(self, c: Children) -> s.WithOne:
        for given, wanted in ((c[1], "one"), (c[2], "of"), (c[4], "as")):
            if given != wanted:
                raise FormError(
                    given.line or 1,
                    self.span([given]),
                    f"Expected `{wanted}` here, found `{given}`.",
                    "Write `with one of CAMERAS as NAME`.",
                )
        return s.WithOne(c[3], c[5], self.span(c))

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

    def aside(self, c: Children) -> s.Aside:
        return s.Aside(self.span(c))

    def disabled(self, c: Children) -> s.Disabled:
        return s.Disabled(self.span(c))

    def send(self, c: Children) -> s.Send:
        arguments = tuple(child for child in c[3:] if not isinstance(child, Token))
        return s.Send(c[1], self._string_or_name(c[2]), arguments, self.span(c))

    def standby(self, c: Children) -> s.Standby:
        return s.Standby(self._string_or_name(c[1]), self.span(c))

    def note(self, c: Children) -> s.Note:
        return s.Note(self._string_or_name(c[1]), self.span(c))

    # --- lines ---

    def top_lines(self, c: Children) -> Children:
        return [child for child in c if not isinstance(child, Token)]

    body_lines = camera_lines = show_lines = port_lines = switcher_lines = top_lines


class _Part(NamedTuple):
    """What follows a source's name: its word and what was said."""

    word: s.Name
    value: Any
    loc: Loc


_NO_OPTIONS = s.Options()
_NO_POSE = s.Place(None, None, None, None, None, Loc(0, 1, 0, 1))

for _rule in ("if", "else", "for", "except"):
    setattr(Builder, _rule, getattr(Builder, _rule + "_"))
