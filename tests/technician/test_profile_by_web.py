"""The settings of a camera that is driven by HTTP-CGI alone: inspected, saved, restored, and sent by a cue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from textwrap import dedent
from typing import TypeVar

import pytest

from cuelang import clock
from cuelang.devices.cgi import CgiCamera
from cuelang.devices.picture_store import NullStore
from cuelang.models import DEFAULT
from cuelang.protocols.visca.profile import Profile
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.command_records import CommandRecord
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import InProcess, WebEnd
from cuelang.technician import profile
from cuelang.technician.inspect import Inspected, inspect
from cuelang.technician.session import CameraError, Session, camera_at
from tests.lang.compiling import check, compiled

T = TypeVar("T")
CAMERA = 'camera nave "cgi://10.0.0.31"\n    preset wide = 4 at pan 0deg tilt 0deg zoom 0%\n'
HEAD = 'format = "cuelang.profile/1"\n[settings]\n'


def on_web(act: Callable[[Session, Body], Awaitable[T]], end: Callable[[Body], WebEnd] = WebEnd) -> T:
    async def show() -> T:
        body = Body(DEFAULT, "nave")
        driver = CgiCamera("nave", InProcess(end(body)), NullStore(), keepalive=None)
        await driver.open()
        session = Session(camera_at("cgi://10.0.0.31"), driver)
        try:
            return await act(session, body)
        finally:
            await session.close()

    return clock.run(show(), kind="virtual")


def test_what_is_saved_is_put_back() -> None:
    async def act(session: Session, body: Body) -> tuple[Inspected, Inspected, list[str]]:
        body.settings |= {"iris": 9, "ae_mode": 3, "wb_mode": 0x20, "motion_sync": 1, "flicker": 2, "r_tuning": 8}
        kept = await profile.save(session)
        before = await inspect(session)
        body.settings |= {"iris": 1, "ae_mode": 0, "wb_mode": 0, "motion_sync": 0, "flicker": 0, "color_hue": 1}
        restored = await profile.restore(session, kept)
        assert not restored.failed and not restored.sent
        return before, await inspect(session), sorted(restored.changed)

    before, after, changed = on_web(act)
    assert [one.json for one in after.settings] == [one.json for one in before.settings]
    assert changed == ["exposure", "flicker", "hue", "iris", "motion_sync", "white_balance"]
    assert before["iris"].text == "9" and before["white_balance"].text == "color_temperature"
    assert before["version"].text.startswith("a camera without a model “nave”")


def test_a_setting_that_http_cgi_does_not_carry_is_named_and_the_others_are_put_back() -> None:
    async def act(session: Session, _body: Body) -> profile.Restored:
        settings = {"iris": "4", "freeze": "on", "noise_2d": "manual, 3", "hue": "99"}
        return await profile.restore(session, Profile("visca+udp://10.0.0.21:1259", settings))

    restored = on_web(act)
    assert restored.changed == ("iris",) and set(restored.failed) == {"freeze", "noise_2d", "hue"}


def test_a_g2_camera_has_the_colours_only() -> None:
    class Older(WebEnd):
        def answer(self, method: str, path: str, *rest: object) -> object:  # type: ignore[override]
            known = "param.cgi?" in path and "advance" not in path
            return super().answer(method, path if known else "/unknown", *rest)  # type: ignore[arg-type]

    async def act(session: Session, body: Body) -> tuple[dict[str, str], profile.Restored, int]:
        kept = await profile.save(session)
        body.settings["contrast"] = 1
        restored = await profile.restore(session, kept)
        return dict(kept.settings), restored, body.settings["contrast"]

    settings, restored, contrast = on_web(act, Older)
    assert settings == {"brightness": "7", "contrast": "7", "hue": "7", "color_gain": "4", "sharpness": "3"}
    assert restored.changed == ("contrast",) and contrast == 7


def test_a_camera_that_reports_nothing_cannot_be_saved() -> None:
    class Silent(WebEnd):
        def answer(self, method: str, path: str, *rest: object) -> object:  # type: ignore[override]
            return super().answer(method, path if "image" not in path else "/unknown", *rest)  # type: ignore[arg-type]

    with pytest.raises(CameraError, match="does not report its settings"):
        on_web(lambda session, _body: profile.save(session), Silent)


def test_settings_and_profiles_are_checked_before_the_show() -> None:
    sheet = """
        camera nave "cgi://10.0.0.31"
        cue 1
            set nave iris 9
            set nave white_balance trigger
            set nave iris up                ### E401
            set nave iris 18                ### E302
            set nave freeze on              ### E401
            set nave sharpness auto         ### E401
            at 1s profile nave "kept.toml"
            at 2s profile nave "beyond.toml"      ### E302
            at 3s profile nave "other.toml" ### E401 E401
        """
    files = {
        "kept.toml": HEAD + 'iris = "4"\nwhite_balance = "indoor"\nnoise_2d = "3"\nflicker = "50Hz"\n',
        "beyond.toml": HEAD + 'iris = "40"\n',
        "other.toml": HEAD + 'freeze = "on"\nfocus_mode = "auto"\nhue = "3"\n',
    }
    check(dedent(sheet), rig=False, files=files)


def test_a_cue_sends_a_profile_and_recover_puts_it_back() -> None:
    done = compiled(
        CAMERA + 'cue 1\n    profile nave "kept.toml"\ncue 2\n    recover nave\n',
        {"kept.toml": HEAD + 'iris = "4"\nexposure = "manual"\n'},
    )
    assert done.plan is not None, done.diagnostics
    sent = [
        (record.cue, (record.url or "").partition("&")[2])
        for record in rehearse(done.plan).records
        if isinstance(record, CommandRecord)
    ]
    assert [one for one in sent if one[0] == "1"] == [("1", "aemode&3"), ("1", "iris&4")]
    assert {one for cue, one in sent if cue != "1"} >= {"aemode&3", "iris&4"}
