"""What of a show hangs on one machine: it is not there for the other one of two. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from cuelang import address
from cuelang.plan import Plan, Port

ANYWHERE = (address.EVERYWHERE, "::")


def of_one_machine(plan: Plan) -> Iterator[str]:
    """Sentences: cameras, switchers, inputs and outputs that only one machine has."""
    for camera in plan.cameras:
        where = address.parse(camera.url)
        if camera.disabled or where.scheme == "sim":
            continue
        if where.path and "://" not in where.path:
            yield f"camera {camera.name}: {where.path} is a port of one machine."
        elif _is_here(where.host or urlsplit(where.path).hostname or ""):
            yield f"camera {camera.name}: {camera.url} is on one machine."
    for switcher in plan.switchers:
        if _is_here(switcher.at.host):
            yield f"switcher {switcher.name}: {switcher.url} is on one machine."
    for port in plan.inputs:
        if text := _input(port):
            yield f"input {port.name}: {text}"
    for port in plan.outputs:
        if port.kind == "midi":
            yield f"output {port.name}: {port.url} is a port of one machine."
        elif _is_here(port.at.host):
            which = "on the machine that sends, another one after a takeover"
            yield f"output {port.name}: {port.url} is a program {which}."


def _input(port: Port) -> str:
    if port.kind in ("midi", "ltc"):
        return f"{port.url} is a port of one machine."
    if port.kind == "mqtt":
        return f"{port.url} is on one machine." if _is_here(port.at.host) else ""
    host = port.at.option("host") if port.kind == "dmx" else port.at.host
    if _is_here(host):
        return f"{port.url} hears only programs of the same machine."
    if host and host not in ANYWHERE:
        return f"{host} is an address of one machine; {address.EVERYWHERE} listens on both."
    return ""


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
