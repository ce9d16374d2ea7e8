"""`/guide` and `/print`: the guide and the cue sheet on paper, for everyone who may look at the show."""

from __future__ import annotations

from aiohttp import web

from cuelang.output import guide
from cuelang.output.html.cuesheet import PAPER_CSS, cue_sheet
from cuelang.web.access import Access
from cuelang.web.errors import HttpError
from cuelang.web.orders import on_thread
from cuelang.web.show import ShowApi


class Manual:
    """Pages of the guide, and the cue sheet of the running show. They are rendered on a thread."""

    def __init__(self, access: Access, show: ShowApi) -> None:
        self._access, self._show = access, show

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/guide", self._index), web.get("/guide/{topic}", self._topic),
            web.get("/print", self._paper), web.get("/print.css", self._paper_css),
        ]  # fmt: skip

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, guide.TOPICS[0])

    async def _topic(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, request.match_info["topic"])

    async def _paper(self, request: web.Request) -> web.StreamResponse:
        self._access.let_in(request, "view")
        view, plan = self._show.view(), self._show.plan
        notes: dict[str, tuple[str, ...]] = {}
        for one in view.remarks:
            notes[one.cue] = (*notes.get(one.cue, ()), f"{one.wall:%H:%M} {one.text} ({one.by})")
        text = await on_thread(lambda: cue_sheet(plan, style="/print.css", notes=notes))
        response = web.Response(text=text, content_type="text/html")
        response.enable_compression()
        return response

    async def _paper_css(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=PAPER_CSS, content_type="text/css")

    async def _page(self, request: web.Request, topic: str) -> web.StreamResponse:
        try:
            self._access.let_in(request, "view")
        except HttpError as fault:
            if fault.status != 401 or "text/html" not in request.headers.get("Accept", ""):
                raise
            return web.Response(text=await on_thread(_sign_in), status=401, content_type="text/html")
        if topic in guide.PICTURES:
            return web.Response(body=await on_thread(lambda: guide.picture(topic)), content_type="image/svg+xml")
        if topic not in guide.TOPICS:
            raise HttpError(
                404,
                "not_found",
                f"The guide has no page “{topic[:40]}”.{guide.closest(topic[:40])}",
                f"Pages: {', '.join(guide.TOPICS)}.",
            )
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
