"""The declarations of a show and the lines below them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cuelang.lang.syntax.values import Cams, Expr, Name, Quantity, Text
from cuelang.source import Loc


class Show(Struct, frozen=True):
    """`show "title"`, settings under it."""

    title: Text
    loc: Loc


class Rig(Struct, frozen=True):
    title: Text
    loc: Loc


class Use(Struct, frozen=True):
    """A file (Text) or a dotted module name (`consoles.eos`)."""

    target: Text | Name
    loc: Loc


class Heading(Struct, frozen=True):
    """`section "Act I"`. `aside`: so are all of its cues."""

    title: Text
    aside: bool
    loc: Loc


class Camera(Struct, frozen=True):
    name: Name
    url: Text
    loc: Loc


class Group(Struct, frozen=True):
    name: Name
    cams: Cams
    loc: Loc


class Port(Struct, frozen=True):
    """`input NAME "URL"` or `output NAME "URL"`."""

    kind: Literal["input", "output"]
    name: Name
    url: Text
    loc: Loc


class Switcher(Struct, frozen=True):
    """`switcher NAME "URL"`, sources and settings under it."""

    name: Name
    url: Text
    loc: Loc


class SourceLine(Struct, frozen=True):
    """`source foh = "Cam FOH" input "FOH camera"`, `source pip = "PiP" shows slides, foh`."""

    name: Name
    label: Text | Quantity
    input: Text | None
    shows: Cams
    loc: Loc


class Cue(Struct, frozen=True):
    """`number` as written (plain, not negative); titles are optional."""

    number: Quantity
    title: Text | None
    loc: Loc


class Parameter(Struct, frozen=True):
    name: Name
    default: Expr | None


class Define(Struct, frozen=True):
    name: Name
    parameters: tuple[Parameter, ...]
    loc: Loc


class Setting(Struct, frozen=True):
    """A line under `show`, `camera`, `input` or `output`: a word and its values, whatever the word is.

    `fps 25`, `timezone "…"`, `interlock warn`, `model "…"`, `tally_index 3`, `allow "10.0.0.0/24"`, `disabled`,
    `login "admin" from "FOH_PASSWORD"` and `passcode from "OSC"` (the variable's name is the last value).
    """

    word: Name
    values: tuple[Expr, ...]
    screen: Expr | None  # `tally_index 3 screen 1`
    loc: Loc


class Preset(Struct, frozen=True):
    """`preset wide = 1`, `preset throne = 4 at pan … tilt … zoom … focus N picture off`, `preset door at …` (no
    number)."""

    name: Name
    number: Expr | None
    pan: Expr | None
    tilt: Expr | None
    zoom: Expr | None
    picture: Name | None
    loc: Loc
    focus: Expr | None = None


Declaration = (
    Show | Rig | Use | Heading | Camera | Group | Port | Switcher | SourceLine | Cue | Define | Setting | Preset
)
