"""A sheet as the command line names it: read, compiled, and its plan changed by options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec.structs import replace

from cuelang.lang.compile import Compiled, Compiler
from cuelang.lang.ports import BROKERS, is_open, port_url
from cuelang.lang.values import FPS
from cuelang.library import Library, Unreadable, read_sheet
from cuelang.plan import Plan, Port, cue_number
from cuelang.source import NOWHERE

if TYPE_CHECKING:
    from cuelang.playback.script import Ask

__all__ = ["Unreadable", "Usage", "compile_sheet", "cue_of", "override_inputs", "read_script"]


class Usage(Exception):
    """An option that cannot be used; the message says what to write instead."""


def compile_sheet(
    sheet: str,
    *,
    rig: str | None = None,
    settings: Sequence[str] = (),
    without: Iterable[str] = (),
    compiler: Compiler | None = None,
) -> Compiled:
    """Compile the sheet in this file. `rig` is a file too, `settings` are `NAME=VALUE`, `without` names cameras.
    Raises Unreadable for a file that cannot be had, Usage for an option that means nothing."""
    pairs: dict[str, str] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Usage(f"--set {text}: needs a name and a value, for example --set storm=15s.")
        pairs[name.strip()] = value.strip()
    compiler = compiler or Compiler(Library())
    rig_source = read_sheet(rig) if rig is not None else None
    return compiler.compile(read_sheet(sheet), rig=rig_source, settings=pairs, without=frozenset(without))


def read_script(path: str, plan: Plan) -> tuple[Ask, ...]:
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
        if is_open(url) and not (before and (before.allow or before.passcode or before.login)):
            raise Usage(
                f"--input {text} can be reached from outside this machine. Declare it in the sheet, with `allow`, "
                "`passcode` or (MQTT) `login`, or use 127.0.0.1."
            )
        port = replace(before, url=url) if before else Port(name or url, url, NOWHERE)
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
    if not is_open(port.url):
        return port
    parts = urlsplit(port.url)
    if parts.scheme in ("sacn", "artnet"):
        query = urlencode({**dict(parse_qsl(parts.query)), "host": "127.0.0.1"})
        return replace(port, url=parts._replace(query=query).geturl(), allow=())
    if parts.scheme in BROKERS:  # a broker of this machine is not a stranger, and gets no password
        return replace(port, url=f"mqtt://127.0.0.1:{BROKERS['mqtt']}", login=None)
    home = "[::1]" if ":" in (parts.hostname or "") else "127.0.0.1"
    return replace(port, url=parts._replace(netloc=f"{home}:{parts.port}" if parts.port else home).geturl(), allow=())


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
