"""What is in quotes after an HTTP output's name: a path, or a method and a path."""

from __future__ import annotations

import re

_FORM = re.compile(r"(?:(GET|POST|PUT) )?(/[!-~]*)")


def parse(text: str) -> tuple[str, str] | None:
    """Method and path: `/api/press` is a POST. None: it is neither."""
    found = _FORM.fullmatch(text)
    return None if found is None else (found[1] or "POST", found[2])
