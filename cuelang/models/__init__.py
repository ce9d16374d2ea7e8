"""Camera models as data: ranges, units, speeds, zoom curves. `motion` predicts travel from them."""

from __future__ import annotations

from cuelang.models.measured import BadModel, read_model, write_model
from cuelang.models.model import Family, Model, nearest, nearest_ratio
from cuelang.models.tables import DEFAULT, MODELS

__all__ = [
    "DEFAULT", "BadModel", "Family", "Model", "find", "names", "nearest", "nearest_ratio", "read_model", "write_model",
]  # fmt: skip

_BY_ID = {model.id: model for model in MODELS}


def find(name: str) -> Model | None:
    """The model with this id, in any case of letters; None if there is none."""
    return _BY_ID.get(name.lower())


def names() -> list[str]:
    """Every model's id, in the order of the table."""
    return list(_BY_ID)
