"""The files of a machine that follows: what the leading machine has written into its own is written here too, so that
after a takeover the sheet on the disk is the one that is in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cuelang.library import Unreadable, Unwritable, read_sheet, rewrite_as_read
from cuelang.source import Source

STDLIB = "stdlib/"


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

    def bring(self, before: Mapping[str, Source], after: Mapping[str, Source]) -> Iterator[tuple[str, bool]]:
        """Write what has changed between two states of the leader's files. Yields a sentence for each file, and whether
        it was written. Blocks."""
        former = {Path(path).name: source.text for path, source in before.items()}
        for theirs, source in after.items():
            name = Path(theirs).name
            path, old = self._paths.get(name), former.get(name)
            if path is None or old is None or old == source.text:
                continue
            try:
                if rewrite_as_read(path, old, source.text):
                    yield f"{path} was changed as at the leading machine.", True
                elif read_sheet(path).text != source.text:
                    yield f"{path} is another one than at the leading machine: copy it before you reload.", False
            except Unwritable as error:
                yield f"{error} Copy it from the leading machine before you reload.", False
            except (OSError, Unreadable):
                yield f"{path} cannot be read: copy it from the leading machine before you reload.", False
