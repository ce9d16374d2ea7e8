"""QLab's words about the conversation itself, and the subscription of surfaces.

They change what is known of a client; none of them asks anything of the show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cuelang.protocols import qlab
from cuelang.protocols.osc import Argument
from cuelang.triggers.access import ALL, Rights, granted
from cuelang.triggers.osc_client import Client
from cuelang.triggers.osc_heard import Heard
from cuelang.triggers.osc_wire import Input, UdpInput
from cuelang.triggers.qlab import PORT, QLab, QLabAnswer, error

WORDS = frozenset(
    ("connect", "disconnect", "version", "workspaces", "thump", "updates", "alwaysReply", "replyFormat",
     "udpReplyPort", "udpKeepAlive", "listen", "stopListening", "cuelang")
)  # fmt: skip
NEED_VIEW = frozenset(("updates", "listen", "stopListening", "cuelang"))

DENIED = QLabAnswer(status="denied")
SILENCE = QLabAnswer((), (), quiet=True)
"""Nothing is sent, whatever the client has asked for."""


class Sessions:
    """`inputs` are those that listen. `welcome` gets each new surface, `trouble` what the operator should know."""

    def __init__(
        self,
        space: QLab,
        inputs: Sequence[Input],
        welcome: Callable[[Client], None],
        trouble: Callable[[str, str], None],
    ) -> None:
        self._qlab, self._inputs = space, inputs
        self._welcome, self._trouble = welcome, trouble

    def answer(self, heard: Heard) -> QLabAnswer | None:  # noqa: C901 - a case for each word
        """None: it is not a session word, or the client may not use it yet."""
        word = heard.address[1:]
        head, _, rest = word.partition("/")
        if head not in WORDS:
            return None
        client, gate, arguments = heard.client, heard.gate, heard.arguments
        if head in NEED_VIEW and "view" not in client.rights:
            return DENIED if client.rights else None
        first: Argument = arguments[0] if arguments else None
        match head:
            case "connect":
                rights, wrong = gate.connect(client.host, arguments, heard.received)
                if rights:
                    client.rights = rights
                if wrong:
                    self._trouble("passcode", f"{heard.source}: {wrong}")
                return _said(granted(rights) if rights else "badpass")
            case "disconnect":
                _forget(client, ALL if gate.open else frozenset())
            case "version":
                return _said(qlab.VERSION)
            case "workspaces":
                where = next((ears.address for ears in self._inputs if ears.gate is gate), None)
                return _said(self._qlab.workspaces(where[1] if where else PORT, not gate.open))
            case "thump":
                return _said("thump")
            case "updates":
                answer, client.updates = _switch(first, client.updates)
                return answer
            case "alwaysReply":
                answer, client.always_reply = _switch(first, client.always_reply)
                return answer
            case "udpKeepAlive":
                answer, client.keep_alive = _switch(first, client.keep_alive)
                return answer
            case "udpReplyPort":
                if first is None:
                    return _said(client.reply_port)
                port = _port(first)
                if port is None:
                    return error("a port is a number from 1 to 65535")
                client.reply_port = port
            case "replyFormat":
                client.reply_format = str(first)[:1000] if first else ""
            case "listen" | "stopListening":
                return _listen(client, rest, stop=head == "stopListening" or qlab.truth(first) is False)
            case _:
                return self._surface(client, rest, first, heard.source)
        return QLabAnswer(quiet=True)

    def _surface(self, client: Client, word: str, first: Argument, source: str) -> QLabAnswer | None:
        if word == "unsubscribe":
            client.surface = None
            return SILENCE
        if word != "subscribe":
            return None
        client.surface = client.send
        if not client.stream:
            port = _port(first) or int(source.rpartition(":")[2])
            ears = next(e for e in self._inputs if isinstance(e, UdpInput) and client in e.clients())
            client.surface = lambda data: ears.send_to(client, data, port)
        self._welcome(client)
        return SILENCE


def _port(value: Argument) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 < value < 65536 else None


def _said(value: object) -> QLabAnswer:
    return QLabAnswer((), (qlab.data(value),))


def _switch(first: Argument, before: bool) -> tuple[QLabAnswer, bool]:
    """A boolean of a session: read without an argument, set with one."""
    if first is None:
        return _said(before), before
    after = qlab.truth(first, before)
    return (error("true or false is needed"), before) if after is None else (QLabAnswer(quiet=True), after)


def _listen(client: Client, text: str, *, stop: bool) -> QLabAnswer:
    event = qlab.event(text)
    if event is None:
        return error("there is no such event")
    if not stop:
        client.listening.add(event)
    elif event:
        client.listening.discard(event)
    else:
        client.listening.clear()
    return QLabAnswer(quiet=True)


def _forget(client: Client, rights: Rights) -> None:
    client.rights, client.updates, client.always_reply = rights, False, False
    client.listening.clear()
    client.surface = None
