"""`cuelang camera …` and `cuelang preflight` as they are typed, on cameras at real sockets in another thread."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cuelang import clock
from cuelang.address import parse
from cuelang.cli import parser as cli
from cuelang.simulator.body import Body, StoredPreset
from cuelang.simulator.serve import CameraServer, serve
from tests.ports import free_port


class Cameras(threading.Thread):
    """Two cameras: one at UDP, one at TCP of the same host."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ready = threading.Event()
        self.bodies: list[Body] = []
        self.urls: list[str] = []

    def run(self) -> None:
        clock.run(self.main())

    async def main(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        servers: list[CameraServer] = []
        for scheme in ("visca+udp", "visca+tcp"):
            port = free_port()
            servers.append(await serve(parse(f"{scheme}://127.0.0.1:{port}")))
        self.urls = [server.url for server in servers]
        self.bodies = [server.body for server in servers]
        self.ready.set()
        await self.ended.wait()
        for server in servers:
            await server.close()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.ended.set)
        self.join(5)


@pytest.fixture(scope="module")
def cameras() -> Iterator[Cameras]:
    thread = Cameras()
    thread.start()
    assert thread.ready.wait(60)
    yield thread
    thread.stop()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def typed(*words: str) -> tuple[int, str, str]:
        try:
            code = cli.main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def test_probe_says_who_answers(run, cameras: Cameras, dead_port: int) -> None:
    for url in cameras.urls:
        code, out, _ = run("camera", "probe", url, "--json")
        (found,) = json.loads(out)
        assert code == 0 and found["answers"] and found["power"] == "on" and found["latency_ms"] > 0
        assert "model 0513" in found["version"]
    code, out, _ = run("camera", "probe", f"visca+tcp://127.0.0.1:{dead_port}")
    assert code == 1 and "connection refused" in out and "No reply" in out


def test_a_bare_host_is_tried_by_every_protocol() -> None:
    from cuelang.address import BadAddress
    from cuelang.technician.probe import candidates

    assert candidates("10.0.0.21") == [
        "visca+udp://10.0.0.21:1259", "visca+tcp://10.0.0.21:5678", "sony://10.0.0.21:52381",
        "panasonic://10.0.0.21:80", "canon://10.0.0.21:80", "cgi://10.0.0.21:80",
    ]  # fmt: skip
    assert candidates("fe80::1")[0] == "visca+udp://[fe80::1]:1259"
    assert candidates("visca+udp://h") == ["visca+udp://h:1259"]
    assert candidates("10.0.0.21:1000") == [
        f"{scheme}://10.0.0.21:1000" for scheme in ("visca+udp", "visca+tcp", "sony", "panasonic", "canon", "cgi")
    ]
    for wrong in ("", ":1259", "10.0.0.21:0", "10.0.0.21:many", "http://10.0.0.21"):
        with pytest.raises(BadAddress):
            candidates(wrong)


def test_inspect_save_send_restore(run, cameras: Cameras) -> None:
    url = cameras.urls[1]
    code, out, _ = run("camera", "inspect", url, "--json")
    before = json.loads(out)
    assert code == 0 and ("iris", "12") in {(one["name"], one["value"]) for one in before["settings"]}
    code, out, _ = run("camera", "save", url, "foh.toml")
    assert code == 0 and "saved in foh.toml" in out
    assert run("camera", "send", url, "set iris 3")[0] == 0
    assert cameras.bodies[1].settings["iris"] == 3
    code, out, _ = run("camera", "restore", "foh.toml", url)
    assert code == 0 and "1 restored" in out
    assert json.loads(run("camera", "inspect", url, "--json")[1]) == before
    Path("foh.toml").write_text("# The look of the premiere.\n" + Path("foh.toml").read_text())
    code, out, _ = run("camera", "save", url, "foh.toml")
    assert code == 0 and "It replaced the profile of" in out
    assert Path("foh.toml").read_text().startswith("# The look of the premiere.\nformat = ")
    Path("foh.toml").write_text(Path("foh.toml").read_text() + 'ndi = "high"\n')
    code, out, _ = run("camera", "restore", "foh.toml", url)
    assert code == 0 and "1 sent" in out and "cannot confirm it: ndi." in out
    Path("foh.toml").write_text(Path("foh.toml").read_text() + 'moustache = "on"\n')
    code, out, _ = run("camera", "restore", "foh.toml", url)
    assert code == 1 and "1 not restored:\n  moustache  there is no such setting" in out
    code, out, err = run("camera", "send", url, "zoom to 150%")
    assert (code, out) == (1, "") and "error[E302]" in err


TWO = """rig "Globe"
camera foh "{}"
    preset wide = 1
camera left "{}"
    preset wide = 1
camera spare "visca+udp://127.0.0.1:1"
    disabled
"""


def test_the_profiles_of_all_cameras_of_a_rig(run, cameras: Cameras) -> None:
    Path("rig.cues").write_text(TWO.format(*cameras.urls))
    code, out, _ = run("camera", "save", "--rig", "rig.cues", "profiles")
    assert code == 0 and out.count(" saved in profiles/") == 2
    assert sorted(path.name for path in Path("profiles").iterdir()) == ["foh.toml", "left.toml"]
    before = [dict(body.settings) for body in cameras.bodies]
    for url in cameras.urls:
        assert run("camera", "send", url, "set iris 5")[0] == 0
    code, out, _ = run("camera", "restore", "profiles", "--rig", "rig.cues")
    assert code == 0 and out.count("1 restored") == 2 and f"left ({cameras.urls[1]}): 1 restored" in out
    assert [dict(body.settings) for body in cameras.bodies] == before
    code, out, _ = run("camera", "save", "left", "one.toml", "--rig", "rig.cues")
    assert code == 0 and "saved in one.toml" in out


def test_the_profiles_of_a_group_and_of_several_names(run, cameras: Cameras) -> None:
    sheet = TWO.format(*cameras.urls).replace("spare", "extra") + "group wings = left, extra\n"
    Path("rig.cues").write_text(sheet)
    rig = ("--rig", "rig.cues")
    assert run("camera", "save", "wings", "evening", *rig)[0] == 0
    assert [path.name for path in Path("evening").iterdir()] == ["left.toml"], "the other one is disabled"
    code, out, _ = run("camera", "save", "left, foh", "matinee", *rig)
    assert code == 0 and sorted(path.name for path in Path("matinee").iterdir()) == ["foh.toml", "left.toml"]
    assert run("camera", "save", "all", "matinee", *rig)[0] == 0
    code, out, _ = run("camera", "save", "foh", "evening", *rig)
    assert code == 0 and "saved in evening/foh.toml" in out, "a folder that is there takes a single one too"
    assert run("camera", "send", cameras.urls[1], "set iris 5")[0] == 0
    code, out, _ = run("camera", "restore", "evening", "wings", *rig)
    assert code == 0 and f"left ({cameras.urls[1]}): 1 restored" in out and "foh" not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("save", "winsg", "evening"), "has no camera or group “winsg”. Did you mean “wings”? Cameras: foh, left"),
        (("save", "left,rihgt", "evening"), "has no camera or group “rihgt”."),
        (("restore", "evening", "lfet"), "Did you mean “left”?"),
        (("save", "wings"), "“wings” is a name of rig.cues. Add the file or folder for its profiles."),
        (("save", "left"), "“left” is a name of rig.cues. Add the file or folder"),
        (("restore", "wings", "evening"), "The file or folder comes first: camera restore evening wings."),
        (("restore", "elsewhere", "wings"), "elsewhere has no profile of left; `camera save` writes them."),
        (("inspect", "wings"), "“wings” means several cameras, and one is needed here: left."),
        (("save", "spare, spare", "evening"), "means no camera of rig.cues that is not disabled"),
    ],
)
def test_a_name_of_a_rig_is_explained(run, words: tuple[str, ...], said: str) -> None:
    sheet = TWO.format("visca+udp://127.0.0.1:1", "visca+udp://127.0.0.1:2") + "group wings = left, spare\n"
    Path("rig.cues").write_text(sheet)
    code, out, err = run("camera", *words, "--rig", "rig.cues")
    assert (code, out) == (2, "") and said in err
    assert [path.name for path in Path().iterdir()] == ["rig.cues"]


def test_a_camera_that_is_away_or_has_no_profile_stops_no_other(run, cameras: Cameras, dead_port: int) -> None:
    Path("rig.cues").write_text(TWO.format(cameras.urls[0], f"visca+tcp://127.0.0.1:{dead_port}"))
    code, out, _ = run("camera", "save", "--rig", "rig.cues", "profiles")
    assert code == 1 and " saved in profiles/foh.toml" in out and "left was not saved: " in out
    code, out, _ = run("camera", "restore", "--rig", "rig.cues", "profiles")
    assert code == 1 and f"foh ({cameras.urls[0]}): 0 restored" in out
    assert "left was not restored: profiles has no left.toml." in out
    code, _, err = run("camera", "restore", "--rig", "rig.cues", "elsewhere")
    assert code == 2 and "elsewhere has no profile of any camera" in err
    code, _, err = run("camera", "save", "profiles")
    assert code == 2 and "Name the camera, or with --rig FILE a folder" in err
    code, _, err = run("camera", "save", "foh", "foh.toml")
    assert code == 2 and err.endswith("A name of a rig needs --rig FILE.\n")


def test_save_says_what_it_leaves_out_and_what_it_replaces(run, cameras: Cameras) -> None:
    code, out, _ = run("camera", "save", cameras.urls[0], "foh.toml")
    assert code == 0 and "It replaced" not in out
    assert "Not in it (cannot be asked):" in out and "drc" in out and "multicast" in out
    assert '\n# drc = ""  # a number, 0 to 8' in Path("foh.toml").read_text()
    code, out, _ = run("camera", "save", cameras.urls[0], "foh.toml")
    assert code == 0 and f"It replaced the profile of {cameras.urls[0]}, saved at 20" in out
    Path("rig.cues").write_text(RIG.format("sim://foh"))
    code, out, err = run("camera", "save", cameras.urls[0], "rig.cues")
    assert (code, out) == (2, "") and "not overwritten" in err and "preset wide" in Path("rig.cues").read_text()


def test_a_line_of_the_profile_that_was_filled_in_is_sent(run, cameras: Cameras) -> None:
    url = cameras.urls[0]
    assert run("camera", "save", url, "foh.toml")[0] == 0
    Path("foh.toml").write_text(Path("foh.toml").read_text().replace('# drc = ""', 'drc = "2"'))
    code, out, _ = run("camera", "restore", "foh.toml", url)
    assert code == 0 and "1 sent" in out and "cannot confirm it: drc." in out


def test_a_profile_of_another_make_is_said(run, cameras: Cameras) -> None:
    url = cameras.urls[0]
    assert run("camera", "save", url, "foh.toml")[0] == 0
    text = Path("foh.toml").read_text()
    assert "vendor 2008" in text
    Path("foh.toml").write_text(text.replace("vendor 2008, model 0513", "Sony, model 0519"))
    code, out, _ = run("camera", "restore", "foh.toml", url)
    assert code == 0 and out.startswith("The profile is of another model: Sony, model 0519.")


def test_the_head_finds_its_ends(run, cameras: Cameras) -> None:
    cameras.bodies[0].pan.go(0, 200, 0)
    code, out, _ = run("camera", "reset", cameras.urls[0], "head")
    assert code == 0 and "head reset: completed" in out
    assert cameras.bodies[0].pan.at(10**18) == 0


def test_bytes_that_the_language_has_no_words_for(run, cameras: Cameras) -> None:
    url = cameras.urls[1]
    code, out, _ = run("camera", "send", url, "--hex", "81 09 04 00 FF")
    assert code == 0 and out == "81 09 04 00 FF: completed, reply 90 50 02 FF\n"
    code, out, _ = run("camera", "send", url, "--hex", "8101060500ff")
    assert code == 1 and "refused" in out
    code, out, _ = run("camera", "send", url, "--hex", "81 01 04 4B 00 00 00 07 FF")
    assert code == 0 and cameras.bodies[1].settings["iris"] == 7
    longest = "81 01 06 20 " + "00 " * 12 + "FF"  # 17 bytes, as two five-nibble axes take
    assert run("camera", "send", url, "--hex", longest)[0] == 1, "the camera refuses it, and not cuelang"
    for wrong in ("hello", "81 01", "01 02 FF", "81 FF 01 FF", "81 " + "00 " * 20 + "FF", "88 30 01 FF"):
        code, out, err = run("camera", "send", url, "--hex", wrong)
        assert (code, out) == (2, "") and "81 01 06 05 FF" in err, wrong
    assert run("camera", "send", url)[0] == 2


def test_mistakes_of_a_statement_show_what_was_typed(run) -> None:
    Path("night.cues").write_text(RIG.format("sim://foh"))
    code, _, err = run("camera", "send", "foh", "--rig", "night.cues", "move to throne")
    assert code == 1 and "“foh”" in err and "throne" in err
    assert "statement:1:9" in err and "1 | move to throne\n" in err and "move foh" not in err.split("hint")[0]
    code, _, err = run("camera", "send", "sim://x", "move to throne")
    assert code == 1 and "“it”" not in err and "move it" not in err.split("hint")[0] and "he camera" in err
    code, _, err = run("camera", "send", "sim://x", "zoom it to 150%")
    assert code == 1 and "statement:1:12" in err and "1 | zoom it to 150%" in err


def test_learn_says_why_a_camera_taught_nothing(run, dead_port: int) -> None:
    Path("night.cues").write_text(RIG.format(f"visca+tcp://127.0.0.1:{dead_port}"))
    code, _, err = run("camera", "learn", "night.cues", "--yes")
    assert code == 1 and "foh wide: connection refused" in err


def test_reset_wants_to_be_meant(run, cameras: Cameras) -> None:
    url, body = cameras.urls[0], cameras.bodies[0]
    body.settings["iris"] = 3
    code, _, err = run("camera", "reset", url, "settings")
    assert code == 2 and "--yes-really" in err and body.settings["iris"] == 3
    assert run("camera", "reset", url, "settings", "--yes-really")[0] == 0
    assert body.settings["iris"] == 12


def test_what_is_gated_is_not_sent_by_its_row_alone(cameras: Cameras) -> None:
    from cuelang.technician.session import camera_at, opened

    async def asked() -> str:
        async with opened(camera_at(cameras.urls[0])) as session:
            return (await session.say("settings.reset")).outcome

    cameras.bodies[0].settings["iris"] = 3
    assert clock.run(asked()) == "refused" and cameras.bodies[0].settings["iris"] == 3


RIG = """\
show "Night"
camera foh "{}"
    preset wide = 1  # everything
cue 1
    move foh to wide
"""


def test_learn_asks_writes_and_leaves_the_rest(run, cameras: Cameras) -> None:
    cameras.bodies[0].presets[1] = StoredPreset(29, 14, 200)
    sheet = Path("night.cues")
    sheet.write_text(RIG.format(cameras.urls[0]))
    code, _, err = run("camera", "learn", "night.cues")
    assert code == 2 and "foh" in err and "--yes" in err
    code, _, err = run("camera", "learn", "night.cues", "--yes", "--on-air", "foh")
    assert code == 1 and "foh is on program and was skipped." in err
    code, out, _ = run("camera", "learn", "night.cues", "--yes", "--dry-run")
    assert code == 0 and "+    preset wide = 1 at pan" in out and sheet.read_text() == RIG.format(cameras.urls[0])
    assert run("camera", "learn", "night.cues", "foh", "--yes")[0] == 0
    assert "preset wide = 1 at pan 2deg tilt 1deg zoom 1.22%  # everything\n" in sheet.read_text()
    code, out, _ = run("preflight", "night.cues", "--walk", "--yes")
    assert code == 0 and "1 of 1" in out and "Signature" in out
    cameras.bodies[0].presets[1] = StoredPreset(60, 14, 200)
    code, out, _ = run("preflight", "night.cues", "--walk", "--yes", "--json")
    found = json.loads(out)
    assert code == 1 and found["ready"] is False
    assert found["cameras"][0]["wrong"] == ["Preset wide: pan 4.2° instead of 2°."]


def test_wrong_words_are_said_so(run) -> None:
    Path("night.cues").write_text(RIG.format("sim://foh"))
    Path("venue.toml").write_text("the address of the venue")
    for words, says in (
        (("camera",), "usage"),
        (("camera", "inspect", "nowhere"), "does not begin with one of"),
        (("camera", "inspect", "fho", "--rig", "night.cues"), "Did you mean “foh”?"),
        (("camera", "inspect", "sim://foh", "--model", "sony"), "Unknown model “sony”"),
        (("camera", "restore", "none.toml", "sim://foh"), "File not found: none.toml"),
        (("camera", "learn", "night.cues", "fho"), "Did you mean “foh”?"),
        (("preflight", "none.cues"), "File not found: none.cues"),
        (("preflight", "night.cues", "--on-air", "left"), "unknown camera"),
        (("camera", "send", "sim://foh", "wait 3s"), "Expected one camera statement"),
        (("camera", "calibrate", "sim://foh"), "--yes"),
        (("camera", "calibrate", "sim://foh", "--out", "foh.model"), "must end in .toml"),
        (("camera", "calibrate", "sim://foh", "--yes", "--out", "venue.toml"), "is not valid TOML"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, "") and says in err, words


def test_a_preflight_of_simulated_cameras(run) -> None:
    Path("night.cues").write_text(RIG.format("visca+udp://10.0.0.21"))
    code, out, _ = run("preflight", "night.cues", "--simulate")
    assert code == 0 and "No findings: every camera is ready." in out


def test_a_snapshot_is_a_file_here(run) -> None:
    code, out, _ = run("camera", "send", "sim://foh", 'snapshot save "stills"')
    assert code == 0 and "snapshot: completed" in out
    (picture,) = Path("stills").iterdir()
    assert picture.read_bytes()[:2] == b"\xff\xd8"


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_camera_moving(cameras: Cameras, ending: signal.Signals) -> None:
    body = cameras.bodies[1]
    program = "import sys; from cuelang.cli.parser import main; sys.exit(main())"
    words = [sys.executable, "-c", program, "camera", "send", cameras.urls[1], "drive right speed 1"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "completed" in process.stdout.readline()
    assert "Ctrl-C" in process.stdout.readline()
    assert body.pan.moving(10**9 + body.pan._begun)
    process.send_signal(ending)
    _, err = process.communicate(timeout=50)
    assert "Traceback" not in err and process.returncode != 0
    assert body.pan.at(10**18) == body.pan.target and body.pan._takes == 0
