"""Which protocol answers at an address, and what the camera says it is."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from cuelang import address
from cuelang.commands import Pose
from cuelang.models import Model
from cuelang.plain import plain
from cuelang.technician.session import Reached, Session, camera_at, opened
from cuelang.technician.table import degrees, milliseconds, percent
from cuelang.technician.webside import Identity
from cuelang.units import MS

OF_A_MAKER = ("panasonic", "canon")
BARE = ("visca+udp", "visca+tcp", "sony", *OF_A_MAKER, "cgi")
"""What a host alone may be listening for, each at its own port."""

POWER = {2: "on", 3: "standby", 4: "power circuit error"}
SONY = 0x0001
"""Sony's vendor number (its command lists). PTZOptics answers a number of its factory instead."""


class ProbedCamera(Struct, frozen=True):
    """What came of one address. `answers` None: the line is open, and nothing was heard. `version` is what VISCA says;
    name, model, firmware and serial number come from the web side. Numbers as the camera's model has them; None: it did
    not say."""

    url: str
    answers: bool | None
    why: str = ""
    latency_ms: float | None = None
    version: str | None = None
    name: str | None = None
    model: str | None = None
    firmware: str | None = None
    serial: str | None = None
    power: str | None = None
    pan: float | None = None
    tilt: float | None = None
    zoom: float | None = None

    @property
    def json(self) -> dict[str, Any]:
        return asdict(self)


def candidates(target: str) -> list[str]:
    """The addresses to try: the one that is given, or all that make sense for a bare host, or for a host and a port.
    Raises BadAddress."""
    if "://" in target:
        return [camera_at(target).url]
    host = target.strip()
    bare = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
    if not bare.partition(":")[0]:
        raise address.BadAddress(f"“{target}” is not a host; for example 10.0.0.21, or a full camera address.")
    return [str(address.parse(f"{scheme}://{bare}")) for scheme in BARE]


def version_text(fields: Mapping[str, int]) -> str:
    """`Sony, model 0513, firmware 0100`; another vendor by its number."""
    vendor = "Sony" if fields["vendor"] == SONY else f"vendor {fields['vendor']:04X}"
    return f"{vendor}, model {fields['model']:04X}, firmware {fields['firmware']:04X}"


async def probe(urls: list[str]) -> list[ProbedCamera]:
    """Knock at every address at once. A line that is silent costs about a second."""
    return list(await asyncio.gather(*(_knock(url) for url in urls)))


async def _knock(url: str) -> ProbedCamera:
    camera = camera_at(url)
    async with opened(camera, web=True) as session:
        identity, reached = await asyncio.gather(session.who(), session.reach())
        if reached.answers is False:
            return ProbedCamera(url, False, reached.why)
        why = reached.why
        if not reached.understood and url.startswith(OF_A_MAKER):
            return ProbedCamera(url, False, "a web server answers, and does not know this protocol")
        if not reached.understood:
            why = "it rejects every inquiry: another protocol?"
        elif reached.twice:
            why = f"{reached.twice} of {reached.asked} inquiries had to be repeated: packets are lost"
        elif reached.strays:
            why = stray_text(reached)
        return await _who(url, session, reached, why, identity)


def stray_text(reached: Reached) -> str:
    """What came besides the answers."""
    what = "reply" if reached.strays == 1 else "replies"
    many = f"{reached.strays} {what} belonged to none of {reached.asked} inquiries"
    return f"{many}: another program asks it too, or packets come twice"


async def _who(url: str, session: Session, reached: Reached, why: str, identity: Identity) -> ProbedCamera:
    version, power = await session.ask("inq.version"), await session.ask("inq.power")
    pose = await session.pose() if session.can_ask else session.driver.state.pose
    pan, tilt, zoom = shown(pose, session.model)
    return ProbedCamera(
        url,
        reached.answers,
        why,
        latency_ms=None if reached.latency is None else round(reached.latency / MS, 3),
        version=version_text(version.fields) if version.fields else None,
        name=identity.name or None,
        model=identity.model or None,
        firmware=identity.firmware or None,
        serial=identity.serial or None,
        power=POWER.get(power.fields["power"]) if power.fields else None,
        pan=pan,
        tilt=tilt,
        zoom=zoom,
    )


def shown(pose: Pose, model: Model) -> tuple[float | None, float | None, float | None]:
    """Pan and tilt in degrees and zoom in percent, the axes that are known."""
    return (
        None if pose.pan is None else round(float(model.pan_degrees(pose.pan)), 3),
        None if pose.tilt is None else round(float(model.tilt_degrees(pose.tilt)), 3),
        None if pose.zoom is None else round(float(model.zoom_as_percent(pose.zoom)), 3),
    )


LINE_CELLS = 78
_SERIAL = ("visca+serial", "pelco-d", "pelco-p")


def as_text(found: list[ProbedCamera]) -> str:
    """An address a paragraph, so that it fits a terminal."""
    lines: list[str] = []
    width = max((len(one.url) for one in found), default=0)
    for one in found:
        heard = {True: "answers", False: "no answer", None: "not heard"}[one.answers]
        facts = plain(_facts(one))
        line = f"{one.url:<{width}}  {heard}"
        if facts and len(line) + len(facts) + 2 <= LINE_CELLS:
            lines.append(f"{line}  {facts}")
        else:
            lines += [
                line,
                *textwrap.wrap(
                    facts, LINE_CELLS, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
                ),
            ]
    if not any(one.answers is not False for one in found):
        serial = bool(found) and all(one.url.partition("://")[0] in _SERIAL for one in found)
        lines.append(
            "No reply. Check power and cable, and that the camera's address and baud rate are those of the URL."
            if serial
            else "No reply. Check power and network, and that VISCA over IP is enabled in its menu."
        )
    return "\n".join(lines)


def _facts(one: ProbedCamera) -> str:
    if one.answers is False:
        return one.why
    facts = []
    if one.latency_ms is not None:
        facts.append(f"in {milliseconds(round(one.latency_ms * MS))}")
    identity = Identity(one.name or "", one.model or "", one.firmware or "", one.serial or "")
    known = [text for text in (identity.text, one.version) if text]
    if known or one.answers:
        facts.append("; ".join(known) or "does not identify itself")
    if one.power is not None:
        facts.append(f"power {one.power}")
    if one.pan is not None and one.tilt is not None:
        facts.append(f"pan {degrees(one.pan)} tilt {degrees(one.tilt)}")
    if one.zoom is not None:
        facts.append(f"zoom {percent(one.zoom)}")
    if one.why:
        facts.append(one.why)
    return "; ".join(facts)
