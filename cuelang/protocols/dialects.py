"""Which maker's requests drive a camera of which family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from cuelang.models import Model
from cuelang.protocols.canon import Canon
from cuelang.protocols.errand import Dialect
from cuelang.protocols.panasonic import Panasonic

DIALECTS: dict[Literal["panasonic", "canon"], Callable[[Model], Dialect]] = {"panasonic": Panasonic, "canon": Canon}
