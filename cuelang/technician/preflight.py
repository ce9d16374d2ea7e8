"""Before doors: is every camera there, is it the one that the rig says, does its tally light, and does it still find
the places that the show uses?

All cameras are looked at at once. What is wrong is a finding; a preflight without findings is a rig that is ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from cuelang import address
from cuelang.commands import Booth, Command, Driver, MoveTo, Pose, Power, Recall, Snapshot, Tally, Track
from cuelang.lang.rewriting import written
from cuelang.models import Model
from cuelang.plan import Camera, CameraAct, CameraAction, Plan, Preset, walk
from cuelang.plan.state import CameraState
from cuelang.technician import lamps, left, stored, webside
from cuelang.technician.lamps import LampCheck
from cuelang.technician.left import NEAR_DEGREES, NEAR_PERCENT
from cuelang.technician.onair import OnAirReport
from cuelang.technician.probe import POWER, SONY, stray_text, version_text
from cuelang.technician.session import CameraError, Reached, Session, opened
from cuelang.technician.table import degrees, milliseconds, percent, plural, sentence
from cuelang.technician.webside import Identity
from cuelang.transports.http import Web
from cuelang.units import MS

BLINK_NS = 800 * MS
"""How long the tally light is on: long enough to be seen from the desk."""
SLOW_NS = 100 * MS
"""A link slower than this is worth a look: every frame of a ramp waits for its ACK."""
WALK_SPEED = 18
NOTHING_ASKED: Mapping[str, CameraState] = {}
ONLY_EYES = "Check by eye that its tally blinked."


class Used(Struct, frozen=True):
    """A place that the show moves to: a stored preset, or a position held in the sheet (`number` None)."""

    name: str
    number: int | None
    pose: Pose


class Visit(Struct, frozen=True):
    """`off` says how far it was from where it should be, empty if it was there; `note` what cannot be told."""

    name: str
    pose: Pose
    off: str = ""
    note: str = ""


class Checked(Struct):
    """One camera: what is in its columns, and what is wrong with it, a sentence each. “–”: that is not needed, or
    cannot be asked of this camera."""

    camera: str
    url: str
    answers: str = "no"
    latency: int | None = None
    model: str = "–"
    power: str = "–"
    tally: str = "–"
    web: str = "–"
    presets: str = "–"
    visits: list[Visit] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    identity: Identity = field(default_factory=Identity)

    @property
    def json(self) -> dict[str, Any]:
        return {
            "camera": self.camera, "url": self.url,
            "answers": {"yes": True, "no": False}.get(self.answers),
            "latency_ms": None if self.latency is None else round(self.latency / MS, 3), "model": self.model,
            "power": self.power, "tally": self.tally, "web": self.web,
            "device": self.identity.json,
            "presets": [{"name": one.name, "off": one.off or None, "note": one.note or None} for one in self.visits],
            "wrong": self.wrong, "notes": self.notes,
        }  # fmt: skip


# --- what the show uses ------------------------------------------------------------------------------------------


def _commands(plan: Plan) -> Iterator[tuple[str, Command]]:
    programs = [cue.program for cue in plan.cues]
    programs += [one.action.program for one in plan.triggers if isinstance(one.action, CameraAction)]
    for program in programs:
        for step in walk(program):
            if isinstance(step.act, CameraAct):
                yield step.act.camera, step.act.command


def used(plan: Plan) -> dict[str, list[Used]]:
    """The presets that each camera is sent to, in the order in which they were declared; undeclared numbers last."""
    asked: dict[str, list[Command]] = {camera.name: [] for camera in plan.cameras}
    for name, command in _commands(plan):
        if isinstance(command, Recall | MoveTo):
            asked[name].append(command)
    return {camera.name: list(_used(camera, asked[camera.name])) for camera in plan.cameras}


def _used(camera: Camera, commands: Sequence[Command]) -> Iterator[Used]:
    numbers = {command.preset for command in commands if isinstance(command, Recall)}
    poses = {command.pose for command in commands if isinstance(command, MoveTo)}
    for preset in camera.presets:
        pose = _pose(preset)
        if preset.number in numbers or (pose in poses and pose != Pose()):
            yield Used(preset.name, preset.number, pose)
    for number in sorted(numbers - {preset.number for preset in camera.presets}):
        yield Used(f"preset {number}", number, Pose())


def _pose(preset: Preset) -> Pose:
    return Pose(preset.pan, preset.tilt, preset.zoom)


def switched_on(plan: Plan) -> frozenset[str]:
    """The cameras that the show itself switches on."""
    return frozenset(name for name, command in _commands(plan) if isinstance(command, Power) and command.on)


WEB_USES: dict[type[Command], str] = {Booth: "the photobooth", Snapshot: "snapshots", Track: "auto-tracking"}


def web_uses(plan: Plan) -> dict[str, list[str]]:
    """What each camera's web side is needed for. Auto-tracking is in it, for not every PTZOptics has it by VISCA."""
    found: dict[str, list[str]] = {camera.name: [] for camera in plan.cameras}
    for name, command in _commands(plan):
        use = WEB_USES.get(type(command))
        if use is None or use in found[name]:
            continue
        if isinstance(command, Track) and plan.camera(name).figures.family == "sony":
            continue
        found[name].append(use)
    return found


# --- the check ---------------------------------------------------------------------------------------------------


async def preflight(
    plan: Plan,
    air: OnAirReport,
    *,
    visit: bool = False,
    drivers: Mapping[str, Driver] | None = None,
    say: Callable[[str], None] = lambda _line: None,
    asked: Mapping[str, CameraState] = NOTHING_ASKED,
) -> list[Checked]:
    """Check every camera that is not disabled. `visit`: go to each preset that the show uses, and back. `drivers` by
    name serve instead of those that the addresses lead to. `asked` is what the show last asked of its cameras."""
    places, numbers, on, uses = used(plan), stored.recalled(_commands(plan)), switched_on(plan), web_uses(plan)

    async def one(camera: Camera) -> Checked:
        wanted = places[camera.name] if visit and not air.program(camera.name) else None
        driver = (drivers or {}).get(camera.name)
        found = await _check(
            camera,
            air,
            wanted,
            numbers.get(camera.name, frozenset()),
            camera.name in on,
            uses[camera.name],
            driver,
            asked.get(camera.name),
        )
        if visit and air.program(camera.name):
            found.presets = "on program"
            found.notes.append("It is on program: it was left alone.")
        say(f"{camera.name}: {'ready' if not found.wrong else plural(len(found.wrong), 'finding')}")
        return found

    checked = list(await asyncio.gather(*(one(camera) for camera in plan.cameras if not camera.disabled)))
    _moved_up(checked)
    return checked


def _moved_up(checked: Sequence[Checked]) -> None:
    """Cameras of a VISCA chain number themselves: behind one that is missing, each answers to another's address."""
    for one in checked:
        if any("none with the address" in text for text in one.wrong):
            line = one.url.partition("?")[0]
            others = [other.camera for other in checked if other is not one and other.url.partition("?")[0] == line]
            if others:
                one.wrong.append(
                    "The cameras of a chain number themselves, and those behind a missing one move up: "
                    f"{', '.join(others)} may be other cameras than the rig says."
                )


async def _check(
    camera: Camera,
    air: OnAirReport,
    places: list[Used] | None,
    needed: frozenset[int],
    switched: bool,
    uses: list[str],
    driver: Driver | None,
    asked: CameraState | None = None,
) -> Checked:
    found = Checked(camera.name, camera.url)
    try:
        async with opened(camera, driver, web=True) as session:
            _, reached = await asyncio.gather(_web(found, session.web, camera, uses), session.reach())
            if reached.answers is False:
                found.wrong.append(_silent(camera, reached))
                return found
            found.answers = "yes" if reached.answers else "not heard"
            if not reached.understood:
                found.wrong.append(f"It responds but rejects every inquiry: another protocol?{_next(camera)}")
                return found
            _link(found, reached, session.pause)
            if session.web is None:
                found.identity = await session.who()
            await _model(found, session)
            found.wrong += await stored.missing(session, needed)
            on = await _power(found, session, switched)
            if on and asked is not None and (off := await left.differences(session, asked)):
                found.notes.append(left.offer(camera.name, off))
            await _tally(found, session, air)
            if places is not None:
                await _walk(found, session, places, on)
    except CameraError as error:
        found.wrong.append(str(error))
    return found


def _silent(camera: Camera, reached: Reached) -> str:
    why = sentence(f"It does not answer: {reached.why}" if reached.why else "It does not answer")
    return why + _next(camera)


def _next(camera: Camera) -> str:
    """What to do about a camera that does not answer, or not as it should."""
    where = address.parse(camera.url)
    if not where.host:
        return ""
    host = where.host
    if where.port != address.SCHEMES[where.scheme].port:  # a bare host would be tried at the ports that are usual
        host = f"[{host}]:{where.port}" if ":" in host else f"{host}:{where.port}"
    return f" `cuelang camera probe {host}` finds the protocol."


def _link(found: Checked, reached: Reached, pause: int) -> None:
    found.latency = reached.latency
    if reached.why:
        found.notes.append(sentence(f"No replies expected: {reached.why}"))
    if reached.twice:
        many = f"{reached.twice} of {reached.asked} inquiries had to be repeated"
        found.wrong.append(f"{many}: packets are lost on the way to it.")
    elif reached.strays:
        found.notes.append(sentence(stray_text(reached)))
    if reached.latency is not None and reached.latency > SLOW_NS + pause and reached.twice < reached.asked:
        found.wrong.append(f"Its link is slow: {milliseconds(reached.latency)} for an answer.")


async def _web(found: Checked, web: Web | None, camera: Camera, uses: list[str]) -> None:
    """The camera's web side: who it is, and whether what the show needs can be had there."""
    if web is None:
        return
    by_web = address.parse(camera.url).scheme == "cgi"
    answer, found.identity = await webside.who(web)
    where = web.base or "its HTTP interface"
    needed = f"The show needs it for {' and '.join(uses)}." if uses else ""
    if not uses and not (by_web and answer.status):
        if answer.status == 401 and camera.login is not None:
            found.notes.append(
                sentence(f"Its HTTP interface ({where}) rejects the login, and is not needed: {answer.error}")
            )
        return
    found.web = "NO"
    if answer.trouble and answer.status == 401:
        found.wrong.append(
            f"{sentence(f'Its HTTP interface ({where}) rejects the login: {answer.error}')} {needed}".strip()
        )
    elif answer.trouble:
        found.wrong.append(
            f"{sentence(f'Its HTTP interface ({where}) does not answer: {answer.error}')} {needed}".strip()
        )
    elif set(uses) - {WEB_USES[Track]} and (why := await webside.snapshot(web)):
        found.wrong.append(f"{sentence(f'Its HTTP interface ({where}) gives no picture: {why}')} {needed}".strip())
    else:
        found.web = "yes"


async def _model(found: Checked, session: Session) -> None:
    """What a camera says of itself: by VISCA its make, and a position that its model could not have; over HTTP
    its model."""
    model, named, said = session.model, session.camera.model is not None, found.identity.model
    version = await session.ask("inq.version")
    pose = await session.pose()
    outside = list(_outside(pose, model)) if named else []
    fields = version.fields
    agrees = webside.agrees(model, said) if named else None
    says = "; ".join(filter(None, (found.identity.text, version_text(fields) if fields else "")))
    if says:
        found.notes.append(f"Reported by the camera: {says}.")
    if named and fields and (fields["vendor"] == SONY) != (model.family == "sony"):
        make = "Sony" if fields["vendor"] == SONY else "not Sony"
        found.model = "WRONG"
        found.wrong.append(f"The rig says {model.title}; the camera reports vendor {fields['vendor']:04X}, {make}.")
    elif agrees is False:
        found.model = "WRONG"
        found.wrong.append(f"The rig says {model.title}; the camera's HTTP interface reports {said}.")
    elif outside:
        found.model = "WRONG"
        found.wrong.append(f"The rig's model, {model.title}, cannot reach {', '.join(outside)}.")
    elif not named:
        found.model = "none given"
    elif agrees:
        found.model = "agrees"
    elif fields:
        found.model = "make agrees"
    else:
        found.model = "–"


def _outside(pose: Pose, model: Model) -> Iterator[str]:
    if pose.pan is not None and not model.pan_range[0] <= pose.pan <= model.pan_range[1]:
        yield f"pan {degrees(float(model.pan_degrees(pose.pan)))}"
    if pose.tilt is not None and not model.tilt_range[0] <= pose.tilt <= model.tilt_range[1]:
        yield f"tilt {degrees(float(model.tilt_degrees(pose.tilt)))}"


async def _power(found: Checked, session: Session, switched: bool) -> bool:
    answer = await session.ask("inq.power")
    if not answer.fields:
        return True
    found.power = POWER.get(answer.fields["power"], f"says {answer.fields['power']}")
    if found.power == "on":
        return True
    if found.power != "standby":
        found.wrong.append(f"Its power is not as it should be: {found.power}.")
    elif switched:
        found.notes.append("It is in standby; the show switches it on.")
    else:
        found.wrong.append("Its power is standby, and the show does not switch it on.")
    return False


async def _tally(found: Checked, session: Session, air: OnAirReport) -> None:
    """Flash, then as it was. A camera on program keeps its light, for the audience's sake and the actors'."""
    name = session.camera.name
    if air.program(name):
        found.tally = "on program"
        return
    flash = lamps.flash(session.camera, session.model)
    if flash is None:
        return
    before = air.before(name)
    try:
        lit = await session.do(Tally(flash))
        if lit.outcome in ("completed", "sent"):
            await session.sleep(BLINK_NS)
    finally:
        dark = await asyncio.shield(session.do(Tally(before)))
    if lit.outcome == "completed" == dark.outcome:
        found.tally = "blinked"
    elif lit.outcome == "sent":
        found.tally = "sent"
        found.notes.append(ONLY_EYES)
    elif found.model != "WRONG":  # of another make it does not know the command; that it is another is the finding
        found.tally = "NO"
        found.wrong.append(sentence(f"Its tally does not light: {lit.reason or lit.outcome}"))


def lamps_seen(checked: Sequence[Checked], seen: Sequence[LampCheck]) -> None:
    """Enter which lamps were seen."""
    by_name = {one.camera: one for one in checked}
    for lamp in seen:
        found = by_name[lamp.camera]
        if lamp.seen is not None:
            found.tally = "seen" if lamp.seen else "NOT SEEN"
            found.notes = [note for note in found.notes if note != ONLY_EYES]
        if lamp.seen is False:
            found.wrong.append("Its tally lamp was lit, but was not seen.")
        elif lamp.why and lamp.why not in found.wrong and found.answers != "no":
            found.notes.append(lamp.why)


async def _walk(found: Checked, session: Session, places: list[Used], on: bool) -> None:
    if not places:
        found.presets = "none used"
    elif not on:
        found.presets = "not visited"
        found.wrong.append("Its presets could not be visited: it is not on.")
    elif not (session.can_ask or session.comes_to_rest):
        found.presets = "not visited"
        found.notes.append(sentence(f"Its presets were not visited: {session.no_position}"))
    else:
        start = await session.pose()
        for place in places:
            found.visits.append(await _visit(session, place))
        if start.pan is not None and start.tilt is not None:
            await session.do(MoveTo(start, WALK_SPEED, WALK_SPEED))
        off = [visit for visit in found.visits if visit.off]
        found.presets = f"{len(places) - len(off)} of {len(places)}"
        found.wrong += [sentence(f"Preset {visit.name}: {visit.off}") for visit in off]
        found.notes += [sentence(f"Preset {visit.name}: {visit.note}") for visit in found.visits if visit.note]


async def _visit(session: Session, place: Used) -> Visit:
    command: Command = MoveTo(place.pose, WALK_SPEED, WALK_SPEED)
    if place.number is not None:
        command = Recall(place.number, session.camera.recall_speed)
    job = await session.do(command)
    if session.comes_to_rest and job.outcome == "sent":
        return Visit(place.name, Pose(), note=f"it stopped at an unknown position, because {session.no_position}")
    pose = await session.pose()
    if job.outcome != "completed":
        return Visit(place.name, pose, f"recall failed: {job.reason or str(job.outcome).replace('_', ' ')}")
    if place.pose == Pose():
        where = written(pose, session.model)
        return Visit(place.name, pose, note=f"no known position; it is at {where}")
    return Visit(place.name, pose, ", ".join(_off(place.pose, pose, session.model)))


def _off(wanted: Pose, found: Pose, model: Model) -> Iterator[str]:
    """What is further from where it should be than is tolerated."""
    turns = (("pan", wanted.pan, found.pan, model.pan_degrees), ("tilt", wanted.tilt, found.tilt, model.tilt_degrees))
    for axis, goal, here, shown in turns:
        if goal is None:
            continue
        if here is None:
            yield f"the camera does not report its {axis}"
            continue
        off = float(shown(here) - shown(goal))
        if abs(off) > NEAR_DEGREES:
            yield f"{axis} {degrees(float(shown(here)))} instead of {degrees(float(shown(goal)))}"
    if wanted.zoom is not None and found.zoom is not None:
        here_percent, goal_percent = (float(model.zoom_as_percent(raw)) for raw in (found.zoom, wanted.zoom))
        if abs(here_percent - goal_percent) > NEAR_PERCENT:
            yield f"zoom {percent(here_percent)} instead of {percent(goal_percent)}"
