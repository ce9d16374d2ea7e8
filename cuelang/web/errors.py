"""Why a request by HTTP or from the page is refused."""

from __future__ import annotations

from typing import Any


class HttpError(Exception):
    """`status` is HTTP's. `code` is for programs and stays as it is; the message says what is wrong, the hint what to
    do. `extra` is sent beside them."""

    def __init__(self, status: int, code: str, message: str, hint: str = "", **extra: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.hint, self.extra = status, code, message, hint, extra

    def json(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint, **self.extra}}
