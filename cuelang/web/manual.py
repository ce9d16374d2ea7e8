"""`/guide`: the guide, for everyone who may look at the show."""

from __future__ import annotations

from aiohttp import web

from cuelang.output import guide
from cuelang.web.access import Access
from cuelang.web.errors import HttpError
from cuelang.web.orders import on_thread


class Manual:
    """Pages of the guide. They are rendered at the first request, on a thread."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/guide", self._index), web.get("/guide/{topic}", self._topic)]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, guide.TOPICS[0])

    async def _topic(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, request.match_info["topic"])

    async def _page(self, request: web.Request, topic: str) -> web.StreamResponse:
        try:
            self._access.let_in(request, "view")
        except HttpError as fault:
            if fault.status != 401 or "text/html" not in request.headers.get("Accept", ""):
                raise
            return web.Response(text=await on_thread(_sign_in), status=401, content_type="text/html")
        if topic not in guide.TOPICS:
            raise HttpError(
                404, "not_found", f"The guide has no page “{topic[:40]}”.{guide.closest(topic[:40])}",
                f"Pages: {', '.join(guide.TOPICS)}.",
            )  # fmt: skip
        text = await on_thread(lambda: _document(topic))
        response = web.Response(text=text, content_type="text/html")
        response.enable_compression()
        return response


def _document(topic: str) -> str:
    """The library for Markdown takes a tenth of a second to load, so it is loaded here, on the thread."""
    from cuelang.output.guide import html

    return html.document(topic)


def _sign_in() -> str:
    from cuelang.output.guide import html

    return html.sign_in()
