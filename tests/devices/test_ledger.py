"""The ledger of what moves, against a camera that hears some frames and answers some: it never believes a camera to be
at rest that still moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands import FOCUS, NO_AXES, PAN_TILT, ZOOM, Axes
from cuelang.devices.ledger import ADRIFT_AFTER_NS, MOTION, READ, UNREADABLE, Ledger
from cuelang.units import MS

ANSWERS = 20 * MS
"""How long the camera takes to answer; an answer that is lost is missed after `MISSED`."""
MISSED = 250 * MS
ORDER = (PAN_TILT, ZOOM, FOCUS)

axes = st.frozensets(st.sampled_from(ORDER), min_size=1)
asked = st.lists(
    st.one_of(
        st.tuples(st.just("drive"), axes, st.just(0)),
        st.tuples(st.just("stop"), axes, st.just(0)),
        st.tuples(st.just("wait"), st.just(NO_AXES), st.integers(1, 3000)),
    ),
    max_size=12,
)
luck = st.lists(st.booleans(), max_size=120)
"""Whether each frame and each answer gets through, one after the other; what is left over does."""


class Night:
    """A camera, its ledger, and a line between them on which acknowledgements have no number unless `sure`."""

    def __init__(self, ledger: Ledger, luck: list[bool]) -> None:
        self.ledger = ledger
        self.luck = iter(luck)
        self.now = 0
        self.moving: set[str] = set()
        self.later: list[tuple[int, int, str, object]] = []
        self.motions = 0
        self.sent: dict[str, int] = {}
        self.stopped: set[str] = set()
        """Axes whose last order was to stop."""

    def lucky(self) -> bool:
        return next(self.luck, True)

    def drive(self, what: Axes) -> None:
        self.motions += 1
        self.stopped -= what
        key = f"motion {self.motions}"
        self.ledger.set_going(what, key)
        if self.lucky():
            self.moving |= what
            if self.ledger.confirms and self.lucky():
                self.ledger.accepted(what, key)

    def stop(self, what: Axes) -> None:
        self.stopped |= what
        self.ledger.stop(what, self.now)
        self.send(what)

    def send(self, what: Axes) -> None:
        acks = 0
        order = [axis for axis in ORDER if axis in what]
        for axis in order:
            self.sent[axis] = self.sent.get(axis, 0) + 1
            if self.lucky():
                self.moving.discard(axis)
                if self.lucky() and self.ledger.confirms:
                    acks += 1
                    if self.ledger.sure:
                        self.ledger.answered(axis)
        if not self.ledger.sure:  # as they come, for the oldest
            for axis in order[:acks]:
                self.ledger.answered(axis)

    def run(self, until: int) -> None:
        while True:
            answers = min((at for at, *_ in self.later), default=None)
            due = self.ledger.due
            at = min((when for when in (answers, due) if when is not None), default=until)
            if at >= until:
                self.now = until
                return
            self.now = max(self.now, at)
            for one in [one for one in self.later if one[0] <= self.now]:
                self.later.remove(one)
                self.ledger.reading(one[2], one[3], self.now)
            found = self.ledger.wake(self.now)
            self.send(found.send)
            for axis in found.ask:
                heard = self.lucky()
                where = (axis, self.now if axis in self.moving else 0)
                takes = ANSWERS if heard else MISSED
                self.later.append((self.now + takes, 0, axis, where if heard else None))

    def play(self, asked: list[tuple[str, Axes, int]]) -> None:
        for what, which, ms in asked:
            if what == "drive":
                self.drive(which)
            elif what == "stop":
                self.stop(which)
            else:
                self.run(self.now + ms * MS)
        self.run(self.now + ADRIFT_AFTER_NS + 2000 * MS)


@given(asked, luck)
def test_a_numbered_link_names_whatever_may_still_move(asked: list[tuple[str, Axes, int]], luck: list[bool]) -> None:
    night = Night(Ledger(sure=True), luck)
    night.play(asked)
    assert night.moving & night.stopped <= night.ledger.adrift


@given(asked, luck)
def test_without_numbers_two_readings_alike_are_what_counts(
    asked: list[tuple[str, Axes, int]], luck: list[bool]
) -> None:
    """An acknowledgement may be another frame's. A camera that is known to tell its position is asked until it does."""
    night = Night(Ledger(readable=set(READ)), luck)
    night.play(asked)
    assert night.moving & night.stopped & READ <= night.ledger.adrift


@given(asked, luck)
def test_where_nothing_is_acknowledged_a_camera_that_answers_is_read(
    asked: list[tuple[str, Axes, int]], luck: list[bool]
) -> None:
    night = Night(Ledger(confirms=False, readable=set(READ)), luck)
    night.play(asked)
    assert night.moving & night.stopped & READ <= night.ledger.adrift


@given(asked, luck, st.booleans(), st.booleans())
def test_it_comes_to_an_end(asked: list[tuple[str, Axes, int]], luck: list[bool], confirms: bool, sure: bool) -> None:
    night = Night(Ledger(confirms=confirms, sure=sure), luck)
    night.play(asked)
    assert night.ledger.due is None
    assert night.ledger.owed == NO_AXES


@given(asked, luck)
def test_nothing_is_sent_for_an_axis_that_moves_anew(asked: list[tuple[str, Axes, int]], luck: list[bool]) -> None:
    night = Night(Ledger(), luck)
    night.play(asked)
    night.drive(MOTION)
    before = dict(night.sent)
    night.run(night.now + ADRIFT_AFTER_NS)
    assert night.sent == before
    assert night.ledger.adrift == set()


def test_a_camera_whose_positions_nobody_knows_is_believed() -> None:
    """It acknowledges, and never reports its position: some questions, and then that is enough."""
    ledger = Ledger()
    ledger.set_going(READ, "drive")
    ledger.stop(READ, 0)
    for axis in READ:
        ledger.answered(axis)
    for _ in range(UNREADABLE):
        assert ledger.owed == READ
        for axis in ledger.wake(1).ask:
            ledger.reading(axis, None, 1)
    assert ledger.owed == NO_AXES


def test_stops_are_repeated_until_a_position_has_come() -> None:
    """The acknowledgement may have been that of another frame."""
    ledger = Ledger(readable=set(READ))
    ledger.set_going(READ, "drive")
    ledger.stop(READ, 0)
    for axis in READ:
        ledger.answered(axis)
    assert ledger.wake(MS).ask == READ
    assert ledger.wake(100 * MS).send == READ
    for axis in READ:
        ledger.reading(axis, 5, 120 * MS)
    assert ledger.wake(200 * MS).send == NO_AXES


def test_a_stop_that_is_not_answered_is_repeated_less_and_less_often_for_ten_seconds() -> None:
    ledger = Ledger()
    ledger.set_going((PAN_TILT,), "drive")
    ledger.stop((PAN_TILT,), 0)
    due = [(at, ledger.wake(at * MS)) for at in range(0, 20_000, 10)]
    assert [at for at, what in due if what.send] == [100, 200, 400, 800, 1600, 3200, 5200, 7200, 9200]
    assert [at for at, what in due if what.adrift] == [10_000]


def test_a_camera_that_was_seen_to_move_is_stopped_again_soon() -> None:
    ledger = Ledger(readable=set(READ))
    ledger.set_going((PAN_TILT,), "drive")
    ledger.stop((PAN_TILT,), 0)
    ledger.answered(PAN_TILT)
    ledger.wake(MS)
    ledger.reading(PAN_TILT, 5, 3000 * MS)
    ledger.wake(3250 * MS)
    ledger.reading(PAN_TILT, 6, 3260 * MS)
    sent = [at for at in range(3260, 5000, 10) if ledger.wake(at * MS).send]
    assert sent[:3] == [3510, 3760, 4260]


def test_a_recall_that_gave_way_before_it_was_answered_is_stopped_with_what_took_over() -> None:
    """A zoom over time has taken the axis over, and has not sent its first frame."""
    ledger = Ledger()
    ledger.set_going(MOTION, "recall", ends=True)
    ledger.set_going({ZOOM}, "ramp", brief=True, ends=True)
    assert ledger.restless({ZOOM}) == {ZOOM}
    ledger.accepted({ZOOM}, "ramp")
    assert ledger.restless({ZOOM}) == NO_AXES, "its frame ends by itself"
