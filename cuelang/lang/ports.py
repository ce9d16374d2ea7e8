"""Addresses of inputs and outputs."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

_PORTS = {
    "input": ("osc+udp", "osc+tcp", "midi", "tsl+udp", "tsl+tcp"),
    "output": ("osc+udp", "osc+tcp", "midi", "http"),
}

_OPTIONS: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("output", "osc+udp"): {"eos": ("1",), "feedback": ("1",)},
    ("output", "osc+tcp"): {"framing": ("length", "slip"), "eos": ("1",), "feedback": ("1",)},
}
"""What may stand behind a question mark, and its values."""


def port_url(kind: str, url: str) -> tuple[str, str]:
    """An input's or output's URL with its default port, and what is wrong with it (or nothing)."""
    schemes = _PORTS[kind]
    scheme, _, rest = url.partition(":")
    if scheme not in schemes:
        return url, f"“{url}” does not begin with one of {', '.join(f'{name}:' for name in schemes)}."
    if scheme == "midi":
        return url, "" if rest.strip() else "A MIDI port has a name: midi:PORT NAME."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as bad:
        return url, f"“{url}” is no address: {bad}."
    if not parts.hostname:
        return url, f"“{url}” names no host."
    if scheme == "http":
        return url, ""
    wrong = _wrong_options(kind, scheme, parts)
    if wrong:
        return url, f"“{url}” has more than a host and a port{wrong.rstrip()}."
    if port is None and kind == "output":
        return url, f"“{url}” needs a port, as in {scheme}://{parts.hostname}:8000."
    if port is None:
        port = 53000 if scheme.startswith("osc") else 8900
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    query = f"?{urlencode(sorted(parse_qsl(parts.query)))}" if parts.query else ""
    return f"{scheme}://{host}:{port}{query}", ""


def _wrong_options(kind: str, scheme: str, parts: SplitResult) -> str:
    """What is wrong with what stands behind the port, as the end of a sentence; a blank if nobody takes anything."""
    known = _OPTIONS.get((kind, scheme), {})
    if parts.path not in ("", "/") or parts.fragment or (parts.query and not known):
        return " "
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in known:
            return f"; behind a question mark may stand {', '.join(known)}"
        if value not in known[name]:
            return f"; {name} is {' or '.join(known[name])}"
    return ""


def works_by_itself(url: str) -> bool:
    """Whether an output has something to do though no line sends anything to it."""
    asked = dict(parse_qsl(urlsplit(url).query))
    return url.startswith("osc+") and not asked.keys().isdisjoint(("eos", "feedback"))


def is_open(url: str) -> bool:
    """Whether an input can be reached from outside this machine."""
    if url.startswith("midi:"):
        return False
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
