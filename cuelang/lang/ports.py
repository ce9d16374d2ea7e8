"""Addresses of inputs and outputs."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_PORTS = {
    "input": ("osc+udp", "osc+tcp", "midi", "tsl+udp", "tsl+tcp"),
    "output": ("osc+udp", "osc+tcp", "midi", "http"),
}


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
    if parts.path not in ("", "/") or parts.query:
        return url, f"“{url}” has more than a host and a port."
    if port is None and kind == "output":
        return url, f"“{url}” needs a port, as in {scheme}://{parts.hostname}:8000."
    if port is None:
        port = 53000 if scheme.startswith("osc") else 8900
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{scheme}://{host}:{port}", ""


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
