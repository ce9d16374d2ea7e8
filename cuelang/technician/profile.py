"""A camera's settings as a file, and put back.

    format = "cuelang.profile/1"
    url = "visca+udp://10.0.0.21:1259"
    [settings]
    white_balance = "indoor"
    exposure_compensation = "on, 4"

The values are those of `inspect`, written as the language writes them. Only what differs is sent, the modes after the
numbers, for the mode must be the saved one in the end; a number that the camera does not take in its present mode is
tried again in the mode that takes it. What was sent is believed when the camera has said it back; what it cannot be
asked for is called sent.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cuelang.commands import Command, SetProperty
from cuelang.library import Unreadable, read_sheet
from cuelang.plain import plain, short
from cuelang.protocols.visca.profile import FORMAT, MOMENTARY, BadProfile, Profile, commands_of, read_profile
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.technician.inspect import STANDINGS, Inspected, inspect
from cuelang.technician.session import Session, WrongArgument

KEPT = (PROPERTIES.keys() | {"focus_mode", "focus"}) - MOMENTARY
"""What a profile holds of all that `inspect` shows, and all that is put back. The rest is not a setting, or it would
move the camera."""

MODES: dict[str, tuple[SetProperty, ...]] = {
    **dict.fromkeys(
        ("iris", "shutter", "gain"), (SetProperty("exposure", "manual"),)
    ),
    "bright": (SetProperty("exposure", "bright"),),
    "exposure_compensation": (SetProperty("exposure", "auto"),),
    "gain_limit": (SetProperty("exposure", "auto"),),
    **dict.fromkeys(("red_gain", "blue_gain"), (SetProperty("white_balance", "manual"),)),
    "color_temperature": (SetProperty("white_balance", "color_temperature"),),
    **dict.fromkeys(("red_tuning", "blue_tuning"), (SetProperty("white_balance", "auto"),)),
    "noise_2d": (SetProperty("noise_2d", "manual"),),
    "sharpness": (SetProperty("sharpness", "manual"),),
}  # fmt: skip
"""The mode in which a camera takes a number that it refuses in others."""

LAST = ("exposure", "white_balance", "focus_mode")
"""Put back after everything else."""


class Restored(Struct, frozen=True):
    """`same` were as saved already, `changed` are so now; `failed` says why, by name."""

    same: tuple[str, ...]
    changed: tuple[str, ...]
    failed: Mapping[str, str]
    left_out: tuple[str, ...] = ()
    """Not settings, so nothing was done about them."""
    sent: tuple[str, ...] = ()
    """The camera took them, and cannot be asked whether they are so now."""
    other: str = ""
    """What is to be known of a profile of another make or model."""


def profile_of(found: Inspected) -> Profile:
    """What can be put back. The focus position counts only while the focus is manual."""
    settings = {
        setting.name: setting.text for setting in found.settings if setting.standing == "said" and setting.name in KEPT
    }
    if settings.get("focus_mode") != "manual":
        settings.pop("focus", None)
    unasked = {
        setting.name: STANDINGS[setting.standing]
        for setting in found.settings
        if setting.standing != "said" and setting.name in KEPT
    }
    return Profile(found.url, settings, found["version"].text, unasked=unasked)


# --- the file ----------------------------------------------------------------------------------------------------


NOT_SAVED = "Not saved: the camera does not report these. Without its #, `restore` sends a line."


def write(profile: Profile, path: str, saved: str, before: str = "") -> str:
    """The text of a profile file: JSON if its name ends so, else TOML. `saved` is when, for people. `before` is the
    text of the profile that it replaces: its comments and its order stay."""
    head = {"format": FORMAT, "url": profile.url, "version": profile.version, "saved": saved}
    if path.endswith(".json"):
        return json.dumps({**head, "settings": dict(profile.settings)}, ensure_ascii=False, indent=1) + "\n"
    import tomlkit

    document = tomlkit.parse(_without_offers(before))
    _set(document, head)
    if "settings" not in document:
        document["settings"] = tomlkit.table()
    settings: Any = document["settings"]
    for name in settings.keys() - profile.settings.keys():
        del settings[name]
    _set(settings, profile.settings)
    if profile.unasked and isinstance(settings, tomlkit.items.Table):
        settings.add(tomlkit.nl())
        for line in (NOT_SAVED, *map(_offer, profile.unasked)):
            settings.add(tomlkit.comment(line))
    return tomlkit.dumps(document)


def _set(table: Any, values: Mapping[str, str]) -> None:
    """What says the same already keeps its quotes."""
    for name, value in values.items():
        if table.get(name) != value:
            table[name] = value


def _offer(name: str) -> str:
    """The line of a setting that the camera does not report, to fill in."""
    return f'{name} = ""' + (f"  # {PROPERTIES[name].allowed}" if name in PROPERTIES else "")


_OFFER = re.compile(rf'# (?:{re.escape(NOT_SAVED)}|\w+ = ""(?:  #.*)?)')


def _without_offers(text: str) -> str:
    """The text of a profile without the lines to fill in and the blank one above them."""
    lines = text.replace("\r\n", "\n").split("\n")
    offered = [_OFFER.fullmatch(line) is not None for line in lines]
    pairs = zip(lines, offered, [*offered[1:], False], strict=True)
    return "\n".join(line for line, offer, before_offer in pairs if not offer and (line or not before_offer))


def with_filled_in(profile: Profile, older: Profile | None) -> Profile:
    """With what the older profile of the same camera has for settings that it does not report: a person's values."""
    if older is None or older.url != profile.url:
        return profile
    filled = {name: value for name, value in older.settings.items() if name in profile.unasked}
    unasked = {name: why for name, why in profile.unasked.items() if name not in filled}
    return replace(profile, settings={**profile.settings, **filled}, unasked=unasked)


def load(path: str) -> Profile:
    """Read a profile file. Raises WrongArgument: it cannot be read, or is not one."""
    return read(text_of(path), path)


def text_of(path: str) -> str:
    """The text of a profile file. Raises WrongArgument."""
    try:
        return read_sheet(path).text
    except Unreadable as error:
        raise WrongArgument(str(error).replace("a cue sheet is UTF-8 text", "a profile is UTF-8 text")) from None


def read(text: str, path: str) -> Profile:
    """The profile that a text is; `path` names it in messages. Raises WrongArgument."""
    try:
        return read_profile(text, path)
    except BadProfile as error:
        raise WrongArgument(str(error)) from None


# --- putting it back ---------------------------------------------------------------------------------------------


async def save(session: Session) -> Profile:
    """Read twice: a setting that says something else the second time (an iris that the camera itself moves, or an
    answer that was another question's) is not kept."""
    first, second = profile_of(await inspect(session)), profile_of(await inspect(session))
    steady = {name: text for name, text in second.settings.items() if first.settings.get(name) == text}
    unsteady = tuple(sorted((first.settings.keys() | second.settings.keys()) - steady.keys()))
    return replace(second, settings=steady, unsteady=unsteady)


async def restore(session: Session, profile: Profile) -> Restored:
    """Make the camera what the profile says."""
    left_out = tuple(name for name in profile.settings if name in MOMENTARY)
    kept = {name: value for name, value in profile.settings.items() if name not in MOMENTARY}
    found = await inspect(session)
    now = profile_of(found).settings
    asked = {name: value for name, value in kept.items() if now.get(name) != value}
    failed: dict[str, str] = {}
    commands: dict[str, list[Command]] = {}
    for name, value in asked.items():
        try:
            commands[name] = list(commands_of(name, value, session.model, session.properties))
        except ValueError as error:
            failed[name] = str(error)
    touched: set[str] = set()
    for name in [name for name in commands if name not in LAST]:
        why = await _put(session, name, commands[name], touched)
        if why:
            failed[name] = why
    for name in LAST:
        left = touched & kept.keys() & {name}
        again = commands.get(name, [])
        if left:
            again = list(commands_of(name, kept[name], session.model, session.properties))
        why = await _put(session, name, again, set())
        if why:
            failed[name] = why
    again_found = await inspect(session)
    after = profile_of(again_found).settings
    silent = {setting.name for setting in again_found.settings if setting.standing != "said"}
    sent = tuple(name for name in asked if name not in failed and name in silent)
    for name, value in kept.items():
        if name not in failed and name not in sent and after.get(name) != value:
            failed[name] = _otherwise(after.get(name), value)
    changed = tuple(name for name in asked if name not in failed and name not in sent)
    same = tuple(name for name in kept if name not in asked and name not in failed)
    return Restored(same, changed, failed, left_out, sent, _other(profile, found["version"].text))


def _other(profile: Profile, version: str) -> str:
    """A profile of another camera may mean other things by the same words."""
    theirs, ours = (text.rpartition(", firmware")[0] or text for text in (profile.version, version))
    if not theirs or not ours or theirs == ours:
        return ""
    return f"The profile is of another model: {plain(short(theirs, 80))}. This camera is {ours}."


def _otherwise(said: str | None, wanted: str) -> str:
    if said is None:
        return f"the camera does not report it; “{short(wanted, 40)}” was saved"
    wanted = short(wanted, 40)
    return f"the camera took “{wanted}” but reports “{said}”"


async def _put(session: Session, name: str, commands: list[Command], touched: set[str]) -> str:
    """Send one setting's commands; returns why not, empty if it was taken. Modes that had to be left are `touched`."""
    for command in commands:
        why = await _send(session, command)
        for mode in MODES.get(name, ()) if why else ():
            if not await _send(session, mode):
                touched.add(mode.prop)
                why = await _send(session, command)
        if why:
            return why
    return ""


async def _send(session: Session, command: Command) -> str:
    job = await session.do(command)
    return "" if job.outcome in ("completed", "sent") else job.reason or str(job.outcome)


def as_text(restored: Restored, url: str) -> str:
    """What `restore` has done, in lines; `url` names the camera."""
    lines = [restored.other] if restored.other else []
    lines.append(
        f"{url}: {len(restored.changed)} restored, {len(restored.same)} unchanged"
        + (f", {len(restored.sent)} sent" if restored.sent else "")
        + (f", {len(restored.failed)} not restored:" if restored.failed else ".")
    )
    failed = {short(name, 40): plain(why) for name, why in restored.failed.items()}
    width = max(map(len, failed), default=0)
    lines += [f"  {name:<{width}}  {why}" for name, why in failed.items()]
    if restored.sent:
        lines.append(f"Sent, but the camera cannot confirm it: {', '.join(restored.sent)}.")
    if restored.left_out:
        lines.append(f"Skipped, because these are not settings: {', '.join(restored.left_out)}.")
    return "\n".join(lines)


def saved_text(profile: Profile, path: str, older: Profile | None) -> str:
    """What `save` has done, and what is not in the file."""
    lines = [f"{len(profile.settings)} settings of {profile.url} saved in {path}."]
    if older is not None:
        when = f", saved at {older.saved}" if older.saved else ""
        lines.append(f"It replaced the profile of {short(older.url, 80) or 'another camera'}{when}.")
    if profile.unsteady:
        lines.append(f"Skipped, because they changed while they were read: {', '.join(profile.unsteady)}.")
    for why in dict.fromkeys(profile.unasked.values()):
        names = ", ".join(name for name, reason in profile.unasked.items() if reason == why)
        lines += textwrap.wrap(f"Not in it ({why}): {names}.", 78, subsequent_indent="  ", break_on_hyphens=False)
    if profile.unasked and not path.endswith(".json"):
        lines.append("The file has a line for each of them to fill in; `restore` then sends it.")
    return "\n".join(lines)
