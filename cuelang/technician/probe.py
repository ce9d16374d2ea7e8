"""Which protocol answers at an address, and what the camera says it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cuelang import address
from cuelang.commands import Pose
from cuelang.models import Model
from cuelang.technician.session import CameraError, Session, camera_at, opened
from cuelang.technician.table import degrees, milliseconds, percent, table

BARE = ("visca+udp", "visca+tcp", "sony", "cgi")
"""What a host alone may be listening for, each at its own port."""

POWER = {2: "on", 3: "standby", 4: "power circuit error"}
SONY = 0x0001
"""Sony's vendor number (its command lists). PTZOptics answers a number of its factory instead."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one address. Numbers as the camera's model has them; None: it did not say."""

    url: str
    answers: bool
    why: str = ""
    latency_ms: float | None = None
    version: str | None = None
    power: str | None = None
    pan: float | None = None
    tilt: float | None = None
    zoom: float | None = None

    @property
    def json(self) -> dict[str, Any]:
        return asdict(self)


def candidates(target: str) -> list[str]:
    """The addresses to try: the one that is given, or all that make sense for a bare host. Raises CameraError."""
    if "://" in target:
        return [camera_at(target).url]
    host = target.strip()
    bare = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
    try:
        if not host or (":" in bare.rpartition("]")[2]):
            raise address.BadAddress(f"“{target}” is no host; write one alone, as in 10.0.0.21, or a whole address.")
        return [str(address.parse(f"{scheme}://{bare}")) for scheme in BARE]
    except address.BadAddress as error:
        raise CameraError(str(error)) from None


def version_text(fields: Mapping[str, int]) -> str:
    """`Sony, model 0513, firmware 0100`; another vendor by its number."""
    vendor = "Sony" if fields["vendor"] == SONY else f"vendor {fields['vendor']:04X}"
    return f"{vendor}, model {fields['model']:04X}, firmware {fields['firmware']:04X}"


async def probe(urls: list[str]) -> list[Found]:
    """Knock at every address at once. A line that is silent costs about a second."""
    return list(await asyncio.gather(*(_knock(url) for url in urls)))


async def _knock(url: str) -> Found:
    camera = camera_at(url)
    async with opened(camera) as session:
        reached = await session.reach()
        if not reached.answers:
            return Found(url, False, reached.why)
        return await _who(url, session, reached.latency, reached.why)


async def _who(url: str, session: Session, latency: int | None, why: str) -> Found:
    version, power = await session.ask("inq.version"), await session.ask("inq.power")
    pose = await session.pose() if session.can_ask else session.driver.state.pose
    pan, tilt, zoom = shown(pose, session.model)
    return Found(
        url, True, why,
        latency_ms=None if latency is None else round(latency / 1_000_000, 3),
        version=version_text(version.fields) if version.fields else None,
        power=POWER.get(power.fields["power"]) if power.fields else None,
        pan=pan, tilt=tilt, zoom=zoom,
    )  # fmt: skip


def shown(pose: Pose, model: Model) -> tuple[float | None, float | None, float | None]:
    """Pan and tilt in degrees and zoom in percent, the axes that are known."""
    return (
        None if pose.pan is None else round(float(model.pan_degrees(pose.pan)), 3),
        None if pose.tilt is None else round(float(model.tilt_degrees(pose.tilt)), 3),
        None if pose.zoom is None else round(float(model.zoom_as_percent(pose.zoom)), 3),
    )


def as_text(found: list[Found]) -> str:
    rows = [(one.url, "answers" if one.answers else "no answer", _facts(one)) for one in found]
    lines = table(("address", "", "what it says"), rows)
    if not any(one.answers for one in found):
        lines.append("Nothing answers. Is it switched on, on this network, and is VISCA over IP on in its menu?")
    return "\n".join(lines)


def _facts(one: Found) -> str:
    if not one.answers:
        return one.why
    facts = []
    if one.latency_ms is not None:
        facts.append(f"in {milliseconds(round(one.latency_ms * 1_000_000))}")
    facts.append(one.version or "does not say what it is")
    if one.power is not None:
        facts.append(f"power {one.power}")
    if one.pan is not None and one.tilt is not None:
        facts.append(f"pan {degrees(one.pan)} tilt {degrees(one.tilt)}")
    if one.zoom is not None:
        facts.append(f"zoom {percent(one.zoom)}")
    if one.why:
        facts.append(one.why)
    return "; ".join(facts)
