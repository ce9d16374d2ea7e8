"""The body of a cue becomes a program: moments, anchors, steps. Everything is settled here but where cameras are.

Theory. A block is lowered with two moments in hand: its `zero`, from which `at` counts, and its `clock`, where
the next statement is. Both are (anchor, offset); as long as only time passes, they share an anchor and all
is addition. A wait whose end only the run can know gives a new anchor, and from there the two may part:

    wait for, wait until    zero and clock become the new anchor: it is a new zero for what follows in its block
    at T (clock elsewhere)  the clock becomes the later of zero + T and where it stood: a Join
    together                branches start at the clock; it ends at the Join of their ends
    repeat … every T        the next pass starts at the next multiple of T that is free: a Beat

Loops and macros are unrolled, so a program has no jumps; only `repeat forever` is a step with a program inside.
"""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from cuelang import commands as c
from cuelang.lang import actions, choices, loops, sends, switchers, waits
from cuelang.lang import syntax as s
from cuelang.lang.draft import NOTHING, START, BlockClock, CueRefs, Draft, Timed
from cuelang.lang.effort import CAMERA_STEP, LONG_LINE, MAX_BLOCKS, MAX_DEPTH, MAX_SIDE_BY_SIDE, MAX_STEPS, Effort
from cuelang.lang.findings import Finding
from cuelang.lang.refs import bind, cue_of, unknown_macro
from cuelang.lang.scope import Dead, Scope
from cuelang.plan import Act, Arrived, CameraAct, FireCue, Moment, NextCue, Otherwise, ShowNote, Step, Wait
from cuelang.source import Loc, Origin
from cuelang.units import written


class Lowering:
    """Lowers one body into a draft. `in_cue`: it is a cue's, not a trigger's."""

    def __init__(self, refs: CueRefs, effort: Effort | None = None, *, in_cue: bool = True) -> None:
        self.draft = Draft()
        self.refs = refs
        self.effort = effort or Effort()
        self.in_cue = in_cue
        self.arrivals: dict[str, list[Moment]] = {}
        """By camera: when the moves with `arriving at` further up are to be there."""

    def apart(self) -> Lowering:
        """Another one for the same cue, with a draft of its own."""
        return Lowering(self.refs, self.effort, in_cue=self.in_cue)

    # --- blocks ----------------------------------------------------------------------------------------------

    def block(self, lines: tuple[s.Line, ...], scope: Scope, start: Moment, rest: Fraction = NOTHING) -> BlockClock:
        """Lower a block that starts at `start`; its clock at the end."""
        clock = BlockClock(start, start, rest=rest)
        self.lines(lines, scope, clock)
        return clock

    def lines(self, lines: tuple[s.Line, ...], scope: Scope, clock: BlockClock) -> None:
        effort = self.effort
        if effort.blocks <= 0 or effort.depth >= MAX_DEPTH:
            deep = effort.depth >= MAX_DEPTH
            what = f"{MAX_DEPTH} blocks and macros deep" if deep else f"{MAX_BLOCKS} passes"
            self.give_up(scope.line.node.loc, f"This exceeds {what}.", scope)
            return
        effort.blocks -= 1
        effort.work -= 4
        effort.depth += 1
        self.each_line(lines, scope, clock)
        effort.depth -= 1

    def give_up(self, loc: Loc, message: str, scope: Scope) -> None:
        """The cue is too much; said once."""
        if not self.effort.full:
            scope.report("E302", loc, message, "Repeat less often, or use `repeat forever`.")
            self.effort.said = scope.findings[-1]
        self.effort.full = True

    def each_line(self, lines: tuple[s.Line, ...], scope: Scope, clock: BlockClock) -> None:
        branch: _Branch | None = None
        taken: s.Line | None = None
        for index, line in enumerate(lines):
            node = line.node
            scope.line = line
            if not self.affords(line, scope):
                return
            waiting = node.statement if isinstance(node, s.At) else node
            if isinstance(waiting, s.Waiting) and _has_else(lines, index):
                self.wait_or_else(lines[index:], scope, clock)
                return
            if isinstance(node, s.WithOne):
                other = lines[index + 1] if _has_else(lines, index) else None
                branch, taken = None, other
                self.reached(node, scope, clock)
                choices.with_one(self, line, node, other, scope, clock)
                continue
            if line is taken:
                continue
            if isinstance(node, s.If):
                branch = self.branch(line, node, branch, scope, clock)
                continue
            branch = None
            self.line(line, node, scope, clock)

    def wait_or_else(self, lines: tuple[s.Line, ...], scope: Scope, clock: BlockClock) -> None:
        """A wait, its `else`, and the rest of the block, of which only one is done."""
        line, other = lines[0], lines[1]
        if self.effort.depth >= MAX_DEPTH:
            self.give_up(line.node.loc, f"This exceeds {MAX_DEPTH} waits with an `else` in one block.", scope)
            return
        self.effort.depth += 1
        count = len(self.draft.anchors)
        self.line(line, line.node, scope, clock)
        anchors = enumerate(self.draft.anchors[count:], count)
        opened = next(((number, anchor) for number, anchor in anchors if isinstance(anchor, Wait)), None)
        if opened is None:  # the wait is mistaken, and that was said
            self.dead(other, scope)
            self.each_line(lines[2:], scope, clock)
            self.effort.depth -= 1
            return
        number, wait = opened
        self.draft.anchors[number] = replace(wait, otherwise=True)
        begins = self.draft.anchor(Otherwise(number))
        self.each_line(lines[2:], scope, clock)
        scope.line = other
        ends = self.block(other.children, scope.nested(), begins)
        clock.now = self.draft.either([clock.now, ends.now]) if not (clock.endless or ends.endless) else clock.now
        clock.endless = clock.endless and ends.endless
        self.effort.depth -= 1

    def affords(self, line: s.Line, scope: Scope) -> bool:
        """Whether one line more may be looked at."""
        effort = self.effort
        if effort.full:
            return False
        effort.work -= 4 + line.size // 4 + max(line.size - LONG_LINE, 0)
        if effort.work < 0:
            self.give_up(line.node.loc, "The show is too large.", scope)
        elif scope.findings.too_many:
            effort.full = True
        return not effort.full

    def reached(self, node: s.Node, scope: Scope, clock: BlockClock) -> None:
        """E502 for what is after a loop without an end."""
        if clock.endless and not isinstance(node, s.Let):
            scope.report(
                "E502",
                node.loc,
                "Unreachable: the loop above never ends.",
                "Move it before the loop, or run both in parallel under `together`.",
            )
            clock.endless = False

    def line(self, line: s.Line, node: s.Node, scope: Scope, clock: BlockClock) -> None:  # noqa: C901 - a case for each statement
        self.reached(node, scope, clock)
        if isinstance(node, s.CameraStatement):
            self.camera(node, scope, clock)
            return
        if isinstance(node, s.SwitcherStatement):
            self.act(switchers.lower(node, scope), node, scope, clock)
            return
        match node:
            case s.At():
                self.at(line, node, scope, clock)
            case s.Wait():
                self.wait(node, scope, clock)
            case s.WaitUntil() | s.WaitFor() | s.WaitProgram() | s.WaitOff():
                self.wait_for(node, scope, clock)
            case s.Together():
                self.together(line, node, scope, clock)
            case s.Do():
                self.do(line, scope, clock)
            case s.Repeat():
                loops.repeat(self, line, node, scope, clock)
            case s.For():
                loops.each(self, line, node, scope, clock)
            case s.WithOne():
                choices.with_one(self, line, node, None, scope, clock)
            case s.Let():
                self.let(node, scope)
            case s.Call():
                self.call(node, scope, clock)
            case s.Fire():
                self.fire(node, scope, clock)
            case s.Send():
                self.act(sends.lower(node, scope), node, scope, clock)
            case s.Note():
                text = scope.text(node.text, "A note")
                self.act(None if text is None else ShowNote(text), node, scope, clock)
            case s.Follow() | s.Restart() | s.Disabled() | s.Aside() | s.Standby() | s.Trigger():
                scope.report(
                    "E101",
                    node.loc,
                    "This is only allowed directly under a cue, not inside a block.",
                    "Move it to the top level of the cue.",
                )
            case s.If():  # its block has joined it with its `else`
                pass
            case _:
                if not isinstance(node, s.Declaration):  # the grammar has none inside a block
                    assert_never(node)

    def act(self, act: Act | None, node: s.Statement, scope: Scope, clock: BlockClock) -> None:
        """At the clock; None: the line is mistaken."""
        if act is not None:
            self.emit(act, scope.origin(node.loc), scope, clock.now)

    def emit(self, act: Act, origin: Origin, scope: Scope, at: Moment) -> int | None:
        """The step's place in the draft; None if the cue has no room for it."""
        if len(self.draft.steps) >= MAX_STEPS:
            self.give_up(origin.loc, f"One cue cannot have more than {MAX_STEPS} steps.", scope)
            return None
        self.effort.work -= 10
        self.draft.steps.append(Step(at, act, origin, one_of=scope.one_of, call=scope.call))
        return len(self.draft.steps) - 1

    # --- statements ------------------------------------------------------------------------------------------

    def camera(self, node: s.CameraStatement, scope: Scope, clock: BlockClock) -> None:
        origin = scope.origin(node.loc)
        for action in actions.lower(node, scope):
            command = action.command
            self.effort.work -= CAMERA_STEP
            if isinstance(node, s.Tally) and action.info.camera.name in scope.env.ruled:
                if not action.only:
                    _put_aside(scope, node, action.info.camera.name)
                continue
            info = action.info
            act = CameraAct(
                info.camera.name, command, action.live, command.axes, action.watched, action.only, withheld=info.idle
            )
            at = clock.zero if action.arriving is not None else clock.now
            index = self.emit(act, origin, scope, at)
            if self.in_cue and isinstance(command, c.Store | c.Clear) and not scope.dead:
                _overwrites(scope, node.loc, action.info.camera.name, command)
            if action.time_loc is not None and index is not None:
                place = scope.origin(action.time_loc)
                self.draft.timed[index] = Timed(clock.zero, action.arriving, place)
                if action.arriving is not None:
                    there = Moment(clock.zero.anchor, clock.zero.offset + action.arriving)
                    self.arrivals.setdefault(action.info.camera.name, []).append(there)

    def at(self, line: s.Line, node: s.At, scope: Scope, clock: BlockClock) -> None:
        offset = scope.time(node.time, "The instant")
        if offset is not None:
            scope.time_of_day(node.time, "at", offset - (clock.now.offset - clock.zero.offset))
            goal = Moment(clock.zero.anchor, clock.zero.offset + offset)
            if goal.anchor != clock.now.anchor:
                goal = self.draft.latest([goal, clock.now])
            elif goal.offset < clock.now.offset:
                stands = written(clock.now.offset - clock.zero.offset)
                scope.report(
                    "E501",
                    node.time.loc,
                    f"The cue's clock is already at {stands} here; `at` cannot go back.",
                    "Order the lines by time, or run them in parallel under `together`.",
                )
                goal = clock.now
            clock.now, clock.rest = goal, NOTHING
        if node.statement is not None:
            self.line(line, node.statement, scope, clock)
        else:
            inner = self.block(line.children, scope.nested(), clock.now, clock.rest)
            clock.now, clock.endless, clock.rest = inner.now, inner.endless, inner.rest

    def wait(self, node: s.Wait, scope: Scope, clock: BlockClock) -> None:
        span = scope.time(node.time, "The wait")
        if span is not None:
            scope.time_of_day(node.time, "wait", span)
            clock.forward(scope.exact(node.time))

    def expect(self, cameras: tuple[str, ...], clock: BlockClock, up_to: int | None) -> tuple[int | None, int]:
        """Move the clock on to the arrivals that these cameras are still to make: an `arriving at` is waited for
        even if it has not begun yet. What is left of `up to` then, and what is spent of it."""
        start = clock.now
        due = [moment for name in cameras for moment in self.arrivals.pop(name, ())]
        late = [moment for moment in due if moment.anchor != start.anchor or moment.offset > start.offset]
        if not late:
            return up_to, 0
        clock.now, clock.rest = self.draft.latest([start, *late]), NOTHING
        if clock.now.anchor == start.anchor and up_to is not None:
            spent = min(clock.now.offset - start.offset, up_to)
            clock.now, clock.rest = Moment(start.anchor, start.offset + spent), NOTHING
            return up_to - spent, spent
        return up_to, 0

    def wait_for(self, node: s.Waiting, scope: Scope, clock: BlockClock) -> None:
        awaited = waits.lower(node, scope)
        if awaited is None:
            return
        up_to, spent = awaited.up_to, 0
        if isinstance(awaited.condition, Arrived):
            self.effort.work -= len(awaited.condition.cameras)
            up_to, spent = self.expect(awaited.condition.cameras, clock, up_to)
        wait = Wait(clock.now, awaited.condition, up_to, scope.origin(node.loc), spent=spent)
        clock.zero = clock.now = self.draft.anchor(wait)
        clock.rest = NOTHING

    def together(self, line: s.Line, node: s.Together, scope: Scope, clock: BlockClock) -> None:
        inner = scope.nested()
        ends = [clock.now]
        branch: _Branch | None = None
        taken: s.Line | None = None
        for index, child in enumerate(line.children):
            inner.line = child
            if not self.affords(child, inner):
                break
            if child is taken:
                continue
            one = BlockClock(clock.now, clock.now)
            if _has_else(line.children, index) and isinstance(child.node, s.WithOne | s.Waiting):
                branch, taken = None, line.children[index + 1]
                self.each_line((child, taken), inner, one)
            elif isinstance(child.node, s.If):
                branch = self.branch(child, child.node, branch, inner, one)
            else:
                branch = None
                self.line(child, child.node, inner, one)
            ends.append(one.now)
            clock.endless = clock.endless or one.endless
        self.join(ends, node.loc, scope, clock)

    def join(self, ends: list[Moment], loc: Loc, scope: Scope, clock: BlockClock) -> None:
        """The clock is at the latest of these."""
        if len({end.anchor for end in ends} - {clock.now.anchor}) > MAX_SIDE_BY_SIDE:
            self.give_up(loc, f"More than {MAX_SIDE_BY_SIDE} branches wait in parallel.", scope)
            return
        clock.now, clock.rest = self.draft.latest(ends), NOTHING

    def do(self, line: s.Line, scope: Scope, clock: BlockClock) -> None:
        inner = self.block(line.children, scope.nested(), clock.now, clock.rest)
        clock.now, clock.endless, clock.rest = inner.now, inner.endless, inner.rest

    def branch(
        self, line: s.Line, node: s.If, before: _Branch | None, scope: Scope, clock: BlockClock
    ) -> _Branch | None:
        """One of if / else if / else: the one that holds is lowered, the others only checked."""
        if node.word != "if" and before is None:
            before = _Branch(True)  # the line above, which may have been its `if`, could not be read
        state = before if before is not None and node.word != "if" else _Branch(False)
        holds = scope.condition(node.condition) if node.condition is not None else True
        scope.line = line
        if state.taken or not holds:
            self.dead(line, scope)
        else:
            state.taken = True
            inner = scope.nested()
            self.lines(line.children, inner, clock)
        return None if node.word == "else" else state

    def dead(self, line: s.Line, scope: Scope) -> None:
        """Check a branch that is not taken, twice: for its names and kinds, and for what is wrong whatever the amounts
        are that the show or a call gives a name. `if time > 2s`, `wait time - 2s` is right for a `time` of 1s too."""
        ways: tuple[Dead, ...] = (scope.dead,) if scope.dead else ("known", "blind")
        found: dict[Finding, None] = {}
        for way in ways:
            spare = scope.in_dead(way)
            aside = self.apart() if way == "known" else Lowering(CueRefs(), self.effort, in_cue=self.in_cue)
            aside.lines(line.children, spare, BlockClock(START, START))
            for one in spare.findings:
                sure = way == "blind" or scope.dead or one.code in _SURE or one is self.effort.said
                if sure and one.code.startswith("E"):
                    found[one] = None
        scope.findings += found

    def let(self, node: s.Let, scope: Scope) -> None:
        self.shadowing(node.name, scope)
        scope.local[node.name.id] = scope.evaluate(node.value)

    def shadowing(self, name: s.Name, scope: Scope) -> None:
        if name.id in scope.local or name.id in scope.env.places:
            scope.used.add(name.id)
            scope.report("E206", name.loc, f"“{name.id}” is already defined.", "Choose another name.")
            first = scope.env.places.get(name.id)
            if name.id not in scope.local and first is not None:
                found = scope.findings[-1]
                scope.findings[-1] = found._replace(labels=((first, "first here"), *found.labels))

    def call(self, node: s.Call, scope: Scope, clock: BlockClock) -> None:
        macro = scope.env.macros.get(node.macro.id)
        if macro is None:
            unknown_macro(node, scope)
            return
        scope.used.add(node.macro.id)
        calls = self.effort.calls
        if node.macro.id in calls:
            circle = " → ".join([*calls[calls.index(node.macro.id) :], node.macro.id])
            scope.report(
                "E211",
                node.macro.loc,
                f"“{node.macro.id}” calls itself: {circle}.",
                "Macros cannot be recursive; use `repeat`.",
            )
            return
        inner = scope.within(macro.section, scope.call or scope.origin(node.loc))
        if not bind(node, macro.node, scope, inner):
            return
        calls.append(node.macro.id)
        end = self.block(macro.section.line.children, inner, clock.now, clock.rest)
        calls.pop()
        clock.now, clock.endless, clock.rest = end.now, end.endless, end.rest

    def fire(self, node: s.Fire, scope: Scope, clock: BlockClock) -> None:
        number = cue_of(node.cue, scope)
        if number is None:
            return
        name = None if isinstance(number, NextCue) else number
        origin = scope.origin(node.loc)
        self.emit(FireCue(node.verb, name), origin, scope, clock.now)
        if name is not None:
            self.refs.named.append((name, scope.origin(node.cue.loc), scope.call))


class _Branch(Struct):
    taken: bool


_SURE = frozenset(("E101", "E102", "E201", "E203", "E204", "E206", "E211", "E212", "E301"))
"""What is wrong in a branch whether it is taken or not."""


def _has_else(lines: tuple[s.Line, ...], index: int) -> bool:
    following = lines[index + 1].node if index + 1 < len(lines) else None
    return isinstance(following, s.If) and following.word == "else"


def _put_aside(scope: Scope, node: s.Tally, camera: str) -> None:
    if not scope.dead:
        scope.report(
            "W610",
            node.loc,
            f"The tally of “{camera}” comes from its switcher; this line is not sent.",
            "Remove the line, or the camera from the switcher.",
        )


def _overwrites(scope: Scope, loc: Loc, camera: str, command: c.Store | c.Clear) -> None:
    does = "overwrites" if isinstance(command, c.Store) else "deletes"
    scope.report(
        "W609",
        loc,
        f"This {does} preset {command.preset} of “{camera}” each time the cue runs.",
        "Store presets in rehearsal, not in a cue.",
    )
