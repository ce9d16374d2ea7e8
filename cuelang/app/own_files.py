"""The files of a machine that follows: what the leading machine has written into its own is written here too, so that
after a takeover the sheet on the disk is the one that is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cuelang.app.loading import sha256
from cuelang.library import STDLIB, Unreadable, Unwritable, read_sheet, rewrite_as_read
from cuelang.runtime.records import Record, ShowRecord
from cuelang.source import Source


class OwnFiles:
    """`sources` are the sheets as this machine has read them, by path. The two machines keep them where they like: a
    file is known by its name alone, and one whose name is there twice is left as it is."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._paths: dict[str, str] = {}
        twice = set()
        for path in sources:
            name = Path(path).name
            if path.startswith(STDLIB) or name in self._paths:
                twice.add(name)
            self._paths.setdefault(name, path)
        for name in twice:
            del self._paths[name]

    def named(self, theirs: str) -> str | None:
        """The path of the file here that has the same name; None: there is none, or two."""
        return self._paths.get(Path(theirs).name)

    def bring(self, before: Iterable[Mapping[str, Source]], after: Mapping[str, Source]) -> Iterator[tuple[str, bool]]:
        """Write the state of the leader's files that is in force, over any that was: `before`. Yields a sentence for
        each file, and whether it was written. Blocks."""
        former: dict[str, set[str]] = {}
        for state in before:
            for theirs, source in state.items():
                former.setdefault(Path(theirs).name, set()).add(source.text)
        for theirs, source in after.items():
            name = Path(theirs).name
            path, old = self.named(theirs), former.get(name, set()) - {source.text}
            if path is None or not old:
                continue
            try:
                says = read_sheet(path).text
                if says in old and rewrite_as_read(path, says, source.text):
                    yield f"{path} was changed as at the leading machine.", True
                elif says != source.text:
                    yield f"{path} is another one than at the leading machine: copy it before you reload.", False
            except Unwritable as error:
                yield f"{error} Copy it from the leading machine before you reload.", False
            except (OSError, Unreadable):
                yield f"{path} cannot be read: copy it from the leading machine before you reload.", False


def overtaken(own: Mapping[str, Source], night: Iterable[Record], texts: Mapping[str, str]) -> list[tuple[str, bool]]:
    """If this machine's sheets are what the leader's were at an earlier moment of the night, as after a restart, write
    what those say now. `texts` are the leader's by their SHA-256. As `OwnFiles.bring`."""
    states = [record.files for record in night if isinstance(record, ShowRecord) and record.files]
    mine = _state({path: sha256(source.text) for path, source in own.items()})
    if not any(_state(state) == mine for state in states):
        return []
    now = {path: Source(path, texts[digest]) for path, digest in states[-1].items() if digest in texts}
    return list(OwnFiles(own).bring([own], now))


def _state(files: Mapping[str, str]) -> set[tuple[str, str]]:
    return {(Path(path).name, digest) for path, digest in files.items()}
