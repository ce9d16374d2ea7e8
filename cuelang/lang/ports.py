"""Addresses of inputs and outputs."""

from __future__ import annotations

import ipaddress
import re
from difflib import get_close_matches
from urllib.parse import SplitResult, parse_qsl, urlencode

from cuelang.address import (
    SCHEMES,
    SWITCHER_PORTS,
    BadAddress,
    has_secret,
    impossible,
    nobody_at,
    parse,
    parse_switcher,
    split_url,
)

_PORTS = {
    "input": ("osc+udp", "osc+tcp", "midi", "tsl+udp", "tsl+tcp", "http", "sacn", "artnet", "ltc", "mqtt", "mqtts"),
    "output": ("osc+udp", "osc+tcp", "midi", "http", "mqtt", "mqtts"),
}

BROKERS = {"mqtt": 1883, "mqtts": 8883}
"""Schemes of MQTT brokers, with their ports; `mqtts` is encrypted."""

_A = {"input": "An input's", "output": "An output's"}

_AHEAD = tuple(str(seconds) for seconds in range(1, 601))

_OPTIONS: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("input", "osc+udp"): {"ahead": _AHEAD},
    ("input", "osc+tcp"): {"ahead": _AHEAD},
    ("output", "mqtt"): {"retain": ("1",)},
    ("output", "mqtts"): {"retain": ("1",)},
    ("output", "osc+udp"): {"eos": ("1",), "feedback": ("1",)},
    ("output", "osc+tcp"): {"framing": ("length", "slip"), "eos": ("1",), "feedback": ("1",)},
}
"""What may follow a question mark, and its values."""


def _wrong_host(kind: str, url: str, parts: SplitResult) -> str:
    """What is wrong with the host of an input's or output's URL, as a sentence, or nothing."""
    if has_secret(parts):
        return f"{_A[kind]} address cannot contain a user name or password."
    if not parts.hostname:
        return f"“{url}” has no host."
    wrong = impossible(parts.hostname)
    if not wrong and kind == "output" and parts.scheme != "osc+udp":
        wrong = nobody_at(parts.hostname)
    return f"“{parts.hostname}” {wrong}." if wrong else ""


def port_url(kind: str, url: str) -> tuple[str, str]:
    """An input's or output's URL with its default port, and what is wrong with it (or nothing)."""
    schemes = _PORTS[kind]
    scheme, _, rest = url.partition(":")
    if scheme not in schemes:
        return url, f"“{url}” does not begin with one of {', '.join(f'{name}:' for name in schemes)}."
    if scheme in _UNIVERSES:
        return _universe(url)
    if scheme == "midi":
        return url, "" if rest.strip() else "Name the MIDI port: midi:PORT NAME."
    if scheme == "ltc":
        return url, _sound_problem(rest)
    try:
        parts, port = split_url(url)
    except ValueError as bad:
        return url, f"“{url}” is not a valid address: {bad}."
    wrong, name = _wrong_host(kind, url, parts), parts.hostname or ""
    if wrong:
        return url, wrong
    if scheme == "http" and kind == "output":
        return url, ""
    wrong = _wrong_options(kind, scheme, parts)
    if wrong:
        return url, f"“{url}” has more than a host and a port{wrong.rstrip()}."
    if scheme in BROKERS and port is None:
        port = BROKERS[scheme]
    if port is None and (kind == "output" or scheme == "http"):
        return url, f"“{url}” needs a port, as in {scheme}://{name}:8000."
    if port is None:
        port = 53000 if scheme.startswith("osc") else 8900
    host = f"[{name}]" if ":" in name else name
    query = f"?{urlencode(sorted(parse_qsl(parts.query)))}" if parts.query else ""
    return f"{scheme}://{host}:{port}{query}", ""


_UNIVERSES = {"sacn": range(1, 64_000), "artnet": range(32_768)}
"""Universes of the lighting inputs; of Art-Net it is the Port-Address."""
_OWN = {"sacn": ("priority", 200), "artnet": ("stream", 255)}
"""What else each may have behind a question mark, and up to what: the least priority, the stream of time code."""


def _universe(url: str) -> tuple[str, str]:
    """The URL of a lighting input, and what is wrong with it (or nothing)."""
    scheme, _, rest = url.partition("://")
    number, _, query = rest.partition("?")
    known = _UNIVERSES.get(scheme)
    if known is None or not (number.isascii() and number.isdigit()) or int(number) not in known:
        scheme = url.partition(":")[0]
        wanted = _UNIVERSES[scheme]
        return url, f"“{url}” is not a universe: {scheme}://{wanted[0]} to {scheme}://{wanted[-1]}."
    options = dict(parse_qsl(query, keep_blank_values=True))
    host, own = options.pop("host", None), _OWN[scheme]
    number_of = options.pop(own[0], None)
    if options:
        return url, f"“{url}” has more than a universe, `host` and `{own[0]}`."
    if number_of is not None and not (number_of.isascii() and number_of.isdigit() and int(number_of) <= own[1]):
        return url, f"{own[0]}={number_of}: a {own[0]} is a number from 0 to {own[1]}."
    try:
        ipaddress.IPv4Address(host or "0.0.0.0")
    except ValueError:
        return url, f"host={host}: this is an IPv4 address of this machine."
    given = {"host": host, own[0]: number_of}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return f"{scheme}://{int(number)}{f'?{query}' if query else ''}", ""


_SOUND = {"channel": range(1, 65), "channels": range(1, 65), "rate": range(8_000, 192_001)}
"""What may follow the name of a sound device or a file."""


def is_path(name: str) -> bool:
    """Whether an LTC input is a file or a pipe, and no device."""
    return name.startswith(("/", "./", "../"))


def _sound_problem(rest: str) -> str:
    """What is wrong with the address of an LTC input, or nothing."""
    name, _, query = rest.partition("?")
    if not name.strip():
        return "Name the sound device: ltc:DEVICE NAME."
    options = dict(parse_qsl(query, keep_blank_values=True))
    for option, value in options.items():
        known = _SOUND.get(option)
        if known is None or (option != "channel" and not is_path(name.strip())):
            may = "`channel`, `rate` and `channels`" if is_path(name.strip()) else "`channel`"
            return f"“{option}” is unknown here; {may} may follow the question mark."
        if not (value.isascii() and value.isdigit() and int(value) in known):
            return f"{option}={value}: a number from {known[0]} to {known[-1]} is needed."
    if "channels" in options and "rate" not in options:
        return "`channels` goes with `rate`: a WAV says itself how many it has."
    if "rate" in options and int(options.get("channel", 1)) > int(options.get("channels", 1)):
        return f"The sound has no channel {options['channel']}: `channels` says how many there are."
    return ""


def web_problem(url: str) -> tuple[str, str]:
    """What is wrong with a camera's `http` address and what to write; nothing, if nothing is."""
    hint = 'Write "http://10.0.0.21".'
    try:
        parts, port = split_url(url)
    except ValueError as bad:
        return f"This is not a valid web address: {bad}.", hint
    fine = parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
    if has_secret(parts):
        return (
            "A web address cannot contain a user name or password.",
            'Write `login "admin" from "FOH_PASSWORD"` below it.',
        )
    if not fine:
        return f"“{url}” is not a valid web address.", hint
    wrong = impossible(parts.hostname or "") or nobody_at(parts.hostname or "")
    return (f"“{parts.hostname}” {wrong}.", hint) if wrong else ("", "")


_SPOKEN = {
    "camera": {
        **dict.fromkeys(("", "udp", "visca", "ptz", "ip", "viscaip", "visca-ip", "rtsp", "ptzoptics"), "visca+udp"),
        **dict.fromkeys(("http", "https"), "cgi"),
        "tcp": "visca+tcp",
        "serial": "visca+serial",
        "pelco": "pelco-d",
    },
    "input": {**dict.fromkeys(("", "osc", "udp"), "osc+udp"), "tcp": "osc+tcp", "tsl": "tsl+udp", "https": "http"},
    "output": {**dict.fromkeys(("", "osc", "udp"), "osc+udp"), "tcp": "osc+tcp", "https": "http"},
    "switcher": {**dict.fromkeys(("ws", "websocket", "obs-websocket"), "obs"), "blackmagic": "atem", "tcp": "vmix"},
}
"""What people begin an address with -> the scheme that they mean."""
_PARTS = re.compile(r"(?:([A-Za-z][\w+-]*)(?::/{0,2}|//))?(.+)")


def meant_url(kind: str, url: str) -> str | None:
    """The address that was probably meant by one that is wrong; None unless it is an address."""
    known = {"camera": tuple(SCHEMES), "switcher": (*SWITCHER_PORTS, "sim")}.get(kind) or tuple(_PORTS[kind])
    found = _PARTS.fullmatch(url.strip())
    if found is None or found[2] in known:
        return None
    scheme, rest = (found[1] or "").lower(), found[2]
    if rest.isdigit() and "//" not in url and scheme not in known:
        scheme, rest = "", url  # a host and its port
    near = get_close_matches(scheme, known, n=1, cutoff=0.7)
    scheme = _SPOKEN[kind].get(scheme) or (scheme if scheme in known else near[0] if near else "")
    better = f"{scheme}://{rest}" if scheme != "midi" else f"midi:{rest}"
    if not scheme or better == url:
        return None
    if kind in ("input", "output"):
        return None if port_url(kind, better)[1] else better
    try:
        (parse if kind == "camera" else parse_switcher)(better)
    except BadAddress:
        return None
    return better


def port_hint(kind: str, url: str) -> str:
    """What to write instead of an address that is wrong."""
    better = meant_url(kind, url)
    if better is not None:
        return f'Write "{better}".'
    if "@" in url.partition("//")[2].partition("/")[0]:
        return 'Write `login "admin" from "DESK_PASSWORD"` below it.' if url.startswith("http:") else "Remove it."
    if url.startswith(tuple(f"{scheme}:" for scheme in _UNIVERSES)):
        return 'For example: "sacn://1", "sacn://1?priority=100" or "artnet://0".'
    if url.startswith("ltc:"):
        return 'For example: "ltc:USB Audio?channel=2" or "ltc:./tape.wav".'
    return 'For example: "osc+udp://10.0.0.5:8000".'


def _wrong_options(kind: str, scheme: str, parts: SplitResult) -> str:
    """What is wrong with what follows the port, as the end of a sentence; a blank if no option is allowed."""
    known = _OPTIONS.get((kind, scheme), {})
    if parts.path not in ("", "/") or parts.fragment or (parts.query and not known):
        return " "
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in known:
            return f"; allowed query options: {', '.join(known)}"
        if value not in known[name]:
            return f"; {name} must be {' or '.join(known[name]) if len(known[name]) < 5 else '1 to 600 (seconds)'}"
    return ""
