"""What every part of a running show shares beside its executor."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct

from cuelang.app.night_log import NightLog
from cuelang.app.notices import ShowNotices
from cuelang.clock import Clock, Tasks


class Tonight(Struct, frozen=True):
    """The time, in the show's `zone`; the log; what the operator must know; and what goes on in the background."""

    clock: Clock
    zone: tzinfo
    log: NightLog
    notices: ShowNotices
    tasks: Tasks
