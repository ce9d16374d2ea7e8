"""vMix by its TCP interface, port 8099: lines of UTF-8 that end in CR LF. Pure.

    VERSION OK 27.0.0.49                   unasked, when connected
    SUBSCRIBE TALLY   ->  SUBSCRIBE OK TALLY, then TALLY OK 0121… at once and at every change
    FUNCTION Cut Input=2   ->  FUNCTION OK Cut, or FUNCTION ER and why
    XML   ->  XML <length>, then that many bytes: the whole state

One request at a time: the next is sent when the one before is answered. TALLY and ACTS may come between. A digit of
TALLY is an input, from number 1: 0 off, 1 on program, 2 on preview.

Sources: vmix.com/help28/TCPAPI.html, the function list of the same manual.
"""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping

from msgspec import Struct, field

from cuelang.commands.switching import (
    BusName,
    Cut,
    Dissolve,
    Native,
    Order,
    OutputName,
    Preview,
    SetOutput,
    SwitcherState,
    Take,
)
from cuelang.plain import short
from cuelang.protocols.switcher import (
    ACCEPT_NS,
    COMPLETED,
    OUTPUT_NS,
    REPORT_NS,
    SAID,
    UNREACHABLE,
    Accepted,
    Close,
    Ended,
    Machine,
    Procedure,
    Until,
)
from cuelang.units import MS, NS

MAX_LINE_BYTES = 64 * 1024
MAX_XML_BYTES = 8 * 1024 * 1024
MAX_INPUTS = 1000
ASK_NS = 5 * NS
"""A quiet vMix is asked for its state so often: it says nothing by itself, so that a dead one is not noticed else."""
ANSWER_NS = 3 * NS
"""An answer that has not come by then will not come, and what comes next could be taken for it: connect again."""

_FUNCTION = re.compile(r"[A-Za-z][A-Za-z0-9_]*( .*)?")


def native(text: str) -> str | None:
    """What is wrong with a request in vMix's own words; None: nothing."""
    if not text.isprintable() or not _FUNCTION.fullmatch(text):
        return 'vMix needs a function and its values, for example "OverlayInput1In Input=4"'
    return None


def tally(digits: str) -> dict[str, BusName]:
    """`0121`: the inputs that are seen, by number."""
    buses: dict[str, BusName] = {"1": "program", "2": "preview"}
    return {str(number): buses[digit] for number, digit in enumerate(digits[:MAX_INPUTS], 1) if digit in buses}


class VmixInputs(Struct, frozen=True):
    """What the state of vMix says: inputs by number, with their keys and titles."""

    active: str | None = None
    preview: str | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Number by key."""
    short: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The keys of the inputs that an input shows inside itself."""
    outputs: Mapping[OutputName, bool] = field(default_factory=dict)
    version: str = ""
    edition: str = ""


def inputs(xml: bytes) -> VmixInputs | None:
    """Read the state; None if it is not one."""
    from xml.etree import ElementTree  # 5 ms that a sheet without vMix need not wait for

    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        return None
    try:
        root = ElementTree.fromstring(xml.decode("utf-8", "replace"))
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None
    titles: dict[str, str] = {}
    keys: dict[str, str] = {}
    short: dict[str, str] = {}
    layers: dict[str, tuple[str, ...]] = {}
    for each in root.iterfind("inputs/input"):
        number = each.get("number", "")
        if not number.isdigit() or len(titles) >= MAX_INPUTS:
            continue
        titles[number] = each.get("title") or (each.text or "").strip()
        short[number] = each.get("shortTitle", "")
        if key := each.get("key"):
            keys[key] = number
        layers[number] = tuple(layer.get("key", "") for layer in each.iterfind("overlay"))
    outputs: dict[OutputName, bool] = {}
    for name, tag in (("stream", "streaming"), ("record", "recording")):
        told = root.findtext(tag)
        if told is not None:
            outputs["stream" if name == "stream" else "record"] = told.strip().lower() == "true"
    return VmixInputs(
        root.findtext("active"),
        root.findtext("preview"),
        titles,
        keys,
        short,
        layers,
        outputs,
        root.findtext("version") or "",
        root.findtext("edition") or "",
    )


class _Request(Struct, eq=False):
    line: str
    answered: Callable[[bool, str], None]
    sent: int | None = None


class VmixStream:
    """Parts what vMix sends into lines, and the bytes that follow `XML n`."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._xml = 0

    def feed(self, data: bytes) -> list[str | bytes]:
        self._held += data
        out: list[str | bytes] = []
        while True:
            if self._xml:
                if len(self._held) < self._xml:
                    return out
                out.append(bytes(self._held[: self._xml]))
                del self._held[: self._xml]
                self._xml = 0
                continue
            end = self._held.find(b"\n")
            if end < 0:
                if len(self._held) > MAX_LINE_BYTES:
                    self._held.clear()  # no line of vMix is that long
                return out
            line = bytes(self._held[:end]).decode("utf-8", "replace").strip("\r")
            del self._held[: end + 1]
            length = line.removeprefix("XML ") if line.startswith("XML ") else ""
            if length.isascii() and length.isdigit() and len(length) < 10 and 0 < int(length) <= MAX_XML_BYTES:
                self._xml = int(length)
            else:
                out.append(line)


TRANSITIONS = (
    "Fade", "Merge", "Wipe", "Slide", "Fly", "CrossZoom", "FlyRotate", "Cube", "CubeZoom", "VerticalWipe",
    "VerticalSlide", "WipeReverse", "SlideReverse", "VerticalWipeReverse", "VerticalSlideReverse", "BarnDoor",
    "RollerDoor",
)  # fmt: skip
"""Those that its menu has. A sheet may name others, such as `Stinger1`."""


WORDS = frozenset(("VERSION", "TALLY", "ACTS", "FUNCTION", "SUBSCRIBE", "UNSUBSCRIBE", "XML", "XMLTEXT", "QUIT"))
"""What a line of vMix begins with."""


class Vmix(Machine):
    """One controller at one vMix."""

    def __init__(self) -> None:
        super().__init__()
        self.state = SwitcherState(transitions=TRANSITIONS)
        self.inputs = VmixInputs()
        self._stream = VmixStream()
        self._known = False
        """A line that only vMix says has come."""
        self._requests: deque[_Request] = deque()
        self._asked = 0
        self._stale = False
        self._lamps: dict[str, BusName] = {}
        self._mixing: int | None = None
        """When a transition of ours will have ended. vMix does not say that one runs."""

    # --- the line ---

    def _open(self) -> None:
        self._stream = VmixStream()
        self._known = False
        self._requests.clear()
        self._stale, self._mixing = False, None
        self._says(ready=False, transition=False)
        for line in ("SUBSCRIBE TALLY", "SUBSCRIBE ACTS"):
            self._request(line)
        self._ask_state()

    def _lost(self) -> None:
        self._requests.clear()

    def _receive(self, data: bytes | str) -> None:
        for part in self._stream.feed(data if isinstance(data, bytes) else data.encode()):
            if isinstance(part, bytes):
                self._state(part)
                self._answer("XML", True, "")
            else:
                self._line(part)

    def _wake(self) -> None:
        if self._mixing is not None and self._now >= self._mixing:
            self._mixes(None)
        first = self._requests[0] if self._requests else None
        if first is not None and first.sent is not None and self._now - first.sent >= ANSWER_NS:
            self._requests.clear()
            self._out.append(Close("vMix does not respond"))
        elif first is None and self._now - self._asked >= ASK_NS:
            self._ask_state()

    def _due(self) -> int | None:
        times = [] if self._mixing is None else [self._mixing]
        if self._requests and (sent := self._requests[0].sent) is not None:
            times.append(sent + ANSWER_NS)
        elif self.state.ready:
            times.append(self._asked + ASK_NS)
        return min(times, default=None)

    def _mixes(self, until: int | None) -> None:
        self._mixing = until
        self._says(transition=until is not None)
        if until is None:
            self._look_again()

    # --- what it says ---

    def _line(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        good, _, told = rest.partition(" ")
        if not self._known:
            if word not in WORDS:
                self._requests.clear()
                self._out.append(Close(f"what answers there is not vMix: it says “{short(line, SAID)}”", again=False))
                return
            self._known = True
        match word, good:
            case "VERSION", "OK":
                self._says(version=told, model="vMix")
            case "TALLY", "OK":
                self._lamps = tally(told)
                self._says(tally=self._seen())
                self._look_again()
            case "ACTS", "OK":
                self._act(told.split(" "))
            case _, "OK" | "ER":
                self._answer(word, good == "OK", told)
            case _:
                pass

    def _act(self, words: list[str]) -> None:
        match words:
            case ["Input", number, "1"]:
                self._says(program=number)
            case ["InputPreview", number, "1"]:
                self._says(preview=number)
            case ["Streaming", on]:
                self._says(outputs={**self.state.outputs, "stream": on == "1"})
            case ["Recording", on]:
                self._says(outputs={**self.state.outputs, "record": on == "1"})
            case _:
                pass

    def _state(self, xml: bytes) -> None:
        seen = inputs(xml)
        if seen is None:
            return
        self.inputs = seen
        self._says(
            ready=True,
            tally=self._seen(),
            program=seen.active,
            preview=seen.preview,
            names=seen.titles,
            outputs={**self.state.outputs, **seen.outputs},
            version=seen.version or self.state.version,
            model=f"vMix {seen.edition}".strip(),
        )

    def _seen(self) -> dict[str, BusName]:
        """The lamps, and the inputs that show themselves as layers of one that is lit."""
        seen: dict[str, BusName] = {}
        for bus in ("preview", "program"):
            lit = [number for number, its in self._lamps.items() if its == bus]
            for number in self._within(lit):
                seen[number] = "program" if bus == "program" else "preview"
        return seen

    def _within(self, numbers: Iterable[str]) -> frozenset[str]:
        """These inputs, and those that they show inside themselves, however deep."""
        found: set[str] = set()
        wanted = list(numbers)
        while wanted:
            number = wanted.pop()
            if number not in found:
                found.add(number)
                layers = self.inputs.layers.get(number, ())
                wanted += [self.inputs.keys[key] for key in layers if key in self.inputs.keys]
        return frozenset(found)

    def seen_in(self, source: str) -> frozenset[str]:
        """The numbers of the inputs that one shows: itself, and its layers."""
        return self._within([self.resolve(source) or source])

    # --- requests ---

    def _request(self, line: str, answered: Callable[[bool, str], None] = lambda _good, _told: None) -> _Request:
        request = _Request(line, answered)
        self._requests.append(request)
        self._next()
        return request

    def _next(self) -> None:
        if self._requests and self._requests[0].sent is None:
            self._requests[0].sent = self._now
            self._send(f"{self._requests[0].line}\r\n")

    def _answer(self, word: str, good: bool, told: str) -> None:
        first = self._requests[0] if self._requests else None
        if first is None or first.sent is None or not first.line.startswith(word):
            return
        self._requests.popleft()
        first.answered(good, told)
        if self._stale and not self._requests:
            self._ask_state()
        self._next()

    def _ask_state(self) -> None:
        self._asked, self._stale = self._now, False
        self._request("XML")

    def _look_again(self) -> None:
        """The lamps changed: program, preview and the list of inputs may have changed with them."""
        if any(request.line == "XML" and request.sent is None for request in self._requests):
            return
        self._stale = True
        if not self._requests:
            self._ask_state()

    # --- orders ---

    def resolve(self, source: str) -> str | None:
        if source in self.inputs.titles:
            return source
        if number := self.inputs.keys.get(source):
            return number
        for names in (self.inputs.titles, self.inputs.short):
            found = [number for number, title in names.items() if title == source]
            if found:
                return found[0]
        return None

    def _procedure(self, key: Hashable, order: Order) -> Procedure:
        match order:
            case Cut(source=source):
                return self._program(key, source, "CutDirect", 0)
            case Dissolve(source=source, over=over, transition=transition):
                return self._program(key, source, transition or "Fade", over)
            case Preview(source=source):
                return self._preview(key, source)
            case Take(source=source, over=over, transition=transition):
                return self._take(key, source, over, transition)
            case SetOutput(output=output, on=on):
                return self._output(key, output, on)
            case Native(text=text):
                return self._function(key, text)

    def _function(self, key: Hashable, text: str) -> Procedure:
        answer: list[tuple[bool, str]] = []
        request = self._request(f"FUNCTION {text}", lambda good, told: answer.append((good, told)))
        if not (yield Until(lambda: bool(answer), ACCEPT_NS)):
            if request.sent is None:
                with contextlib.suppress(ValueError):
                    self._requests.remove(request)  # never sent, and never will be
            return UNREACHABLE
        good, told = answer[0]
        if not good:
            return Ended("refused", told or "vMix rejected it")
        self._out.append(Accepted(key))
        return COMPLETED

    def _program(self, key: Hashable, source: str, function: str, over: int) -> Procedure:
        number = self.resolve(source)
        if number is None:
            return self._missing(source)
        if over and self.state.program == number:
            return COMPLETED
        length = f"&Duration={round(over / MS)}" if over else ""
        ended = yield from self._function(key, f"{function} Input={number}{length}")
        if ended != COMPLETED:
            return ended
        self._mixes(self._now + over if over else None)
        yield Until(lambda: self._mixing is None, None)
        met = yield Until(lambda: self.state.program == number, REPORT_NS)
        return COMPLETED if met else Ended("timed_out", f"vMix does not report {self.called(number)}")

    def _preview(self, key: Hashable, source: str) -> Procedure:
        number = self.resolve(source)
        if number is None:
            return self._missing(source)
        if refusal := (yield from self._quiet()):
            return refusal
        ended = yield from self._function(key, f"PreviewInput Input={number}")
        if ended != COMPLETED:
            return ended
        met = yield Until(lambda: self.state.preview == number, REPORT_NS)
        return COMPLETED if met else Ended("timed_out", f"vMix does not report {self.called(number)}")

    def _take(self, key: Hashable, source: str | None, over: int | None, transition: str | None) -> Procedure:
        if refusal := (yield from self._quiet()):
            return refusal
        number = None if source is None else self.resolve(source)
        if source is not None and number is None:
            return self._missing(source)
        wanted = self._to_take(number)
        if isinstance(wanted, Ended):
            return wanted
        return (yield from self._program(key, wanted, transition or "Fade" if over else "Cut", over or 0))

    def _output(self, key: Hashable, output: OutputName, on: bool) -> Procedure:
        if self.state.outputs.get(output) is on:
            return COMPLETED
        ended = yield from self._function(
            key, f"{'Start' if on else 'Stop'}{'Streaming' if output == 'stream' else 'Recording'}"
        )
        if ended != COMPLETED:
            return ended
        met = yield Until(lambda: self.state.outputs.get(output) is on, OUTPUT_NS)
        return COMPLETED if met else Ended("timed_out", f"vMix did not report that it {'started' if on else 'stopped'}")

    def _missing(self, source: str) -> Ended:
        return Ended("refused", f"vMix has no input “{source}”")

    def called(self, number: str | None) -> str:
        return "nothing" if number is None else self.inputs.titles.get(number) or number
