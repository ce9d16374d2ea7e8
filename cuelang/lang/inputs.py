"""The declarations of inputs and outputs, and who may send to an input."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from cuelang.address import PortAddress, port_at, unread
from cuelang.lang import syntax as s
from cuelang.lang.ports import port_hint, port_url
from cuelang.plan import Port

if TYPE_CHECKING:
    from cuelang.lang.declare import Declarer


class Ports:
    """The declarations of inputs and outputs."""

    def __init__(self, declarer: Declarer) -> None:
        self.reader = declarer
        self.env = declarer.env

    def declare(self, section: s.Section, node: s.Port) -> None:
        table = self.env.inputs if node.kind == "input" else self.env.outputs
        name = node.name.id
        if name in table:
            self.reader.report(
                "E206",
                node.name.loc,
                f"The {node.kind} “{name}” is declared twice.",
                "Rename one of them.",
                (table[name].origin, "first declared here"),
            )
            return
        url, problem = port_url(node.kind, node.url.value)
        if problem:
            self.reader.report("E303", node.url.loc, problem, port_hint(node.kind, node.url.value))
        allow: tuple[str, ...] = ()
        passcode = None
        guarded = False
        login = None
        at = unread(url) if problem else port_at(url)
        broker = at.kind == "mqtt"
        known = ("allow", "passcode") if node.kind == "input" else ("login",) if at.kind == "http" else ()
        if broker:
            known = ("login", "allow") if node.kind == "input" else ("login",)
        for setting in self.reader.settings(section, known):
            guarded = True
            if setting.word.id == "login":
                login = self.reader.login(setting)
            elif setting.word.id == "allow" and broker:
                self.reader.report(
                    "E208",
                    setting.loc,
                    "A broker does not say who sent a message, so `allow` cannot be checked.",
                    'Write `login "cuelang" from "BROKER_PASSWORD"` instead.',
                )
            elif setting.word.id == "allow":
                allow = self.allowed(setting)
            elif len(setting.values) == 1 and isinstance(setting.values[0], s.Text):
                passcode = setting.values[0].value
                self.reader.password(setting.values[0])
            else:
                self.reader.report(
                    "E208",
                    setting.loc,
                    "A passcode comes from an environment variable.",
                    'Write `passcode from "OSC_PASSCODE"`.',
                )
        if not problem and node.kind == "input":
            if at.kind == "dmx":
                self._lighting(node, guarded, at, passcode)
            elif not guarded and at.is_open:
                self._open_to_all(node, at)
        table[name] = Port(name, at, section.origin(section.line, node.name.loc), allow, passcode, login)

    def _open_to_all(self, node: s.Port, at: PortAddress) -> None:
        if at.kind == "mqtt":
            message = f"Anyone who reaches the broker {_where(at)} could fire cues."
            hint = 'Add `login "cuelang" from "BROKER_PASSWORD"` under it, or use a broker of this machine.'
        else:
            message = f"Anyone on the network could fire cues through {_where(at)}."
            hint = 'Add `allow "10.0.0.0/24"` or `passcode from "OSC_PASSCODE"` under it, or listen on 127.0.0.1.'
        self.reader.report("E306", node.url.loc, message, hint)

    def _lighting(self, node: s.Port, guarded: bool, at: PortAddress, passcode: str | None) -> None:
        """What a lighting input lacks: its senders cannot say who they are."""
        if passcode is not None:
            self.reader.report("E208", node.url.loc, "A lighting console cannot send a passcode.", "Use `allow` alone.")
        elif not guarded and at.is_open:
            self.reader.report(
                "E306",
                node.url.loc,
                "Any machine of this network could fire cues.",
                'Add `allow "10.0.0.0/24"` under it, or listen to this machine alone with `?host=127.0.0.1`.',
            )

    def allowed(self, setting: s.Setting) -> tuple[str, ...]:
        networks = []
        for value in setting.values:
            try:
                if not isinstance(value, s.Text):
                    raise ValueError("put the address in quotes")
                networks.append(str(ipaddress.ip_network(value.value, strict=False)))
            except ValueError as bad:
                self.reader.report("E303", value.loc, f"Not a network address: {bad}.", 'Write `allow "10.0.0.0/24"`.')
        if not setting.values:
            self.reader.report("E208", setting.loc, "`allow` needs an address.", 'Write `allow "10.0.0.0/24"`.')
        return tuple(networks)


def _where(at: PortAddress) -> str:
    """`0.0.0.0:8000`."""
    return f"{f'[{at.host}]' if ':' in at.host else at.host}:{at.port}"
