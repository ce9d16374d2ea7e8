"""Which zone a show without `timezone` lives in, on each kind of system."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
import tzlocal

from cuelang.clock.zones import machine_zone, show_zone

WINTER = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a variable nor a link: as on Windows."""

    def no_link(path: str) -> str:
        raise FileNotFoundError(path)

    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(os, "readlink", no_link)


def test_the_sheet_s_zone_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert show_zone("Europe/Zurich") == ZoneInfo("Europe/Zurich")
    assert show_zone(None) == ZoneInfo("Asia/Tokyo")


def test_the_link_of_linux_and_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    for link in ("/usr/share/zoneinfo/Europe/London", "/var/db/timezone/zoneinfo/Europe/London"):
        monkeypatch.setattr(os, "readlink", lambda _path, link=link: link)
        assert machine_zone() == ZoneInfo("Europe/London")


@pytest.mark.usefixtures("nothing_said")
def test_windows_says_it_in_its_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tzlocal, "get_localzone", lambda: ZoneInfo("America/New_York"))
    assert WINTER.astimezone(machine_zone()).hour == 7


@pytest.mark.usefixtures("nothing_said")
@pytest.mark.parametrize("error", [ZoneInfoNotFoundError("conflict"), LookupError("Windows"), OSError("no key")])
def test_a_machine_that_does_not_say_is_on_utc(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def unknown() -> ZoneInfo:
        raise error

    monkeypatch.setattr(tzlocal, "get_localzone", unknown)
    assert machine_zone() is UTC
