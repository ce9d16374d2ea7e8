"""A camera that is driven by HTTP, as its dialect sees it: requests out, canned answers back."""

from __future__ import annotations

from collections.abc import Mapping

from cuelang import commands as c
from cuelang.models import Model
from cuelang.protocols.errand import Dialect, Fields, Said, Tell, errand
from cuelang.protocols.visca import codec, encode
from cuelang.protocols.visca.lists import rows_of


def asked(dialect: Dialect, frame: bytes, answers: Mapping[str, Said]) -> tuple[list[str], Fields | None]:
    """Every request of a frame, questions with a `?`, and the fields of its answer. `answers`: by a part of the path;
    what is not there is fine and says nothing."""
    _, work = errand(dialect, frame)
    paths: list[str] = []
    assert work is not None
    try:
        request = next(work)
        while True:
            paths.append(("" if isinstance(request, Tell) else "? ") + request.path)
            found = (said for part, said in answers.items() if part in request.path)
            request = work.send(next(found, Said("fine")))
    except StopIteration as end:
        return paths, end.value


def says(dialect: Dialect, command: c.Command, answers: Mapping[str, str] = {}) -> list[str]:
    """The requests of a command, in order."""
    texts = {part: Said("fine", text) for part, text in answers.items()}
    frames = [message.frame for message in encode.messages(command, dialect.model)]
    return [path for frame in frames for path in asked(dialect, frame, texts)[0]]


def told(dialect: Dialect, row: str, answer: str) -> Fields | None:
    """What an inquiry of the table makes of a text."""
    return asked(dialect, codec.encode(row, 1, rows_of(dialect.model)), {"": Said("fine", answer)})[1]


def every_frame(model: Model) -> list[bytes]:
    """Each row of the model's list, with the lowest numbers that it takes."""
    frames = []
    for row in rows_of(model).values():
        params = {place.name: place.bounds[0] for place in row.template.places}
        frames.append(codec.encode(row.id, 1, rows_of(model), **params))
    return frames
