"""The lines of a cue for pages and programs: read, checked as they are typed, saved, undone. One at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import to_builtins

from cuelang.runtime.board import who
from cuelang.sheets.drafts import MAX_DRAFT_CHARS, DraftChanged, DraftRefused, Drafts
from cuelang.web.errors import HttpError
from cuelang.web.orders import WebOrder, WebOrders, on_thread
from cuelang.web.show import ShowApi

T = TypeVar("T")


class Lines:
    """What `/api/…/lines` does. All of it raises HttpError where a draft is refused or the sheet has changed."""

    def __init__(self, show: ShowApi, orders: WebOrders) -> None:
        self._show, self._orders = show, orders
        self._turn = asyncio.Lock()

    @property
    def _drafts(self) -> Drafts:
        return self._show.drafts

    async def read(self, cue: str) -> dict[str, Any]:
        part = await self._work(lambda: self._drafts.open(self._show.plan, cue))
        return {**to_builtins(part), "undo": self._drafts.undoes}

    async def check(self, cue: str, data: Mapping[str, Any]) -> dict[str, Any]:
        tag, text = _draft(data)
        found = await self._work(lambda: self._drafts.check(self._show.plan, cue, tag, text))
        return {"findings": to_builtins(found.findings), "elsewhere": list(found.elsewhere)}

    async def save(self, cue: str, data: Mapping[str, Any], source: str, received: int) -> dict[str, Any]:
        """Saved, and then reloaded as anyone could ask for it."""
        tag, text = _draft(data)
        self._unlocked()
        place = await self._work(lambda: self._drafts.save(self._show.plan, cue, tag, text))
        self._show.say(f"Cue {cue} was changed in {place} by {who(source)}.")
        return await self._reloaded(place, source, received)

    async def undo(self, source: str, received: int) -> dict[str, Any]:
        self._unlocked()
        cue = await self._work(self._drafts.undo)
        self._show.say(f"The last change of cue {cue} was undone by {who(source)}.")
        return await self._reloaded(f"cue {cue}", source, received)

    async def _reloaded(self, place: str, source: str, received: int) -> dict[str, Any]:
        answer, _ = await self._orders.once(None, WebOrder("reload"), source, received)
        return {"saved": place, "reload": {**answer.json(), "repeated": False}, "undo": self._drafts.undoes}

    def _unlocked(self) -> None:
        view = self._show.view()
        if not view.decides:
            leads = "another one" if view.behind is None else view.behind.of
            raise HttpError(409, "follows", f"This machine follows {leads}, which decides.", "Do it there.")
        if view.show_mode:
            raise HttpError(409, "locked", "The show is locked (show mode).", "Unlock it first.")

    async def _work(self, work: Callable[[], T]) -> T:
        """On a thread that lets the loop through. Raises HttpError."""
        async with self._turn:
            try:
                return await on_thread(work)
            except DraftChanged:
                raise HttpError(
                    409, "file_changed", "The file was changed meanwhile: nothing was saved.", "Open the cue again."
                ) from None
            except DraftRefused as why:
                raise HttpError(409, "not_saved", f"{str(why)[:1].upper()}{str(why)[1:]}.".replace("..", ".")) from None


def _draft(data: Mapping[str, Any]) -> tuple[str, str]:
    tag, text = data.get("tag"), data.get("text")
    if not isinstance(tag, str) or not isinstance(text, str) or not text.strip() or len(text) > MAX_DRAFT_CHARS:
        raise HttpError(
            400,
            "bad_value",
            f"`tag` is that of the lines as they were read, `text` 1 to {MAX_DRAFT_CHARS} characters.",
            "Read both from GET /api/cues/12/lines.",
        )
    return tag, text
