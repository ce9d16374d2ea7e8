"""Whether a camera has stored the presets that the show recalls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cuelang.commands import Command, Recall, Store
from cuelang.technician.session import Session


def recalled(commands: Iterable[tuple[str, Command]]) -> Mapping[str, frozenset[int]]:
    """By camera: the presets that it has to have, those that the show recalls and does not store itself."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    own: defaultdict[str, set[int]] = defaultdict(set)
    for name, command in commands:
        if isinstance(command, Recall):
            wanted[name].add(command.preset)
        elif isinstance(command, Store):
            own[name].add(command.preset)
    return {name: frozenset(numbers - own[name]) for name, numbers in wanted.items()}


async def missing(session: Session, numbers: frozenset[int]) -> list[str]:
    """A sentence for each of these presets that the camera says it does not have. Most cameras do not say."""
    there = await session.stored() if numbers else None
    if there is None:
        return []
    names = {number: session.camera.preset_of(Recall(number)) for number in sorted(numbers - there)}
    return [
        f"Preset {f'{name} ({number})' if name else number} is not stored in the camera."
        for number, name in names.items()
    ]
