"""The OSC door: packets become requests, and questions are answered.

A message is heard, looked up and delivered in the turn of the loop in which it was read, with nothing awaited in
between: from the packet to the camera's first byte it is one turn. A bundle that is dated ahead is held by the show's
clock, never slept for. Whatever is wrong with a packet is counted and told seldom; it never raises and never stalls.

A message passes, in this order:

    allow           a stranger is not heard; what would have fired something is refused
    session         QLab's words that need no passcode: /version, /workspaces, /connect, /thump …
    passcode        without it, what would have fired something is refused, and everything is answered with `denied`
    time tag        held until it is due, and said to be; heard at once if its sender's clock must be wrong
    triggers        the sheet's own come first, then QLab's dictionary; its flat words (/go, /panic …) are triggers too
    rights          who may only look fires nothing, but may always stop and panic

A desk tells everybody everything, thousands of messages a second, of which a show needs a few. An address without
a trigger is remembered as it was sent, and what comes to it after that is not even read: that costs a tenth
of hearing it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

from msgspec.structs import replace

from cuelang.address import PortAddress, port_at
from cuelang.clock import Clock, Handle
from cuelang.plan import CueAction, OnOsc, OscHeard, Plan, Port, waits
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.rules import ALWAYS
from cuelang.protocols import qlab
from cuelang.protocols.osc import Argument, is_pattern, matches
from cuelang.protocols.osc_decode import OscMalformed, parse
from cuelang.protocols.osc_encode import encode
from cuelang.runtime.board import Board
from cuelang.runtime.view import View
from cuelang.source import NOWHERE
from cuelang.triggers.access import ALL, HOSTS, InputAccess, Seldom, called, cannot_open, subject
from cuelang.triggers.announce import Announcer
from cuelang.triggers.arguments import is_button
from cuelang.triggers.consoles import FOLLOWED
from cuelang.triggers.ears import DRIVES, WAITS, Ears, name_of
from cuelang.triggers.faders import Faders
from cuelang.triggers.message_lines import osc_line
from cuelang.triggers.osc_client import Client, sender_limit
from cuelang.triggers.osc_heard import Heard
from cuelang.triggers.osc_session import Sessions
from cuelang.triggers.osc_table import OscTable
from cuelang.triggers.osc_wire import INPUTS, Input
from cuelang.triggers.qlab import PORT, QLab, QLabAnswer, error, is_known
from cuelang.units import NS

DEFAULT_INPUT = Port("", port_at("osc+udp://127.0.0.1:53000"), NOWHERE)

MAX_AHEAD_NS = 1 * NS
"""A bundle that is dated further ahead comes from a clock that is wrong, unless the input says with `?ahead=` that its
senders' clocks agree with this machine's."""
MAX_HELD = 1000
MAX_UNWANTED = 4096
"""Addresses that are remembered as having no trigger; then they are learnt again."""

_NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_KINDS = 64


class OscDoor:
    """All OSC inputs of a show.

    `deliver` gets each request and returns its verdict, None when that comes later; `settled` gets each verdict that is
    given here (refused, no_cue); `heard` every message of a sender that may speak, before its trigger fires: address as
    sent, arguments, source. `problem` gets what the operator should know, `note` what happens as it should. All are
    called on the loop. `view` is the show as it is; without one, questions are answered from the plan alone.
    `malformed` counts what could not be read.
    """

    def __init__(  # noqa: PLR0913 - whom it tells, by name
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], Verdict | None],
        settled: Callable[[Verdict], None],
        heard: Callable[[str, tuple[Argument, ...], str], None],
        problem: Callable[[str], None],
        *,
        environ: Mapping[str, str] = os.environ,
        view: Callable[[], View] | None = None,
        note: Callable[[str], None] | None = None,
        ears: Ears | None = None,
        faders: Faders | None = None,
    ) -> None:
        self.clock, self._environ = clock, environ
        self._deliver, self._settled, self._heard, self._problem = deliver, settled, heard, problem
        self._note = note or problem
        self._ears = ears or Ears(clock)
        self._faders = faders or Faders(plan, clock, deliver, settled)
        self._plan = plan
        self._view = view or self._still
        self._table = OscTable(plan, problem)
        self._qlab = QLab(plan, self._view, lambda now: self._announcer.remaining(now))
        self._announcer = Announcer(clock, self._qlab, self._view, self.clients)
        self.effect = self._announcer.effect
        """Something happened in the show: its subscribers get it."""
        self._inputs: list[Input] = []
        self._sessions = Sessions(self._qlab, self._inputs, self._announcer.welcome, self.trouble)
        self._outputs: dict[str, Client] = {}
        self._held: set[Handle] = set()
        self._awaited: dict[str, None] = {}
        """A cue that runs on after a reload waits for what it waited for before: nothing is taken out."""
        self._unwanted: set[bytes] = set()
        self._opening = False
        self._refused: dict[str, Seldom] = {}
        self._troubles: dict[str, Seldom] = {}
        self._advised: set[str] = set()
        self.malformed = 0
        self._take(plan)

    def _still(self) -> View:
        """The show before it begins."""
        board = Board(self._plan, self.clock.now())
        board.standby = next((cue.number for cue in self._plan.cues if not cue.disabled), None)
        return board.view(self.clock.now(), self.clock.wall(), {})

    def _take(self, plan: Plan) -> None:
        self._plan = plan
        self._awaited.update(dict.fromkeys(_awaited(plan)))
        self._unwanted.clear()
        urgent = {"/stop", "/panic", "/hardStop"}
        for trigger in plan.triggers:
            when, action = trigger.when, trigger.action
            stops = isinstance(action, CueAction) and action.verb in ALWAYS
            if stops and isinstance(when, OnOsc) and not is_pattern(when.address):
                urgent.add(when.address)
        self.urgent = tuple(sorted(text.encode() for text in urgent))

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where it listens: the names of its inputs, with host and port."""
        return {ears.gate.port.name: where for ears in self._inputs if (where := ears.address) is not None}

    def clients(self) -> list[Client]:
        """All who have spoken lately or are connected."""
        return [*(client for ears in self._inputs for client in ears.clients()), *self._outputs.values()]

    async def open(self) -> None:
        """Listen on every input. What comes before the last of them is open is not received: there is no show yet.
        Raises InputError, with none left open, if one cannot be opened."""
        self._opening = True
        for port in self._plan.inputs or (DEFAULT_INPUT,):
            at = port.at
            if at.scheme not in INPUTS:
                continue
            ears = INPUTS[at.scheme](self, InputAccess(port, self._environ, self._problem))
            try:
                await ears.open(at.host or "127.0.0.1", PORT if at.port is None else at.port)
            except (OSError, ValueError) as error:
                self.close()
                raise cannot_open(port, error) from error
            self._inputs.append(ears)
        self._opening = False

    def close(self) -> None:
        """Listen no more, and forget what was held."""
        for handle in self._held:
            handle.cancel()
        self._held.clear()
        self._announcer.close()
        for ears in self._inputs:
            ears.close()
        self._inputs.clear()

    def reload(self, plan: Plan) -> None:
        """Other triggers from now on, and other `allow` lines. An input with another address needs a new start."""
        self._table.load(plan)
        self._qlab.load(plan)
        wanted = {(port.name, port.url): port for port in plan.inputs or (DEFAULT_INPUT,)}
        for ears in self._inputs:
            old = ears.gate.port
            port = wanted.pop((old.name, old.url), None)
            if port is None:
                self._problem(f"{subject(old)} stays open until the show is restarted.")
            elif (port.allow, port.passcode) != (old.allow, old.passcode):
                ears.renew(InputAccess(port, self._environ, self._problem))
        for port in wanted.values():
            if port.at.scheme in INPUTS:
                self._problem(f"{subject(port)} opens when the show is restarted.")
        self._take(plan)
        self._announcer.reloaded()

    # --- what comes in -------------------------------------------------------------------------------------

    def surface(self, name: str, send: Callable[[bytes], bool] | None) -> None:
        """An output is a surface: it gets everything, and from now on what changes. None: no more of it."""
        client = self._called(name)
        client.surface = send
        self._announcer.followed = True
        if send is not None:
            self._announcer.welcome(client)

    def _called(self, name: str) -> Client:
        """The other end of one of the show's outputs."""
        if name not in self._outputs:
            stream = any(port.name == name and port.at.scheme == "osc+tcp" for port in self._plan.outputs)
            self._outputs[name] = Client(name, name, stream, lambda _data: False, sender_limit(self.clock.now()), ALL)
        return self._outputs[name]

    def from_output(self, name: str, data: bytes) -> None:
        """A packet of a console that this show has called itself, on the connection of one of its outputs. It has
        nothing to be answered: what a console asks, it asks an input."""
        client = self._called(name)
        gate = InputAccess(Port(name, PortAddress(name), NOWHERE), {}, self._problem)
        source = f"osc output {name}"
        if client.bucket.take(self.clock.now()):
            self.packet(gate, client, data, source)
        else:
            self.flooded(source)

    def packet(self, gate: InputAccess, client: Client, data: bytes, source: str, received: int | None = None) -> None:
        if self._opening:
            return
        now = self.clock.received() if received is None else received
        stranger = gate.stranger(client.host)
        if stranger and not self._may_tell(gate, now):
            return
        if data[: data.find(0)] in self._unwanted and client.rights and client.is_puzzled(now):
            self._ears.unread(name_of(gate.port), data, source)
            return
        messages = parse(data)
        if isinstance(messages, OscMalformed):
            self.malformed += 1
            self.trouble("malformed", f"{source}: ignored a malformed OSC packet: {messages.reason}")
            return
        for message in messages:
            heard = Heard.of(message, gate, client, source, now)
            if stranger:
                self._refuse(self._asks(heard), stranger + self._refused[gate.port.url].others())
            else:
                self._message(heard)

    def flooded(self, source: str) -> None:
        host = source.rpartition(":")[0] or source
        self.trouble(f"flood {host}", f"{host}: message flood: some were dropped")

    def trouble(self, what: str, text: str) -> None:
        """Tell the operator, once in ten seconds of each kind. `text` has no full stop at its end."""
        if what not in self._troubles and len(self._troubles) >= _KINDS:
            del self._troubles[next(iter(self._troubles))]
        seldom = self._troubles.setdefault(what, Seldom(10 * NS))
        if seldom.ready(self.clock.now()):
            self._problem(f"{text}{seldom.others()}.")

    def _may_tell(self, gate: InputAccess, now: int) -> bool:
        return self._refused.setdefault(gate.port.url, Seldom(NS)).ready(now)

    def _message(self, heard: Heard) -> None:
        if self._session(heard):
            return
        client = heard.client
        if not client.rights:
            asks = self._asks(heard)
            if asks and self._may_tell(heard.gate, heard.received):
                refusal = f"{client.host} has not sent the passcode of {called(heard.gate.port)}"
                self._refuse(asks, refusal + self._refused[heard.gate.port.url].others())
            self._reply(client, heard.sent, QLabAnswer(status="denied"))
        elif heard.timetag is None:
            self._hear(heard)
        else:
            self._dated(heard, heard.timetag)

    def _session(self, heard: Heard) -> bool:
        """Whether it was a word of its sender's session, which is answered by that."""
        answer = self._sessions.answer(heard) if not heard.workspace or self._is_ours(heard) else None
        if answer is None:
            return False
        self._announcer.followed = True
        if answer.status != "denied":
            self._heard(heard.sent, heard.arguments, heard.source)
        self._reply(heard.client, heard.sent, answer)
        return True

    def _is_ours(self, heard: Heard) -> bool:
        """Whether it is for this workspace, or for none in particular."""
        return not heard.workspace or self._qlab.space.answers_to(heard.workspace)

    def _dated(self, heard: Heard, timetag: int) -> None:
        wall = (self.clock.wall(UTC) - _NTP_EPOCH) // timedelta(microseconds=1)
        ahead = (timetag * NS >> 32) - wall * 1000
        if ahead <= 0:
            self._hear(heard)
        elif ahead > self._most_ahead(heard.gate):
            self.trouble(
                f"dated {heard.client.host}",
                f"{heard} is dated {ahead / NS:.1f} s ahead and was carried out at once: the "
                "sender's clock is wrong. If it is not, say with `?ahead=` in the input's address how long it may wait",
            )
            self._hear(heard)
        elif len(self._held) >= MAX_HELD:
            self._refuse(self._asks(heard), f"{MAX_HELD} messages with a later time tag are already waiting")
        else:
            if self._asks(heard) or self._is_awaited(heard.sent):
                self._note(f"{heard} is held for {ahead / NS:.3f} s; its sender dated it.")
            self._hold(heard, self.clock.now() + ahead)

    @staticmethod
    def _most_ahead(gate: InputAccess) -> int:
        given = gate.port.at.option("ahead")
        return int(given) * NS if given else MAX_AHEAD_NS

    def _is_awaited(self, sent: str) -> bool:
        return any(matches(sent, awaited) for awaited in self._awaited)

    def _hold(self, heard: Heard, due: int) -> None:
        def now_due() -> None:
            self._held.discard(handle)
            self._hear(replace(heard, received=due))

        handle = self.clock.at(due, now_due)
        self._held.add(handle)

    def _refuse(self, asks: tuple[Request | Verdict, ...], reason: str) -> None:
        """A verdict for what would have fired something; the rest has no trigger."""
        for ask in asks[:1]:
            request = ask if isinstance(ask, Request) else ask.request
            self._settled(Verdict(request, "refused", reason))

    def _asks(self, heard: Heard) -> tuple[Request | Verdict, ...]:
        """What a message would fire, if it were let in."""
        return self._meant(heard, peek=True)[0] if self._is_ours(heard) else ()

    def _meant(self, heard: Heard, *, peek: bool = False) -> tuple[tuple[Request | Verdict, ...], QLabAnswer | None]:
        """What a message asks for, and QLab's answer to it; the answer is None where QLab has no say."""
        found = self._find(heard, heard.address, peek=peek)
        asked = found.request if isinstance(found, Verdict) else found
        if found is not None and asked is not None and asked.origin is not NOWHERE:
            return (found,), QLabAnswer(quiet=True)
        about = heard.asked
        if isinstance(found, Request) and (about is None or about.scope == "workspace"):
            return (found,), QLabAnswer(quiet=True)
        answer = self._qlab.ask(about, heard.arguments, heard.source, heard.received) if about is not None else None
        if answer is not None:
            return answer.asks, answer
        return ((found,), QLabAnswer(quiet=True)) if found is not None else ((), None)

    def _find(self, heard: Heard, address: str, *, peek: bool = False) -> Request | Verdict | None:
        return self._table.find(address, heard.arguments, heard.gate.port.name, heard.source, heard.received, peek=peek)

    def _hear(self, heard: Heard) -> None:
        client, sent, arguments = heard.client, heard.sent, heard.arguments
        if not self._ears.muted(name_of(heard.gate.port)):
            self._heard(sent, arguments, heard.source)
        if heard.workspace and not self._is_ours(heard):
            found = self._find(heard, sent)
            if found is not None:
                self._fire(client, self._listened(heard, (found,)))
            else:
                self._reply(client, sent, error("there is no such workspace"))
            return
        sets = bool(self._faders) and self._faded(heard)
        asks, answer = self._meant(heard) if not sets else ((), QLabAnswer(quiet=True))
        if asks or answer is None or sets:
            asks = self._listened(heard, asks, DRIVES if sets else "")
        refused = self._fire(client, asks)
        if refused == "denied":
            self._reply(client, sent, QLabAnswer(status="denied"))
        elif refused and answer is not None and answer.quiet:
            self._reply(client, sent, error(refused)._replace(quiet=True))
        elif answer is not None:
            if answer.status == "ok" and not answer.quiet and "view" not in client.rights:
                answer = QLabAnswer(status="denied")
            self._reply(client, sent, answer)
        elif not self._is_awaited(sent):
            self._nobodys(heard)
            if not self._table.knows(heard.address) and client.may_be_puzzled(heard.received):
                self._reply(client, sent, error("there is no such address"))
        match arguments:
            case (int() | float() as number, *_) if heard.address == "/go" and not is_button(number):
                self._advise(heard.source, number)

    def _faded(self, heard: Heard) -> bool:
        """Whether it is the word of a fader, which is the camera's now."""
        if "control" not in heard.client.rights:
            return False
        name = heard.gate.port.name
        muted = self._ears.muted(name_of(heard.gate.port))
        return self._faders.osc(heard.address, heard.arguments, name, heard.source, heard.received, muted=muted)

    def _listened(
        self, heard: Heard, asks: tuple[Request | Verdict, ...], taken: str = ""
    ) -> tuple[Request | Verdict, ...]:
        """What is to be done about what a message asks for, after its input has taken it down."""
        sent, arguments = heard.sent, heard.arguments
        if taken:
            pass
        elif not asks and (self._is_awaited(sent) or sent in FOLLOWED):
            taken = f"wait for osc {sent}" if self._is_awaited(sent) else "the state of a console"
        elif not asks and self._table.knows(heard.address):
            taken = WAITS
        done = self._ears.heard(
            name_of(heard.gate.port), heard.source, lambda: (osc_line(sent, arguments), ""), asks, taken=taken
        )
        return tuple(done)

    def _nobodys(self, heard: Heard) -> None:
        """Remember an address that nothing uses, if that will be so whatever its arguments are."""
        sent, about = heard.sent, heard.asked
        if heard.workspace or about is None or about.scope != "workspace" or is_known(about) or self._table.knows(sent):
            return
        if is_pattern(sent) or sent in FOLLOWED:
            return
        if len(self._unwanted) >= MAX_UNWANTED:
            self._unwanted.clear()
        self._unwanted.add(sent.encode())

    def _fire(self, client: Client, asks: tuple[Request | Verdict, ...]) -> str:
        """Deliver what this client may ask for; why something was not done, `denied` for want of rights."""
        refused = ""
        for ask in asks:
            request = ask if isinstance(ask, Request) else ask.request
            if "control" not in client.rights and request.verb not in ALWAYS:
                refused = "denied"
                self._settled(Verdict(request, "refused", f"the passcode of {client.host} does not let it fire"))
                continue
            verdict: Verdict | None
            if isinstance(ask, Request):
                verdict = self._deliver(ask)
            else:
                verdict = ask
                self._settled(ask)
            if verdict is not None and verdict.verdict != "fired":
                refused = refused or f"{verdict.verdict}: {verdict.reason}"
        return refused

    def _advise(self, source: str, number: float) -> None:
        host = source.rpartition(":")[0]
        if host not in self._advised and len(self._advised) < HOSTS:
            self._advised.add(host)
            self._problem(
                f"{source} sent /go with the number {number}; it is used as the cue number. Other programs expect a"
                " string: "
                f'/go "{number}", or /go/{number}.'
            )

    # --- replies -------------------------------------------------------------------------------------------

    def _reply(self, client: Client, address: str, answer: QLabAnswer) -> None:
        """To the sender, if it expects a reply: readings and errors always, actions by `/alwaysReply`."""
        if (answer.quiet and not client.always_reply) or address.startswith(qlab.NEVER_ANSWERED):
            return
        for value, about in zip_longest(answer.replies, answer.about[: len(answer.replies)]):
            text = qlab.reply(self._qlab.space.id, about or address, answer.status, value, client.reply_format)
            if not client.send(encode(f"/reply{address}", (text,))) and not client.stream:
                text = qlab.reply(self._qlab.space.id, address, "error", qlab.data("too long for UDP; ask by TCP"))
                client.send(encode(f"/reply{address}", (text,)))


def _awaited(plan: Plan) -> Iterator[str]:
    """Every address that a cue waits for."""
    conditions = (wait.condition for cue in plan.cues for wait in waits(cue.program))
    return (condition.address for condition in conditions if isinstance(condition, OscHeard))
