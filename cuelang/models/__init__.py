"""Camera models as data: ranges, units, speeds, zoom curves. `motion` predicts travel from them."""

from __future__ import annotations

from cuelang.models.measured import BadModel, read_model, write_model
from cuelang.models.model import Family, Model, nearest, nearest_ratio
from cuelang.models.tables import DEFAULT, MODELS
from cuelang.models.web_heads import UNNAMED

__all__ = [
    "DEFAULT", "BadModel", "Family", "Model", "find", "fits", "names", "nearest", "nearest_ratio", "read_model",
    "unnamed", "write_model",
]  # fmt: skip

_BY_ID = {model.id: model for model in MODELS}


def find(name: str) -> Model | None:
    """The model with this id, in any case of letters; None if there is none."""
    return _BY_ID.get(name.lower())


def names() -> list[str]:
    """Every model's id, in the order of the table."""
    return list(_BY_ID)


def unnamed(url: str) -> Model:
    """The figures of a camera at this address whose model is not given."""
    return UNNAMED.get(url.partition("://")[0], DEFAULT)


def fits(model: Model, url: str) -> bool:
    """Whether a camera of this model can be at this address: Panasonic's and Canon's have schemes of their own."""
    scheme = url.partition("://")[0]
    return model.family == scheme if scheme in UNNAMED else model.family not in UNNAMED
