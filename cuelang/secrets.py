"""Which variables of the environment a sheet may take a password from.

A sheet or a rig comes from elsewhere now and then, and names the host that a password is sent to as well. So it may
name only what is clearly a password for this, and nothing else that is in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ENDINGS = ("_PASSWORD", "_PASSCODE", "_PIN")
OWN = "CUELANG_"
"""The program's own PINs: no camera and no desk needs them."""
HINT = "End its name in _PASSWORD, _PASSCODE or _PIN, or allow it with --allow-env NAME."

_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_allowed: frozenset[str] = frozenset()


def allow(names: Iterable[str]) -> None:
    """What `--allow-env` names, in the place of what it named before: for the whole process."""
    global _allowed
    _allowed = frozenset(names)


def may_hold_a_password(name: str) -> bool:
    if not _NAME.fullmatch(name):
        return False
    return name in _allowed or (name.endswith(ENDINGS) and not name.startswith(OWN))
