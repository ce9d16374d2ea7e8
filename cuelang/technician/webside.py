"""What a camera's web side says of the camera, and whether the show may use it.

Firmwares name the same facts differently; a name that is not known here is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from cuelang.models import Model, find, names
from cuelang.protocols import cgi
from cuelang.protocols.cgi_picture import answers_of
from cuelang.transports.http import HttpAnswer, Web

NAMES: dict[str, tuple[str, ...]] = {
    "name": ("devname", "devicename", "name"),
    "model": ("devtype", "devicetype", "devicemodel", "model", "modelname"),
    "firmware": ("versioninfo", "softversion", "firmware", "firmwareversion", "version"),
    "serial": ("serialnumber", "serialnum", "serial", "sn"),
}
"""A fact -> what firmwares call it, without blanks, capitals and underscores."""

PICTURE = b"\xff\xd8\xff"
MAX_PICTURE_BYTES = 32 * 1024 * 1024
SNAP_NS = 3_000_000_000


class Identity(Struct, frozen=True):
    """What the camera says of itself; empty where it does not."""

    name: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""

    def __bool__(self) -> bool:
        return any((self.name, self.model, self.firmware, self.serial))

    @property
    def json(self) -> dict[str, str | None]:
        return {fact: getattr(self, fact) or None for fact in NAMES}

    @property
    def text(self) -> str:
        """`PTZOptics Move 4K 20x “nave”, firmware 6.3.40, serial 1234`."""
        named = f"“{self.name}”" if self.name else ""
        facts = [" ".join(filter(None, (self.model, named)))]
        facts += [f"firmware {self.firmware}"] if self.firmware else []
        facts += [f"serial {self.serial}"] if self.serial else []
        return ", ".join(filter(None, facts))


def identity_of(fields: Mapping[str, str]) -> Identity:
    """The facts in an answer's fields."""
    plain = {re.sub(r"[\W_]", "", name.rpartition(".")[2]).lower(): value for name, value in fields.items()}
    found = {fact: next((plain[one] for one in called if plain.get(one)), "") for fact, called in NAMES.items()}
    return Identity(**found)


async def who(web: Web) -> tuple[HttpAnswer, Identity]:
    """Ask for name, model, firmware and serial number. The answer is that to the first question."""
    first = await knock(web)
    if not first.status or first.trouble:
        return first, Identity()
    found = identity_of(cgi.parse(first.body).fields) if first.fine else Identity()
    if not found.serial:
        second = await _asked(web, "inq.serial_number")
        if second.fine:
            found = replace(found, serial=identity_of(cgi.parse(second.body).fields).serial)
    return first, found


async def picture(web: Web) -> dict[str, Mapping[str, int]]:
    """The settings that it reports, as answers to VISCA's inquiries. Older cameras have only the second answer."""
    fields: dict[str, str] = {}
    for row in ("inq.image_conf", "inq.advance_image_conf"):
        answer = await _asked(web, row)
        if answer.fine:
            fields |= {name.rpartition(".")[2]: text for name, text in cgi.parse(answer.body).fields.items()}
    return answers_of(fields)


async def knock(web: Web) -> HttpAnswer:
    """The answer to the question that every web side knows."""
    return await _asked(web, "inq.device_conf")


async def _asked(web: Web, row: str) -> HttpAnswer:
    request = cgi.request(row)
    return await web.ask(request.method, request.path)


async def snapshot(web: Web) -> str:
    """Why there is no picture; empty: there is one."""
    request = cgi.request("snapshot")
    answer = await web.ask(request.method, request.path, within=SNAP_NS, most=MAX_PICTURE_BYTES)
    if answer.trouble:
        return answer.error
    if not answer.fine:
        return f"it answers /snapshot.jpg with HTTP {answer.status}"
    return "" if answer.body.startswith(PICTURE) else "what it sends as /snapshot.jpg is not a picture"


# --- is it the model of the rig? ---------------------------------------------------------------------------------


def agrees(model: Model, said: str) -> bool | None:
    """Whether a camera that calls itself `said` is of this model; None: that cannot be told."""
    own = find(model.base or model.id) or model
    if not own.id or not said:
        return None
    known = [other for name in names() if (other := find(name)) is not None and _key(other.title) in _key(said)]
    if known:
        longest = max(len(_key(other.title)) for other in known)  # an AW-UE150A is another model than an AW-UE150
        return any(other.id == own.id for other in known if len(_key(other.title)) == longest)
    ours, theirs = _factor(own.title), _factor(said)
    if ours is not None and theirs is not None and ours != theirs:
        return False
    return None


def _key(title: str) -> str:
    return re.sub("^(ptzoptics|sony|panasonic|canon)", "", re.sub(r"\W", "", title.lower()))


def _factor(text: str) -> int | None:
    """The zoom that a model's name tells: 20 of `Move 4K 20x` and of `PT20X-SDI`."""
    found = re.search(r"(?<!\d)(\d{1,2})x(?![a-z0-9])", text.lower())
    return int(found[1]) if found else None
