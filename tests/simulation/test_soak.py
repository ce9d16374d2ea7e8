"""The soak is run by hand; here only that it counts what it says."""

from __future__ import annotations

import re

import pytest

from tests.simulation.soak import Look, _told, soak


@pytest.mark.timeout(120)
def test_a_few_seconds_of_a_soak(capsys: pytest.CaptureFixture[str]) -> None:
    soak(5.0)
    said = capsys.readouterr().out
    counted = {name: values for name, *values in re.findall(r"^    (\S.*?)  +(\S+).*?  +(\S+)", said, re.MULTILINE)}
    assert set(counted) >= {"memory", "descriptors", "threads", "tasks", "lateness, p50"}
    assert int(counted["descriptors"][1]) > 64 and int(counted["tasks"][1]) > 0


@pytest.mark.parametrize("more", [Look(64 << 20, 0, 0, 0), Look(0, 10, 0, 0), Look(0, 0, 0, 20)])
def test_what_grows_is_told(more: Look, capsys: pytest.CaptureFixture[str]) -> None:
    looks = [(float(at), Look(*(100 + part * at // 100 for part in more))) for at in range(101)]
    late = [(float(at), [0.001]) for at in range(101)]
    assert _told(looks, late, 100.0) == 1
    assert "It has grown." in capsys.readouterr().out
    assert _told([(at, looks[0][1]) for at, _ in looks], late, 100.0) == 0
