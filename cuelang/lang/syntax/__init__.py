"""What a sheet says, as written: one frozen node for each form of the language.

A file is a list of `Section`s of text: top-level logical lines with the lines under them. A `Line` is one
logical line parsed by Lark (`node`) with its children by indentation. Nodes hold only `Loc`s (places inside
their own logical line), so equal lines share one node and blocks move freely; see `cuelang/source.py`.

`loc` of a statement runs from its first word to its end. Names are not resolved here: a `Name` may turn out
to be a camera, a group, a preset, a let, a macro's parameter or a bare word.
"""

from __future__ import annotations

from msgspec import Struct

from cuelang.lang.syntax.declarations import *
from cuelang.lang.syntax.statements import *
from cuelang.lang.syntax.triggers import *
from cuelang.lang.syntax.values import *
from cuelang.source import Block, Loc, Origin

Statement = (
    CameraStatement
    | SwitcherStatement
    | Wait
    | WaitUntil
    | WaitFor
    | WaitProgram
    | WaitOff
    | At
    | Together
    | Do
    | Repeat
    | For
    | WithOne
    | Let
    | If
    | Call
    | Fire
    | Follow
    | Restart
    | Disabled
    | Aside
    | Send
    | Standby
    | Note
    | Trigger
)
Node = Declaration | Statement


class Line(Struct, frozen=True):
    """One logical line: `number` counts physical lines from 0 at its block's first; `children` by indentation."""

    node: Node
    number: int
    children: tuple[Line, ...] = ()
    size: int = 0
    """How long its text is."""


class Section(Struct, frozen=True):
    """A top-level logical line with all under it, and its block, which has its place."""

    block: Block
    line: Line

    def origin(self, line: Line, loc: Loc) -> Origin:
        return Origin(self.block, line.number, loc)
