"""Which machine leads a show: this one, one that it follows over HTTP, or either of two."""

from __future__ import annotations

from collections.abc import Callable

from cuelang.app.loading import LoadedSheet, RunOptions
from cuelang.app.pairing import Pairing
from cuelang.app.reloading import Reloads
from cuelang.app.setting import FollowedMachine, Paired
from cuelang.app.succession import Follower, Guard, Succession
from cuelang.app.tonight import Tonight
from cuelang.runtime.executor import Executor
from cuelang.runtime.running_show import Beside


class Machines:
    """This machine and the others of one show; alone until `follow` or `join`. `end` ends the show here."""

    def __init__(self, executor: Executor, reloads: Reloads, tonight: Tonight, end: Callable[[], None]) -> None:
        self._executor, self._reloads, self._end = executor, reloads, end
        self._clock, self._log, self._notices = tonight.clock, tonight.log, tonight.notices
        self._spawn = tonight.tasks.spawn
        self.superseded = False
        """The other machine of two leads, or has begun another show."""
        self.leads_now = ""
        """The address of the machine that has taken over from this one."""
        self.succession = Succession(
            executor,
            tonight.log.feed,
            tonight.clock,
            Guard(tonight.clock),
            lambda: reloads.loaded.digest,
            self._spawn,
            self._leave,
        )
        self.pair: Pairing | None = None

    @property
    def beside(self) -> Beside:
        """What the page and the other machines ask."""
        return self.succession if self.pair is None else self.pair

    @property
    def left(self) -> bool:
        """Another machine leads: what has been set going is that one's."""
        return bool(self.leads_now) or self.superseded

    def follow(self, behind: FollowedMachine, options: RunOptions, lead: Callable[[str], object]) -> None:
        """This machine follows another one over HTTP. `lead` is called when it has to lead."""
        behind.plans.keep = self._log.keep
        self.succession.leading = False
        self.succession.follower = Follower(
            options,
            behind.link,
            self._executor,
            self._clock,
            behind.plans,
            self.succession,
            behind.by,
            self._reloads.follow,
            lead,
        )

    def join(self, paired: Paired, options: RunOptions, loaded: LoadedSheet) -> None:
        """This machine is one of two."""
        twin = paired.twin
        paired.known[loaded.digest] = loaded
        self.pair = Pairing(
            twin,
            options,
            paired.known,
            self._executor,
            self._reloads,
            self._clock,
            self.succession,
            say=self._notices.say,
            spawn=self._spawn,
        )
        twin.follow = twin.restart = self._supersede
        twin.attend(self._tell)

    def _tell(self, text: str, matters: bool) -> None:
        """What has changed between the two machines; into the log if it `matters`."""
        if matters and self._executor.following is None:  # the log of a machine that follows is the leader's
            self._notices.say(text)
            return
        self._executor.tell(text)
        self._log.print(text)

    def _supersede(self) -> None:
        """The other machine leads, or has begun another show."""
        self.superseded = True
        self._end()

    def _leave(self, peer: str) -> None:
        """Another machine leads this show: nothing more is sent, and this one follows it."""
        self._executor.say(f"{peer} has taken over this show. This machine sends nothing more and follows it.")
        self.leads_now = peer
        self._log.records.show("left", peer=peer)
        self._executor.abandon()
        self._end()
