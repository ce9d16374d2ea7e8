"""A sheet as the command line names it: read, compiled, and its plan changed by options."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from cuelang.address import port_at
from cuelang.lang.compile import Compiled, Compiler
from cuelang.lang.ports import BROKERS, port_url
from cuelang.lang.values import FPS
from cuelang.library import Library, Unreadable, read_sheet
from cuelang.plain import UserError
from cuelang.plan import Plan, Port, Swap, cue_number
from cuelang.source import NOWHERE, Source

if TYPE_CHECKING:
    from cuelang.playback.script import ScriptAsk

__all__ = [
    "NO_CASTING", "Casting", "Recompiler", "Unreadable", "Usage", "compile_sheet", "cue_of", "lacking",
    "override_inputs", "read_script",
]  # fmt: skip


class Usage(UserError):
    """An option that cannot be used; the message says what to write instead."""


def compile_sheet(
    sheet: str,
    *,
    rig: str | None = None,
    settings: Sequence[str] = (),
    without: Iterable[str] = (),
    compiler: Compiler | None = None,
    read: Callable[[str], Source] | None = None,
    casting: Casting | None = None,
    texts: Mapping[str, str] | None = None,
) -> Compiled:
    """Compile the sheet in this file. `rig` is a file too, `settings` are `NAME=VALUE`, `without` names cameras;
    `casting`: which camera stands in for which. `texts`: what the files said before, by name: they are not read again.
    Raises Unreadable for a file that cannot be had, Usage for an option that means nothing."""
    pairs: dict[str, str] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Usage(f"--set {text}: needs a name and a value, for example --set storm=15s.")
        pairs[name.strip()] = value.strip()
    compiler = compiler or Compiler(Library(texts=texts))
    read = read or partial(_source, texts or {})
    rig_source = read(rig) if rig is not None else None
    main, cast = read(sheet), casting or NO_CASTING
    if cast.anyway:
        plain = compiler.compile(main, rig=rig_source, settings=pairs, without=frozenset(without))
        if plain.plan is None:
            return plain  # what is wrong with the sheet itself is not left out
    return compiler.compile(
        main, rig=rig_source, settings=pairs, without=frozenset(without), swaps=dict(cast.swaps), anyway=cast.anyway
    )


def _source(texts: Mapping[str, str], path: str) -> Source:
    known = texts.get(path)
    return read_sheet(path) if known is None else Source(path, known)


class Casting(Struct, frozen=True):
    """A camera, and the one that stands in for it; `anyway`: lines for which that one lacks something are left out."""

    swaps: tuple[tuple[str, str], ...] = ()
    anyway: bool = False

    @classmethod
    def of(cls, texts: Iterable[str]) -> Casting:
        """From `--swap foh=spare` or `--swap "foh=spare anyway"`. Raises Usage."""
        swaps: dict[str, str] = {}
        anyway = False
        for text in texts:
            name, equals, other = text.partition("=")
            if other.endswith(" anyway"):
                other, anyway = other.removesuffix(" anyway"), True
            if not equals or not name.strip() or not other.strip():
                raise Usage(f"--swap {text}: needs two cameras, for example --swap foh=spare.")
            if other.strip() in swaps.values() or name.strip() in swaps:
                raise Usage(f"--swap {text}: this camera has been swapped already.")
            swaps[name.strip()] = other.strip()
        return cls(tuple(swaps.items()), anyway)

    def then(self, swap: Swap) -> Casting:
        """With one swap more, or one less."""
        swaps = {name: other for name, other in self.swaps if name != swap.camera}
        if swap.camera != swap.other:
            swaps[swap.camera] = swap.other
        return Casting(tuple(swaps.items()), bool(swaps) and (self.anyway or swap.anyway))


NO_CASTING = Casting()


class Recompiled(Struct, frozen=True):
    """`plan` None: the stand-in lacks something, and `lacking` says what."""

    plan: Plan | None
    lacking: str = ""


class Recompiler:
    """Compiles a sheet again, from what its files said then, with one swap more; it remembers those that were done."""

    def __init__(
        self,
        compiled: Compiled,
        sheet: str,
        rig: str | None = None,
        settings: Sequence[str] = (),
        without: Iterable[str] = (),
        casting: Casting = NO_CASTING,
    ) -> None:
        self._texts = {name: source.text for name, source in compiled.sources.items()}
        self._sheet, self._rig, self._settings, self._without = sheet, rig, settings, tuple(without)
        self._casting = casting

    def __call__(self, swap: Swap) -> Recompiled:
        casting = self._casting.then(swap)
        found = compile_sheet(
            self._sheet,
            rig=self._rig,
            settings=self._settings,
            without=self._without,
            casting=casting,
            texts=self._texts,
        )
        if found.plan is None:
            return Recompiled(None, lacking(found))
        self._casting = casting
        return Recompiled(found.plan)


def lacking(compiled: Compiled) -> str:
    """What a stand-in lacks, on one line; empty: nothing."""
    found = [f"{one.span.file}:{one.span.line}: {one.message}".rstrip(".") for one in compiled.lacking]
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return "; ".join(found[:MOST_NAMED]) + more


MOST_NAMED = 6
"""How much of what a stand-in lacks is named on one line."""


def read_script(path: str, plan: Plan) -> tuple[ScriptAsk, ...]:
    """The requests of a script for this show. Raises Unreadable, and Usage with a line for each mistake."""
    from cuelang.playback.script import ScriptError, parse  # late: a check needs no script

    fps = plan.settings.fps
    try:
        asks = parse(read_sheet(path).text, FPS[fps] if fps else None)
    except ScriptError as error:
        raise Usage("\n".join(f"{path}, {message}" for message in error.messages)) from None
    wrong = []
    for ask in asks:
        if ask.order is not None:
            try:
                ask.order.act(plan)
            except ValueError as error:
                wrong.append(f"{path}, line {ask.line}: {error}")
    if wrong:
        raise Usage("\n".join(wrong))
    return asks


def override_inputs(plan: Plan, texts: Sequence[str], *, at_home: bool = False) -> Plan:
    """With these inputs: `URL`, or `NAME=URL` instead of the sheet's input NAME. An input at the address of
    one of the sheet's takes its place too. `at_home`: those that are not named here accept this machine alone, at the
    same port. Raises Usage."""
    inputs = list(plan.inputs)
    asked: set[str] = set()
    for text in texts:
        name, url = _named(text)
        url, wrong = port_url("input", url)
        if wrong:
            raise Usage(f"--input {text}: {wrong}")
        before = next((port for port in inputs if port.name == name or port.url == url), None)
        if port_at(url).is_open and not (before and (before.allow or before.passcode or before.login)):
            raise Usage(
                f"--input {text} can be reached from outside this machine. Declare it in the sheet, with `allow`, "
                "`passcode` or (MQTT) `login`, or use 127.0.0.1."
            )
        port = replace(before, at=port_at(url)) if before else Port(name or url, port_at(url), NOWHERE)
        asked.add(port.name)
        if before:
            inputs[inputs.index(before)] = port
        else:
            inputs.append(port)
    if at_home:
        inputs = [port if port.name in asked else _at_home(port) for port in inputs]
    return replace(plan, inputs=tuple(inputs))


def _at_home(port: Port) -> Port:
    """On loopback; which hosts may speak to it does not matter there."""
    at = port.at
    if not at.is_open:
        return port
    if at.kind == "dmx":
        query = urlencode({**dict(at.options), "host": "127.0.0.1"})
        return replace(port, at=port_at(f"{at.scheme}://{at.name}?{query}"), allow=())
    if at.kind == "mqtt":  # a broker of this machine is not a stranger, and gets no password
        return replace(port, at=port_at(f"mqtt://127.0.0.1:{BROKERS['mqtt']}"), login=None)
    home = "[::1]" if ":" in at.host else "127.0.0.1"
    query = f"?{urlencode(at.options)}" if at.options else ""
    return replace(port, at=port_at(f"{at.scheme}://{home}{f':{at.port}' if at.port else ''}{query}"), allow=())


def _named(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    return (name, url) if equals and name.isidentifier() else ("", text)


def cue_of(plan: Plan, text: str | None, option: str) -> str | None:
    """The canonical number of the cue that an option names, None: it was not given. Raises Usage."""
    if text is None:
        return None
    numbers = [cue.number for cue in plan.cues]
    try:
        number = cue_number(text)
    except ValueError:
        raise Usage(f"{option} {text}: not a cue number (example: {option} 12.5).") from None
    if number not in numbers:
        raise Usage(f"{option} {text}: the sheet has no cue {number}.")
    return number
