"""The switcher's end of vMix's TCP interface, over a simulated mixer. Pure: bytes in, bytes out."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, quoteattr

from cuelang.commands.switching import OutputName
from cuelang.protocols.vmix import MAX_LINE_BYTES
from cuelang.simulator.mixer import CUT_NS, Mixer
from cuelang.units import MS

VERSION = "27.0.0.49"
TRANSITIONS = ("Fade", "Zoom", "Wipe", "Slide", "Fly", "CrossZoom", "Merge", "Stinger1", "Stinger2")
DEFAULT_MS = 500


class VmixEnd:
    """A simulated vMix. Sources are input numbers from 1; their titles are the mixer's."""

    def __init__(self, mixer: Mixer) -> None:
        self.mixer = mixer
        self._held: dict[Hashable, bytearray] = {}
        self._wants: dict[Hashable, set[str]] = {}
        self._out: list[tuple[Hashable, bytes]] = []
        self._was: dict[str, str] = {}
        self._remember()

    def connected(self, peer: Hashable) -> list[tuple[Hashable, bytes]]:
        self._held[peer], self._wants[peer] = bytearray(), set()
        self._say(peer, f"VERSION OK {VERSION}")
        return self._sent()

    def disconnected(self, peer: Hashable) -> None:
        self._held.pop(peer, None)
        self._wants.pop(peer, None)

    def receive(self, peer: Hashable, data: bytes, now: int) -> list[tuple[Hashable, bytes]]:
        held = self._held[peer]
        held += data
        while (end := held.find(b"\n")) >= 0:
            line = bytes(held[:end]).decode("utf-8", "replace").strip("\r")
            del held[: end + 1]
            self._line(peer, line, now)
            self._tell()
        if len(held) > MAX_LINE_BYTES:
            held.clear()
        return self._sent()

    def wake(self, now: int) -> list[tuple[Hashable, bytes]]:
        self.mixer.wake(now)
        self._tell()
        return self._sent()

    @property
    def due(self) -> int | None:
        return self.mixer.due

    def _line(self, peer: Hashable, line: str, now: int) -> None:
        word, _, rest = line.partition(" ")
        match word:
            case "SUBSCRIBE" if rest in ("TALLY", "ACTS"):
                self._wants[peer].add(rest)
                self._say(peer, f"SUBSCRIBE OK {rest}")
                if rest == "TALLY":
                    self._say(peer, self._tally())
            case "UNSUBSCRIBE":
                self._wants[peer].discard(rest)
                self._say(peer, f"UNSUBSCRIBE OK {rest}")
            case "TALLY":
                self._say(peer, self._tally())
            case "VERSION":
                self._say(peer, f"VERSION OK {VERSION}")
            case "PING":
                self._say(peer, "PING OK PONG")
            case "XML":
                state = self._xml().encode()
                self._out.append((peer, f"XML {len(state) + 2}\r\n".encode() + state + b"\r\n"))
            case "FUNCTION":
                wrong = self._function(rest, now)
                self._say(peer, f"FUNCTION ER {wrong}" if wrong else "FUNCTION OK Completed")
            case "QUIT":
                self._say(peer, "QUIT OK Bye")
            case "":
                return
            case _:
                self._say(peer, f"{word} ER Unknown command")

    def _function(self, text: str, now: int) -> str:
        """Do it; what is wrong with it, if anything is."""
        name, _, query = text.partition(" ")
        values = dict(parse_qsl(query, keep_blank_values=True))
        mixer = self.mixer
        source = self._input(values["Input"]) if "Input" in values else mixer.preview
        if source is None:
            return "Input not found"
        length = values.get("Duration", str(DEFAULT_MS))
        if not (length.isascii() and length.isdigit() and len(length) < 7):
            return "Duration is not a number"
        match name:
            case "CutDirect":
                mixer.cut(source)
            case "Cut":
                old = mixer.program
                mixer.cut(source)
                mixer.see(old)
            case "PreviewInput":
                mixer.see(source)
            case "StartStreaming" | "StopStreaming":
                mixer.switch("stream", name.startswith("Start"), now)
            case "StartRecording" | "StopRecording":
                mixer.switch("record", name.startswith("Start"), now)
            case _ if name in TRANSITIONS:
                mixer.mix(source, max(CUT_NS, int(length) * MS), now, swap=True, kind=name)
            case _ if name.startswith(("Overlay", "Set", "Play", "Pause", "Audio", "Title")):
                return ""
            case _:
                return "Function not found"
        return ""

    def _input(self, name: str) -> str | None:
        if name in self.mixer.sources:
            return name
        for number, title in self.mixer.sources.items():
            if name in (title, _key(number)):
                return number
        return "0" if name == "0" else None

    # --- what it says ---

    def _tally(self) -> str:
        lit = self.mixer.seen()
        digits = {"program": "1", "preview": "2"}
        numbers = sorted(int(number) for number in self.mixer.sources)  # a digit for each input from the first on
        last = numbers[-1] if numbers else 0
        return "TALLY OK " + "".join(digits.get(lit.get(str(number), ""), "0") for number in range(1, last + 1))

    def _remember(self) -> dict[str, str]:
        mixer, before = self.mixer, self._was
        self._was = {"tally": self._tally(), "program": mixer.program, "preview": mixer.preview}
        names: tuple[OutputName, OutputName] = ("stream", "record")
        self._was |= {name: str(int(mixer.outputs[name])) for name in names}
        return before

    def _tell(self) -> None:
        before = self._remember()
        now = self._was
        if before == now:
            return
        acts: list[str] = []
        for bus, word in (("program", "Input"), ("preview", "InputPreview")):
            if before[bus] != now[bus]:
                acts += [f"{word} {before[bus]} 0", f"{word} {now[bus]} 1"]
        acts += [
            f"{word} {now[name]}"
            for name, word in (("stream", "Streaming"), ("record", "Recording"))
            if before[name] != now[name]
        ]
        for peer, wants in self._wants.items():
            if "TALLY" in wants and before["tally"] != now["tally"]:
                self._say(peer, now["tally"])
            if "ACTS" in wants:
                for act in acts:
                    self._say(peer, f"ACTS OK {act}")

    def _xml(self) -> str:
        mixer = self.mixer
        rows = []
        for number, title in mixer.sources.items():
            inside = "".join(
                f'<overlay index="{index}" key={quoteattr(_key(shown))}/>'
                for index, shown in enumerate(mixer.shows.get(number, ()))
            )
            rows.append(
                f'<input key="{_key(number)}" number="{number}" type="Capture" title={quoteattr(title)} '
                f'shortTitle={quoteattr(title)} state="Running">{escape(title)}{inside}</input>'
            )
        return (
            f"<vmix><version>{VERSION}</version><edition>4K</edition><inputs>{''.join(rows)}</inputs>"
            f"<preview>{mixer.preview}</preview><active>{mixer.program}</active>"
            f"<recording>{mixer.outputs['record']}</recording><streaming>{mixer.outputs['stream']}</streaming></vmix>"
        )

    def _say(self, peer: Hashable, line: str) -> None:
        self._out.append((peer, f"{line}\r\n".encode()))

    def _sent(self) -> list[tuple[Hashable, bytes]]:
        out, self._out = self._out, []
        return out


def _key(number: str) -> str:
    """A key of an input, the same in every run."""
    digits = hashlib.md5(number.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
