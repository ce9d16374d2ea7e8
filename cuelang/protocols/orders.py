"""What an order sends to a switcher, as far as it is known before the show: for plans. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, assert_never

from cuelang.address import SwitcherAddress, SwitcherKind
from cuelang.commands.switching import Cut, Dissolve, Native, Order, Preview, SetOutput, Take
from cuelang.protocols.atem import blocks as b
from cuelang.protocols.atem.machine import MAX_FRAMES, frames, native_blocks
from cuelang.protocols.obs import milliseconds, split_native
from cuelang.units import MS, NS

DEFAULT_FPS = "25"
LEAST_MIX_NS, LONGEST_MIX_NS = 50_000_000, 20_000_000_000
"""What OBS takes; a vMix and a simulated switcher are given the same."""


def length_trouble(kind: SwitcherKind, over: int, fps: Fraction | str | None) -> tuple[str, str] | None:
    """Why a switcher of this kind cannot make a transition of `over` ns, and what it can do. None: it can."""
    if kind == "atem":
        rate = float(Fraction(fps or DEFAULT_FPS))
        count = round(over * rate / NS)
        if not 1 <= count <= MAX_FRAMES:
            return (
                f"An ATEM makes transitions of 1 to {MAX_FRAMES} frames, not {count}.",
                f"At {rate:g} frames a second the longest is {MAX_FRAMES / rate:g}s.",
            )
    elif not LEAST_MIX_NS <= over <= LONGEST_MIX_NS:
        return "This transition is too short or too long.", "It takes 50ms to 20s."
    return None


def transition_trouble(kind: SwitcherKind, name: str) -> tuple[str, str] | None:
    """Why no switcher of this kind can have a transition of this name, and what it has. None: it may have it."""
    if kind == "atem" and name not in b.STYLES:
        return f"An ATEM has no transition “{name}”.", f"It has {', '.join(b.STYLES)}."
    if kind == "vmix" and not (name.isascii() and name.isalnum()):
        return f"“{name}” is not the name of a vMix transition.", "Write it as vMix does, such as Fade or Stinger1."
    return None


def wire(at: SwitcherAddress, order: Order, fps: str | None) -> list[dict[str, str]]:
    """What goes to the switcher there: `hex` of each ATEM command, `text` of a vMix line or an OBS request. What is
    borrowed and put back around a transition hangs on the switcher's state and is not in it."""
    if at.kind == "atem":
        rate = float(Fraction(fps or DEFAULT_FPS))
        return [{"hex": block.hex(" ")} for block in _atem(order, at.me - 1, rate)]
    if at.kind == "vmix":
        return [{"text": f"FUNCTION {text}"} for text in _vmix(order)]
    return [{"text": json.dumps(_request(name, data))} for name, data in _obs(order)]


def _atem(order: Order, me: int, rate: float) -> Iterator[bytes]:
    match order:
        case Cut(source=source):
            yield b.program(me, int(source))
        case Dissolve(source=source, over=over, transition=transition):
            yield b.preview(me, int(source))
            yield from _auto(me, over, transition, rate)
        case Preview(source=source):
            yield b.preview(me, int(source))
        case Take(over=None):
            yield b.cut(me)
        case Take(over=int(over), transition=transition):
            yield from _auto(me, over, transition, rate)
        case SetOutput(output="stream", on=on):
            yield b.stream(on)
        case SetOutput(on=on):
            yield b.record(on)
        case Native(text=text):
            yield from native_blocks(text, me, (2, 30))
        case Take():
            return
        case _:
            assert_never(order)


def _auto(me: int, over: int, transition: str | None, rate: float) -> Iterator[bytes]:
    number = b.STYLES.index(transition or "mix")
    yield b.style(me, number)
    if number in b.RATE_BLOCKS.values():
        yield b.rate(me, number, frames(over, rate))
    yield b.auto(me)


def _vmix(order: Order) -> Iterator[str]:
    match order:
        case Cut(source=source):
            yield f"CutDirect Input={source}"
        case Dissolve(source=source, over=over, transition=transition):
            yield f"{transition or 'Fade'} Input={source}&Duration={round(over / MS)}"
        case Preview(source=source):
            yield f"PreviewInput Input={source}"
        case Take(source=source, over=over, transition=transition):
            word = (transition or "Fade") if over else "Cut"
            wanted = "" if source is None else f" Input={source}"
            yield word + wanted + (f"&Duration={round(over / MS)}" if over else "")
        case SetOutput(output=output, on=on):
            yield f"{'Start' if on else 'Stop'}{'Streaming' if output == 'stream' else 'Recording'}"
        case Native(text=text):
            yield text
        case _:
            assert_never(order)


def _obs(order: Order) -> Iterator[tuple[str, dict[str, Any]]]:
    match order:
        case Cut(source=source):
            yield "SetCurrentProgramScene", {"sceneName": source}
        case Dissolve(source=source, over=over, transition=transition):
            yield from _chosen(over, transition)
            yield "SetCurrentProgramScene", {"sceneName": source}
        case Preview(source=source):
            yield "SetCurrentPreviewScene", {"sceneName": source}
        case Take(over=over, transition=transition):
            if over is not None:
                yield from _chosen(over, transition)
            yield "TriggerStudioModeTransition", {}
        case SetOutput(output=output, on=on):
            yield f"{'Start' if on else 'Stop'}{output.capitalize()}", {}
        case Native(text=text):
            yield split_native(text)
        case _:
            assert_never(order)


def _chosen(over: int, transition: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    if transition is not None:
        yield "SetCurrentSceneTransition", {"transitionName": transition}
    yield "SetCurrentSceneTransitionDuration", {"transitionDuration": milliseconds(over)}


def _request(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"requestType": name, "requestData": data} if data else {"requestType": name}
