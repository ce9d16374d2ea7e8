"""The message for a mistaken command line is in plain words, with what was probably meant."""

from __future__ import annotations

import pytest

from cuelang.cli.parser import main


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("run night.cues --simulat", "unknown option `--simulat`. Did you mean `--simulate`?"),
        ("check --stric night.cues", "unknown option `--stric`. Did you mean `--strict`?"),
        ("log --cvs night.jsonl", "Did you mean `--csv`?"),
        ("plan night.cues extra", "unknown argument `extra`."),
        (
            "plan rig.cues night.cues",
            "`night.cues` is one sheet too many. Give the sheet of the show alone; it names its rig with `use`.",
        ),
        ("remote pnic", "unknown command `pnic`. Did you mean `panic`?"),
        ("camera prob 10.0.0.1", "unknown action `prob`. Did you mean `probe`?"),
        ("check night.cues --format xml", "unknown --format `xml`. One of `text`, `json`."),
        ("schedule night.cues --count x", "--count: `x` is not a whole number."),
        ("schedule night.cues --count", "--count needs a value after it."),
        ("log", "FILE is missing."),
    ],
)
def test_what_is_wrong_with_a_command_line(words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        raise SystemExit(main(words.split()))
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert says in told and "invalid" not in told and "unrecognized" not in told
