"""From an address to a thing: one row for each URL scheme, what opens it and what simulates it.

What of a sheet cannot work with the doors that it declares, `waits_for` says in plain sentences before a show.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Literal, NamedTuple, assert_never

from msgspec import Struct
from msgspec.structs import replace

from cuelang import address
from cuelang.address import PASSWORD_HINT, Address, may_hold_a_password
from cuelang.commands import Driver
from cuelang.commands.switching import BusName
from cuelang.devices import bus
from cuelang.devices import sony_line as sony
from cuelang.devices.base_link import KEEPALIVE_NS
from cuelang.devices.cgi import CgiCamera
from cuelang.devices.http_line import HttpLine, NoticePort
from cuelang.devices.notices import MemoryEar, TcpEar
from cuelang.devices.pelco import PelcoCamera
from cuelang.devices.picture_store import FolderStore, PictureStore
from cuelang.devices.visca import ViscaCamera
from cuelang.devices.visca_web import ViscaWithHttp
from cuelang.devices.wanted import HasWanted
from cuelang.models import Model
from cuelang.plan import (
    Camera,
    OnBus,
    OnCron,
    OnDays,
    OnDmx,
    OnHttp,
    OnInterval,
    OnKey,
    OnLink,
    OnMidi,
    OnMqtt,
    OnMsc,
    OnOnce,
    OnOsc,
    OnOutputLost,
    OnTimecode,
    Plan,
    Port,
    Switcher,
    SwitcherAct,
    When,
)
from cuelang.protocols.atem.machine import Atem
from cuelang.protocols.dialects import DIALECTS
from cuelang.protocols.obs import Obs
from cuelang.protocols.panasonic import SNAPSHOTS
from cuelang.protocols.switcher import Machine
from cuelang.protocols.visca.exchange import Exchange
from cuelang.protocols.vmix import Vmix
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import InProcess, WebEnd, drawn
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.http_end import Draw
from cuelang.simulator.presets import stored
from cuelang.simulator.serve import attach, http_end
from cuelang.simulator.shots import Shot, shot
from cuelang.simulator.switchers import AttachedSwitcher, end_of, labels_of
from cuelang.source import NOWHERE
from cuelang.switchers.link import SwitcherLink
from cuelang.transports import Line, http_out, memory, midi_out, mqtt_out, osc
from cuelang.transports.http import HttpCamera, Web
from cuelang.transports.tcp import TcpLine
from cuelang.transports.udp import UdpLine
from cuelang.transports.websocket import WebSocketLine


def _udp(where: Address) -> Line:
    return _chained(where, lambda: UdpLine(where.host, where.port or 0))


def _tcp(where: Address) -> Line:
    return _chained(where, lambda: TcpLine(where.host, where.port or 0))


def _chained(where: Address, line: Callable[[], Line]) -> Line:
    """Cameras behind a converter share the way to it, and take turns: there is a serial line at its far end."""
    if not where.chained:
        return line()
    return bus.line(bus.ViscaBus, f"{where.scheme}://{where.host}:{where.port}", where.baud, where.camera, line)


def _sony(where: Address) -> Line:
    return sony.line(where.host, where.port or 0)


def _serial(where: Address) -> Line:
    return bus.line(bus.ViscaBus, where.path, where.baud, where.camera)


def _pelco(where: Address) -> Line:
    return bus.line(bus.PelcoBus, where.path, where.baud, where.camera)


LINES: dict[str, Callable[[Address], Line]] = {
    "visca+udp": _udp,
    "visca+tcp": _tcp,
    "sony": _sony,
    "visca+serial": _serial,
    "pelco-d": _pelco,
    "pelco-p": _pelco,
}
"""By scheme. `sim` has none: such a camera is always simulated. Nor have those that are asked by HTTP, a
request at a time."""


class PictureOptions(Struct, frozen=True):
    """What becomes of the pictures of booths and snapshots. `zone` is that of the times in their names; `note` is
    called for each one that was kept; `draw` makes those of simulated cameras."""

    album: PictureStore
    zone: tzinfo | None = None
    note: Callable[[str], object] | None = None
    draw: Draw = drawn


def model_of(camera: Camera) -> Model:
    """Its model, or the figures that serve when none is given."""
    return camera.figures


def open_driver(camera: Camera, pictures: PictureOptions | None = None) -> Driver:
    """The driver of a real camera, its line not opened yet. Call it on the running loop.

    Without a pictures a VISCA camera refuses its pictures, and those of the others go into the working directory.
    """
    where = address.parse(camera.url)
    if where.scheme == "sim":
        return simulated(camera, pictures=pictures, keepalive=KEEPALIVE_NS)
    if where.scheme == "cgi":
        return _by_web(camera, HttpCamera(camera.web, camera.login, trust=camera.trust), pictures)
    if where.family == "panasonic" or where.family == "canon":
        web, seen = (HttpCamera(camera.web, camera.login, trust=camera.trust) for _ in range(2))
        return _pictured(by_requests(camera, web, TcpEar(where.host)), seen, pictures)
    line = LINES[where.scheme]
    if where.family == "pelco-d" or where.family == "pelco-p":
        base = camera.address_base
        return PelcoCamera(camera.name, line(where), where.family, address=where.camera, base=base)
    driver = ViscaCamera(camera.name, line(where), model_of(camera), address=where.camera)
    if pictures is None or not camera.http:
        return driver
    return _with_web(driver, HttpCamera(camera.http, camera.login, trust=camera.trust), pictures)


def hand_over(before: Driver, after: Driver) -> None:
    """The camera has another driver: what it is to be (its lamp, its preset speed) goes with it."""
    if isinstance(before, HasWanted) and isinstance(after, HasWanted):
        after.wanted.take_over(before.wanted)


def _with_web(driver: ViscaCamera, web: Web, pictures: PictureOptions) -> ViscaWithHttp:
    return ViscaWithHttp(driver.name, driver, web, pictures.album, zone=pictures.zone, note=pictures.note)


def _by_web(
    camera: Camera, web: Web, pictures: PictureOptions | None, keepalive: int | None = KEEPALIVE_NS
) -> CgiCamera:
    room = pictures or PictureOptions(FolderStore(Path()))
    return CgiCamera(
        camera.name, web, room.album, model_of(camera), zone=room.zone, note=room.note, keepalive=keepalive
    )


def by_requests(camera: Camera, web: Web, ear: NoticePort, keepalive: int | None = KEEPALIVE_NS) -> ViscaCamera:
    """A camera that is driven by its maker's requests; `ear` is where its notifications arrive, if it has any."""
    family = address.parse(camera.url).family
    assert family == "panasonic" or family == "canon"
    line: HttpLine[Exchange] = HttpLine(web, DIALECTS[family](model_of(camera)), ear if family == "panasonic" else None)
    return ViscaCamera(camera.name, line, model_of(camera), keepalive=keepalive)


def _pictured(driver: ViscaCamera, web: Web, pictures: PictureOptions | None) -> Driver:
    """With its pictures, if its maker's protocol has any."""
    if pictures is None or driver.link.model.family != "panasonic":
        return driver
    zone, note = pictures.zone, pictures.note
    return ViscaWithHttp(driver.name, driver, web, pictures.album, zone=zone, note=note, snapshots=SNAPSHOTS)


def requests_to(
    camera: Camera, body: Body, faults: Faults = NO_FAULTS, draw: Draw = drawn
) -> tuple[InProcess, MemoryEar] | None:
    """The web side of such a camera inside the process, and where its notifications arrive; None: it is driven by
    something else."""
    end = http_end(address.parse(camera.url).scheme, body, faults, beat=None, draw=draw)
    if end is None:
        return None
    ear = MemoryEar()
    return InProcess(end, latency=faults.latency, base=camera.web, tell=lambda notice: ear.hear(notice.data)), ear


def simulated(
    camera: Camera,
    faults: Faults = NO_FAULTS,
    pictures: PictureOptions | None = None,
    *,
    keepalive: int | None = None,
    bodies: dict[str, Body] | None = None,
) -> Driver:
    """The driver of a camera, on a simulated one inside the process, joined by a memory line.

    `keepalive` is how long it may be silent before it is asked, as a real one is; None, in a rehearsal: no limit.

    `bodies` gets the simulated camera itself, by name.

    It has the presets that the sheet knows positions of, and takes half as long to boot as it is given. Sony's header
    is there only when the line has faults: on a perfect one it changes nothing but when the first frame may go.
    """
    body = Body(model_of(camera), camera.name, boot=camera.boot // 2)
    body.presets.update(stored(camera))
    if bodies is not None:
        bodies[camera.name] = body
    where = address.parse(camera.url)
    requests = requests_to(camera, body, faults, draw=drawn if pictures is None else pictures.draw)
    if requests is not None:
        return _pictured(by_requests(camera, *requests, keepalive), requests[0], pictures)
    web = InProcess(WebEnd(body, draw=drawn if pictures is None else pictures.draw), base=camera.web)
    if where.scheme == "cgi":
        return _by_web(camera, web, pictures, keepalive=keepalive)
    near, far = memory.pair()
    if where.family == "pelco-d" or where.family == "pelco-p":
        base = camera.address_base
        attach(far, body, faults, address=where.camera, scheme=where.scheme, base=base)
        return PelcoCamera(camera.name, near, where.family, address=where.camera, base=base, keepalive=keepalive)
    headed = faults.on_line and where.scheme == "sony"
    attach(far, body, faults, address=where.camera, scheme="sony" if headed else "visca+udp")
    line = sony.SonyLine(near) if headed else near
    driver = ViscaCamera(camera.name, line, body.model, address=where.camera, keepalive=keepalive)
    return driver if pictures is None else _with_web(driver, web, pictures)


# --- switchers ---------------------------------------------------------------------------------------------


def switcher_machine(switcher: Switcher, environment: Mapping[str, str] = os.environ) -> Machine:
    """The controller's end of its protocol."""
    if switcher.kind == "atem":
        return Atem(switcher.at.me - 1)
    if switcher.kind == "vmix":
        return Vmix()
    named = switcher.password
    return Obs(environment.get(named) if named is not None and may_hold_a_password(named) else None)


def open_switcher(switcher: Switcher, environment: Mapping[str, str] = os.environ) -> SwitcherLink:
    """The link of a real switcher, its line not opened yet. Call it on the running loop."""
    host, port = switcher.at.host, switcher.at.port
    line: Line
    if switcher.kind == "atem":
        line = UdpLine(host, port)
    elif switcher.kind == "vmix":
        line = TcpLine(host, port)
    else:
        line = WebSocketLine(f"ws://{f'[{host}]' if ':' in host else host}:{port}")
    return SwitcherLink(switcher.name, switcher_machine(switcher, environment), line)


def password_missing(switcher: Switcher, environment: Mapping[str, str] = os.environ) -> str:
    """A sentence when its password cannot be had; empty if it can, or if there is none."""
    name = switcher.password
    if name is None or switcher.kind == "sim":
        return ""
    if not may_hold_a_password(name):
        return f"{switcher.name}: {name} is not read from the environment. {PASSWORD_HINT}"
    return "" if name in environment else f"{switcher.name}: the environment variable {name} is not set."


def simulated_switcher(switcher: Switcher) -> tuple[SwitcherLink, AttachedSwitcher]:
    """The link to a switcher, with a simulated one inside the process at its other end, joined by a memory line."""
    near, far = memory.pair()
    attached = AttachedSwitcher(far, end_of(switcher))
    return SwitcherLink(switcher.name, switcher_machine(switcher, {}), near), attached


class SwitcherRig:
    """The links of a show's switchers, kept over a reload where nothing of the link has changed."""

    def __init__(self, *, simulate: bool, environment: Mapping[str, str] = os.environ) -> None:
        self._simulate, self._environment = simulate, environment
        self._links: dict[str, tuple[tuple[object, ...], SwitcherLink]] = {}
        self._simulated: dict[str, AttachedSwitcher] = {}

    def take(self, plan: Plan) -> dict[str, SwitcherLink]:
        """A link for each switcher of this plan."""
        before, self._links = self._links, {}
        for one in plan.switchers:
            simulated = self._simulate or one.kind == "sim"
            key = (one.url, one.password, tuple((s.name, s.label, s.input, s.shows) for s in one.sources) * simulated)
            kept = before.get(one.name)
            if kept is not None and kept[0] == key:
                self._links[one.name] = kept
            elif simulated:
                link, self._simulated[one.name] = simulated_switcher(one)
                self._links[one.name] = key, link
            else:
                self._simulated.pop(one.name, None)
                self._links[one.name] = key, open_switcher(one, self._environment)
        return {name: link for name, (_, link) in self._links.items()}

    def is_simulated(self, switcher: str) -> bool:
        return switcher in self._simulated

    def shot(self, switcher: Switcher, bus: BusName, now: int) -> Shot | None:
        """What a simulated switcher has on this bus. None: it is not simulated, or it has no such bus."""
        attached = self._simulated.get(switcher.name)
        return None if attached is None else shot(switcher, attached.mixer, labels_of(switcher)[0], bus, now)

    def by_hand(self, act: SwitcherAct) -> str:
        """Do this by hand at a simulated switcher. Returns why it cannot be done, or nothing."""
        attached = self._simulated.get(act.switcher)
        if attached is None:
            return f"{act.switcher} is not simulated: only a person can cut there by hand"
        return attached.by_hand(act.order)


# --- outputs -----------------------------------------------------------------------------------------------


class Unheard:
    """An output in a rehearsal: everything is taken, nothing leaves the machine."""

    def send(self, address: str, arguments: tuple[int | float | str, ...]) -> str:
        return ""

    def close(self) -> None:
        """There is nothing to close."""


class Muted(Unheard):
    """An output of a show with simulated cameras: the log has what would have been sent."""

    mute: Literal[True] = True

    async def open(self) -> None:
        """There is nothing to open."""


AnyOutput = Muted | osc.OscOut | midi_out.MidiOut | http_out.HttpOut | mqtt_out.MqttOut


def _no_matter(text: str) -> None:
    """Ignores what it is called with."""


def open_output(port: Port, problem: Callable[[str], None] = _no_matter) -> AnyOutput:
    """What `send` lines go to; the caller opens and closes it. `problem` is called with problems found later."""
    if port.kind == "midi":
        return midi_out.MidiOut(port.at.name)
    if port.kind == "http":
        return http_out.HttpOut(port.url, lambda text: problem(f"{port.name}: {text}"), port.login)
    if port.kind == "mqtt":
        return mqtt_out.MqttOut(port.at, lambda text: problem(f"{port.name}: {text}"), port.login)
    return osc.output(port.at)


# --- of one show -------------------------------------------------------------------------------------------


class Rig:
    """The drivers and outputs of a show. What did not change stays as it is when the sheet is loaded again.

    `note` is called for each picture that was kept, `problem` for each failure of an output.
    """

    def __init__(
        self,
        *,
        simulate: bool,
        live_outputs: bool,
        zone: tzinfo,
        note: Callable[[str], object],
        problem: Callable[[str], None],
    ) -> None:
        self._simulate, self._muted = simulate, simulate and not live_outputs
        self._zone, self._note, self._problem = zone, note, problem
        self._cameras: dict[str, tuple[Camera, Driver]] = {}
        self._ports: dict[str, tuple[str, AnyOutput]] = {}
        self.switchers = SwitcherRig(simulate=simulate)

    @property
    def drivers(self) -> dict[str, Driver]:
        return {name: driver for name, (_, driver) in self._cameras.items()}

    @property
    def outputs(self) -> dict[str, AnyOutput]:
        return {name: output for name, (_, output) in self._ports.items()}

    @property
    def answering(self) -> dict[str, AnyOutput]:
        """The outputs that have a receiver at the other end."""
        return {name: output for name, output in self.outputs.items() if not isinstance(output, Muted)}

    def take(self, plan: Plan) -> tuple[list[Driver], list[AnyOutput]]:
        """The cameras and outputs of a plan. Returns what is new; the caller opens it."""
        drivers, outputs = list(self.drivers.values()), list(self.outputs.values())
        self._cameras = dict(self._driven(plan))
        self._ports = dict(self._sent(plan))
        return (
            [driver for driver in self.drivers.values() if driver not in drivers],
            [output for output in self.outputs.values() if output not in outputs],
        )

    def _driven(self, plan: Plan) -> Iterator[tuple[str, tuple[Camera, Driver]]]:
        """A driver for each camera that plays tonight; those of cameras that did not change are kept."""
        pictures = PictureOptions(FolderStore(Path(plan.file).parent), self._zone, self._note)
        for camera in plan.cameras:
            kept = self._cameras.get(camera.name)
            if kept is not None and _same_link(kept[0], camera):
                yield camera.name, kept
            elif not camera.disabled:
                driver = (
                    simulated(camera, pictures=pictures, keepalive=KEEPALIVE_NS)
                    if self._simulate
                    else open_driver(camera, pictures)
                )
                if kept is not None:
                    hand_over(kept[1], driver)
                yield camera.name, (camera, driver)

    def _sent(self, plan: Plan) -> Iterator[tuple[str, tuple[str, AnyOutput]]]:
        for port in plan.outputs:
            kept = self._ports.get(port.name)
            if kept is not None and kept[0] == port.url:
                yield port.name, kept
            else:
                yield port.name, (port.url, Muted() if self._muted else open_output(port, self._problem))


def _same_link(a: Camera, b: Camera) -> bool:
    """Whether the driver of one serves the other: presets and places in the sheet do not matter to it."""
    return replace(a, presets=(), origin=NOWHERE) == replace(b, presets=(), origin=NOWHERE)


def waits_for(plan: Plan) -> list[str]:
    """What of the sheet cannot work tonight, a sentence each."""
    needs = [_need(trigger.when) for trigger in plan.triggers]
    return [
        f"{need.name} triggers need an input, as in `input {need.example}`; "
        f"{needs.count(need)} in this sheet will not fire."
        for need in (_MIDI, _MSC, _TIMECODE, _DMX, _MQTT, _HTTP)
        if need in needs and not any(port.at.scheme in need.schemes for port in plan.inputs)
    ]


class _Need(NamedTuple):
    """What receives a kind of trigger: inputs of these schemes. `example` is one."""

    name: str
    schemes: tuple[str, ...]
    example: str


_MIDI = _Need("`on midi`", ("midi",), 'desk "midi:PORT NAME"')
_MSC = _Need("`on msc`", ("midi",), 'desk "midi:PORT NAME"')
_TIMECODE = _Need("`on timecode`", ("midi", "ltc", "artnet"), 'tape "ltc:DEVICE NAME"')
_DMX = _Need("`on dmx`", ("sacn", "artnet"), 'desk "sacn://1"')
_MQTT = _Need("`on mqtt`", ("mqtt", "mqtts"), 'venue "mqtt://10.0.0.5"')
_HTTP = _Need("`on http`", ("http",), 'buttons "http://0.0.0.0:8090"')


def _need(when: When) -> _Need | None:
    """None: it comes without an input of the sheet, or (OSC) every show has one."""
    match when:
        case OnMidi():
            return _MIDI
        case OnMsc():
            return _MSC
        case OnTimecode():
            return _TIMECODE
        case OnDmx():
            return _DMX
        case OnMqtt():
            return _MQTT
        case OnHttp():
            return _HTTP
        case OnOsc() | OnKey() | OnBus() | OnOutputLost() | OnLink() | OnDays() | OnInterval() | OnCron() | OnOnce():
            return None
        case _:
            assert_never(when)
