"""OBS Studio by obs-websocket 5, port 4455: JSON messages `{"op": …, "d": …}`. Pure: texts in, events out.

    Hello (0)  ->  Identify (1), with the password's sum  ->  Identified (2)
    Request (6)  ->  RequestResponse (7);  Event (5) at any time

Facts that were measured with OBS 29 and are recorded in `tests/protocols/data/obs`:

Tally is the activity of *inputs*. A scene on program says of itself that it is not active when studio mode is on,
nested scenes are covered by their inputs only, and an input is active from the start of a fade to its end, while the
program scene changes only at its end.

The current transition must not be changed before the running one, even a cut, has *ended*: else the picture jumps
back to where it was, while every answer says otherwise. So what was borrowed is put back only when
SceneTransitionEnded has come; and a cut without it has failed.

A scene may have a transition of its own (an override), which is stronger than the current one: it is taken away for
a transition of ours and put back after it.
"""

from __future__ import annotations

from cuelang.protocols.obs.machine import Obs
from cuelang.protocols.obs.messages import EVENTS, authentication, milliseconds, native, split_native

__all__ = ["EVENTS", "Obs", "authentication", "milliseconds", "native", "split_native"]
