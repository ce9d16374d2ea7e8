"""Pictures from a camera's web side: the photobooth and the snapshot, as jobs.

A booth is started with one request that is never repeated; its four files are fetched when they should be ready, each
asked for again until it is there or the patience with it is over. A file is kept the moment it has come whole, so that
a camera that disappears leaves what it gave. What is not a picture (an error page with status 200) counts as not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from msgspec import Struct, field

from cuelang.commands import Booth, BoothKind, Job, Outcome, Snapshot
from cuelang.devices.picture_store import PictureStore
from cuelang.devices.web import Lane, judged
from cuelang.protocols import cgi
from cuelang.protocols.cgi import SHOTS, CgiRequest
from cuelang.transports.http import HttpAnswer, Web
from cuelang.units import MS, NS

FETCH_NS = 20 * NS
"""For one file to come over: a ten-second 4K video over a slow link."""
SNAP_NS = 3 * NS
"""For one snapshot."""
PICTURE_GRACE_NS = 10 * NS
"""How long after the predicted end a file may still be missing."""
POLL_NS = 500 * MS
LARGEST_PHOTO = 32 * 1024 * 1024
LARGEST_VIDEO = 256 * 1024 * 1024


class _Kind(Struct, frozen=True):
    """Of a file: what it begins with, and where."""

    word: str
    suffix: str
    mark: bytes
    at: int
    most: int

    def fits(self, data: bytes) -> bool:
        return data[self.at : self.at + len(self.mark)] == self.mark


PHOTO = _Kind("photo", ".jpg", b"\xff\xd8\xff", 0, LARGEST_PHOTO)
VIDEO = _Kind("video", ".mp4", b"ftyp", 4, LARGEST_VIDEO)


class Fetched(NamedTuple):
    """`kept`: the files, and `missing`: why others are not there."""

    kept: list[str]
    missing: list[str]


async def fetch_booth(web: Web, album: PictureStore, kind: BoothKind, folder: str, stem: str) -> Fetched:
    """Fetch the files of the camera's last booth, each once. Raises OSError when one cannot be kept."""
    found, file = Fetched([], []), PHOTO if kind == "photos" else VIDEO
    for number, request in enumerate(cgi.booth_files(kind), 1):
        answer = await web.ask(request.method, request.path, within=FETCH_NS, most=file.most)
        if answer.fine and file.fits(answer.body):
            found.kept.append(await album.keep(folder, f"{stem}-{number}", file.suffix, answer.body))
            continue
        found.missing.append(_missing(answer, f"{file.word} {number}")[1])
        if answer.trouble:
            break
    return found


class Pictures:
    """Booth and snapshot jobs of one camera. `note` is called with a sentence for each file that was kept; `zone` is
    that of the times in the files' names."""

    def __init__(
        self,
        name: str,
        lane: Lane,
        album: PictureStore,
        *,
        zone: tzinfo | None = None,
        note: Callable[[str], object] | None = None,
        snapshots: Sequence[CgiRequest] = (cgi.request("snapshot"),),
    ) -> None:
        """`snapshots`: the requests for a picture, each for cameras that do not know the one before."""
        self.name = name
        self._snapshots = snapshots
        self._lane = lane
        self._album = album
        self._zone = zone
        self._note = note
        self._work: dict[Job, _Shooting] = {}

    def start(self, job: Job, command: Booth | Snapshot) -> None:
        """Begin what the job is: this command."""
        shooting = _Shooting(job, command, self._lane.clock.wall(self._zone))
        self._work[job] = shooting
        shooting.task = asyncio.get_running_loop().create_task(self._shoot(shooting), name=f"{self.name} pictures")

    def __contains__(self, job: object) -> bool:
        return job in self._work

    async def look(self) -> bytes | None:
        """What the camera sees now, for a viewer: a JPEG, or None. Nothing is kept, and it says nothing of
        the line."""
        _, answer = await self._seen()
        return answer.body if answer.fine and PHOTO.fits(answer.body) else None

    async def _seen(self) -> tuple[CgiRequest, HttpAnswer]:
        """A picture, or the answer to the request that was tried last."""
        first, *others = self._snapshots
        request, answer = first, await self._ask(first)
        for other in others:
            if answer.trouble or (answer.fine and PHOTO.fits(answer.body)):
                break
            request, answer = other, await self._ask(other)
        return request, answer

    async def _ask(self, request: CgiRequest) -> HttpAnswer:
        """The picture of the moment: the camera does nothing for it."""
        return await self._lane.web.ask(request.method, request.path, within=SNAP_NS, most=LARGEST_PHOTO, asks=True)

    def end(self, job: Job, outcome: Outcome) -> None:
        """Fetch nothing more. The camera goes on taking pictures, for it cannot be told to stop."""
        shooting = self._work.get(job)
        if shooting is not None:
            assert shooting.task is not None
            shooting.task.cancel()
            self._finish(shooting, outcome, shooting.fetched())

    async def close(self) -> None:
        for shooting in list(self._work.values()):
            self.end(shooting.job, "stopped")

    async def _shoot(self, shooting: _Shooting) -> None:
        try:
            if isinstance(shooting.command, Booth):
                outcome, reason = await self._booth(shooting, shooting.command)
            else:
                outcome, reason = await self._snapshot(shooting)
        except OSError as error:  # the disk, and nothing else: a camera's trouble is a value
            outcome, reason = "refused", shooting.fetched(f"could not be saved: {error}")
        self._finish(shooting, outcome, reason)

    def _finish(self, shooting: _Shooting, outcome: Outcome, reason: str) -> None:
        job = shooting.job
        if self._work.pop(job, None) is not None:
            job.finish(outcome, reason, self._lane.clock.now() if outcome == "completed" else None)

    # --- booth

    async def _booth(self, shooting: _Shooting, command: Booth) -> tuple[Outcome, str]:
        job, now = shooting.job, self._lane.clock
        try:
            begin, *files = cgi.booth(command)
        except ValueError as error:
            return "refused", str(error)
        shooting.kind, shooting.wanted = (PHOTO if command.kind == "photos" else VIDEO), SHOTS
        left = job.due + NS - now.now()
        if left <= 0:
            return "unreachable", "the camera was busy"
        job.left(now.now())
        job.urls.append(self._lane.url(begin))
        answer = await self._lane.web.ask(begin.method, begin.path, within=left)
        self._lane.noted(answer)
        outcome, reason = judged(answer)
        if outcome not in ("completed", "sent"):
            doubt = "; the booth may or may not be running" if answer.trouble == "timed_out" else ""
            return outcome, reason + doubt
        job.acked = began = now.now()
        stem = f"booth-{self.name}-{shooting.when:%Y%m%d-%H%M%S}"
        trouble: tuple[Outcome, str] | None = None
        for number, request in enumerate(files, 1):
            await now.sleep_until(began + request.offset)
            trouble = await self._fetched(
                shooting, request, f"{stem}-{number}", number, began + request.offset + PICTURE_GRACE_NS
            )
            if trouble is not None and trouble[0] == "unreachable":
                break
        if len(shooting.kept) == SHOTS:
            return "completed", shooting.fetched()
        outcome, reason = trouble or ("timed_out", shooting.trouble)
        return outcome, shooting.fetched(reason)

    async def _fetched(
        self, shooting: _Shooting, request: CgiRequest, stem: str, number: int, until: int
    ) -> tuple[Outcome, str] | None:
        """Fetch and keep one file of a run; None: it is kept, else what stood in the way."""
        now, kind = self._lane.clock, shooting.kind
        shooting.job.urls.append(self._lane.url(request))
        while True:
            answer = await self._lane.web.ask(request.method, request.path, within=FETCH_NS, most=kind.most)
            self._lane.noted(answer)
            if answer.fine and kind.fits(answer.body):
                await self._kept(shooting, stem, answer, f"{kind.word} {number} of {shooting.wanted}")
                return None
            trouble = _missing(answer, f"{kind.word} {number}")
            shooting.trouble = trouble[1]
            if now.now() + POLL_NS > until or answer.trouble == "refused":
                return trouble
            await now.sleep_until(now.now() + POLL_NS)

    # --- snapshot

    async def _snapshot(self, shooting: _Shooting) -> tuple[Outcome, str]:
        job, now = shooting.job, self._lane.clock
        job.left(now.now())
        request, answer = await self._seen()
        job.urls.append(self._lane.url(request))
        self._lane.noted(answer)
        if not (answer.fine and PHOTO.fits(answer.body)):
            outcome, reason = _missing(answer, "the snapshot")
            return ("unreachable" if outcome == "timed_out" and answer.trouble else outcome), reason
        job.acked = now.now()
        stem = f"snapshot-{self.name}-{shooting.when:%Y%m%d-%H%M%S}"
        await self._kept(shooting, stem, answer, "snapshot")
        return "completed", shooting.kept[0]

    async def _kept(self, shooting: _Shooting, stem: str, answer: HttpAnswer, what: str) -> None:
        kept = await self._album.keep(shooting.command.folder, stem, shooting.kind.suffix, answer.body)
        shooting.kept.append(kept)
        if self._note is not None:
            self._note(f"{self.name}: {what} saved as {kept}")


class _Shooting(Struct, eq=False):
    job: Job
    command: Booth | Snapshot
    when: datetime
    kind: _Kind = PHOTO
    wanted: int = 1
    trouble: str = ""
    kept: list[str] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def fetched(self, then: str = "") -> str:
        """What there is, for the record: “2 of 4 photos kept (…); then: …”."""
        if not self.kept:
            return then or self.trouble
        said = f"{len(self.kept)} of {self.wanted} {self.kind.word}s kept: {', '.join(self.kept)}"
        return f"{said}; then: {then}" if then else said


def _missing(answer: HttpAnswer, what: str) -> tuple[Outcome, str]:
    if answer.trouble == "unreachable":
        return "unreachable", f"{what}: {answer.error}"
    if answer.trouble == "timed_out":
        return "unreachable" if not answer.status else "timed_out", f"{what}: {answer.error}"
    if answer.trouble == "refused":
        return "refused", f"{what}: {answer.error}"
    if answer.status == 404:
        return "timed_out", f"{what} is not there (HTTP 404)"
    if not answer.fine:
        return "refused", f"{what}: the camera responded with HTTP {answer.status}"
    return "timed_out", f"{what}: the response is not an image"
