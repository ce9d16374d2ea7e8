"""The guide as web pages, whole in themselves: `/guide` and `/guide/TOPIC`, with `/guide.css` beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from cuelang.output.guide import TOPICS, page, title

_PAGE_LINK = re.compile(r"(?:\.\./guide/)?(\w+)\.md(#.*)?")


@cache
def document(topic: str) -> str:
    """The page of a topic. Raises KeyError."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(page(topic))
    contents = _headings(tokens)
    for token in tokens:
        for inner in token.children or ():
            if inner.type == "link_open":
                _link(inner)
            elif inner.type == "image":
                inner.attrSet("src", f"/guide/{inner.attrGet('src')}")
    markdown.add_render_rule("fence", _fence)
    text = markdown.renderer.render(tokens, markdown.options, {})
    text = text.replace("<table>", '<div class="table" tabindex="0"><table>').replace("</table>", "</table></div>")
    return _whole(topic, text, contents)


def sign_in() -> str:
    """What a browser gets that has shown no PIN."""
    return _frame("Guide", '<main><h1>Guide</h1><p><a href="/">Sign in on the show’s page</a> to read it.</p></main>')


_WORDS = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*')


def _fence(_: RendererProtocol, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType) -> str:
    """A block of code; in sheets and scripts, comments step back and findings stand out."""
    token = tokens[at]
    kind = token.info.partition(" ")[0]
    text = escape(token.content, quote=False)
    if kind in ("cues", "text", "sh"):
        text = _WORDS.sub(_coloured, text)
    return f'<pre tabindex="0"><code class="language-{escape(kind)}">{text}</code></pre>\n'


def _coloured(found: re.Match[str]) -> str:
    part = found[0]
    if part.startswith('"'):
        return part
    return f'<span class="{"finding" if part.startswith("###") else "comment"}">{part}</span>'


def _headings(tokens: list[Token]) -> list[tuple[str, str, str]]:
    """Gives every heading its anchor, as GitHub does; level, anchor and text of those below the title."""
    found: list[tuple[str, str, str]] = []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            anchor = re.sub(r"[^\w\- ]", "", inline.content.lower()).replace(" ", "-")
            token.attrSet("id", anchor)
            if token.tag != "h1":
                found.append((token.tag, anchor, inline.content))
    return found


def _link(token: Token) -> None:
    target = str(token.attrGet("href") or "")
    if found := _PAGE_LINK.fullmatch(target):
        token.attrSet("href", f"/guide/{found[1]}{found[2] or ''}")


def _whole(topic: str, text: str, contents: list[tuple[str, str, str]]) -> str:
    rows = []
    for name in TOPICS:
        here = ' aria-current="page"' if name == topic else ""
        rows.append(f'<li><a href="/guide/{name}"{here}>{escape(title(name))}</a>')
        if name == topic and contents:
            inner = (f'<li class="{tag}"><a href="#{anchor}">{escape(text)}</a></li>' for tag, anchor, text in contents)
            rows.append(f"<ul>{''.join(inner)}</ul>")
        rows.append("</li>")
    menu = f'<nav aria-label="Guide"><p><a href="/">← The show</a></p><ul>{"".join(rows)}</ul></nav>'
    return _frame(title(topic), f"{menu}<main>{text}</main>")


def _frame(heading: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="dark"><meta name="theme-color" content="#0d0f12">'
        f"<title>{escape(heading)} · cuelang</title>"
        '<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/guide.css"></head>'
        f"<body>{body}</body></html>\n"
    )
