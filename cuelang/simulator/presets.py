"""What a simulated camera has stored before the show begins."""

from __future__ import annotations

from cuelang.plan import Camera
from cuelang.simulator.body import StoredPreset
from cuelang.simulator.settings import PICTURE, defaults_of


def stored(camera: Camera) -> dict[int, StoredPreset]:
    """By number: the presets whose positions the sheet knows. Real cameras keep the picture with them, so these bring
    back the picture of a camera as it comes from the factory, except where the sheet says `picture off`.

    A Panasonic or a Canon refuses a preset that it does not have, so there the others of the sheet are stored, too, and
    move nothing."""
    bare = (
        {preset.number: StoredPreset(None, None, None) for preset in camera.presets if preset.number is not None}
        if camera.figures.family in ("panasonic", "canon")
        else {}
    )
    picture = {name: defaults_of(camera.figures)[name] for name in PICTURE}
    return bare | {
        preset.number: StoredPreset(
            preset.pan or 0, preset.tilt or 0, preset.zoom or 0, picture=picture if preset.picture else None
        )
        for preset in camera.presets
        if preset.number is not None and not preset.pan is preset.tilt is preset.zoom is None
    }
