"""Two machines with a switcher and a camera by HTTP, which both of them hold: what the one that follows knows, and the
three ways to have it lead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.nats_servers import needs_nats
from tests.program import ran
from tests.running.twins import MORE, SHEET, Machine, Twins, until
from tests.web.pages import browser  # noqa: F401  # a fixture

pytestmark = [pytest.mark.timeout(240), pytest.mark.skipif(os.name == "nt", reason="a terminal")]


@pytest.fixture(params=["vmix", "atem"])
def twins(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Twins]:
    needs_nats()
    there = Twins(tmp_path, sheet=SHEET + MORE, kind=request.param)
    yield there
    print(f"a:\n{there.a.said}\n{there.a.painted[-3000:]}\nb:\n{there.b.said}\n{there.b.painted[-3000:]}")
    there.close()


def outcomes(one: Machine, cue: str) -> list[tuple[str, str]]:
    """What has become of the lines of a cue, newest last. A machine that follows again copies the night again."""
    found = {
        (record["run"], record["job"]): (record["camera"] or record["switcher"], record["outcome"])
        for record in one.records()
        if record["kind"] == "command" and record["cue"] == cue
    }
    return [found[key] for key in sorted(found)]


def fires(one: Machine, cue: str) -> None:
    """This machine drives both. One that has too much to do may have lost the lead for a moment, and sent nothing."""

    def fired() -> bool:
        before = len(outcomes(one, cue))
        assert one.ask("start", cue=cue)["verdict"] == "fired"
        until(lambda: len(outcomes(one, cue)) == before + 2, 20)
        found = dict(outcomes(one, cue)[-2:])
        assert found.keys() == {"side", "vision"} and set(found.values()) <= {"completed", "unreachable"}
        return set(found.values()) == {"completed"}

    until(fired, 40)


def test_the_one_that_follows_reaches_them_and_takes_over_by_page_terminal_and_remote(
    twins: Twins,
    browser: Browser,  # noqa: F811
) -> None:
    a, b = twins.a, twins.b
    a.start()
    until(lambda: a.role == "leads", 60)
    b.start(terminal=True)
    until(lambda: b.shows(lambda state: state["behind"]), 60)
    until(lambda: {one["link"] for one in b.state()["cameras"].values()} == {"connected"}, 20)
    until(lambda: b.state()["switchers"]["vision"]["link"] == "connected", 20)
    until(lambda: b.state()["cameras"]["foh"]["pan"] is not None, 20)
    state = b.state()
    assert all(state["cameras"][name]["error"] == "" for name in ("foh", "spare", "side"))
    assert state["cameras"]["left"]["error"] == state["cameras"]["right"]["error"] == "its line is opened at a takeover"
    assert len({port for _, port, _ in twins.relay.all}) == 2
    assert len({port for _, port, _ in twins.relay.commands}) == 1, "the one that follows has only asked"
    fires(a, "7")
    until(lambda: b.state()["switchers"]["vision"]["program"] == "side")

    b.press("T")
    until(lambda: b.shows(lambda state: state["behind"] is None), 20)
    until(lambda: a.shows(lambda state: state["behind"]), 60)
    fires(b, "8")

    def taken() -> bool:
        """By another program. One that has too much to do may have lost the lead again before it was asked for."""
        done = ran("remote", "takeover", "--url", f"http://127.0.0.1:{a.http}", text=True)
        if done.returncode == 0:
            assert "taken over from" in done.stdout, done
            return True
        assert "this machine leads" in done.stderr, done
        b.press("T")
        until(lambda: a.shows(lambda state: state["behind"]), 60)
        return False

    until(taken, 120)
    until(lambda: b.shows(lambda state: state["behind"]), 60)
    fires(a, "7")

    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{b.http}/")
    page.locator(".behind .takeover").click()
    until(lambda: b.shows(lambda state: state["behind"] is None), 20)
    page.close()
    until(lambda: a.shows(lambda state: state["behind"]), 60)
    fires(b, "8")
    a_log, b_log = ([one["text"] for one in who.records() if one["kind"] == "note"] for who in (a, b))
    for how in ("key T", "http", "page"):
        assert any(text.startswith(f"Takeover requested by {how}") for text in (*a_log, *b_log)), (how, a_log, b_log)


def test_a_kill_with_a_switcher_and_a_camera_by_http(twins: Twins) -> None:
    twins.begin()
    a, b = twins.a, twins.b
    until(lambda: b.state()["switchers"]["vision"]["link"] == "connected")
    fires(a, "7")
    until(lambda: outcomes(b, "7") == outcomes(a, "7"))
    a.kill()
    until(lambda: b.role == "leads", 20)
    fires(b, "8")
