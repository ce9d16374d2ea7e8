"""What a show needs of its cameras' web sides is asked before doors, and what a camera cannot do is not a finding."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from cuelang import clock, rig
from cuelang.address import parse
from cuelang.devices.pelco import PelcoCamera
from cuelang.devices.picture_store import NullStore
from cuelang.devices.sony_line import SonyLine
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import InProcess, WebEnd
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.http_auth import HttpAuth
from cuelang.simulator.serve import CameraServer, attach, serve
from cuelang.technician import probe, webside
from cuelang.technician.onair import OnAirReport
from cuelang.technician.preflight import Checked, preflight
from cuelang.technician.preflight_paper import as_text
from cuelang.transports import Nobody
from cuelang.transports.memory import MemoryEnd, pair
from tests.models.known import known
from tests.ports import free_port
from tests.technician.test_preflight import plan_of

NOBODY = OnAirReport({})


@pytest.fixture
async def camera() -> AsyncIterator[CameraServer]:
    """A VISCA camera whose HTTP interface requires a login."""
    server = await serve(
        parse(f"visca+udp://127.0.0.1:{free_port()}"),
        DEFAULT,
        "foh",
        http=f"http://127.0.0.1:{free_port()}",
        guard=HttpAuth("admin", "secret"),
    )
    yield server
    await server.close()


def sheet(server: CameraServer, statement: str, http: str = "", model: str = "") -> str:
    web = http or (server.web.url if server.web is not None else "")
    lines = [f'camera foh "{server.url}"', f'    http "{web}"', '    login "admin" from "FOH_PASSWORD"']
    lines += [f'    model "{model}"'] if model else []
    return "\n".join([*lines, "cue 1", f"    {statement}", ""])


async def checked(text: str) -> Checked:
    (found,) = await preflight(plan_of(text), NOBODY)
    return found


SHOWS = ['booth foh photos every 1s save "pics"', 'snapshot foh save "pics"', "track foh on"]


@pytest.mark.parametrize("statement", SHOWS)
async def test_a_web_side_that_is_needed_and_not_there_is_a_finding(camera: CameraServer, statement: str) -> None:
    found = await checked(sheet(camera, statement, http=f"http://127.0.0.1:{free_port()}"))
    (wrong,) = found.wrong
    assert "connection refused" in wrong and "The show needs it for" in wrong and ".." not in wrong
    assert (found.answers, found.web) == ("yes", "NO")


@pytest.mark.parametrize("statement", SHOWS)
async def test_a_login_that_is_refused_and_one_that_is_not_set_are_told_apart(
    camera: CameraServer, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FOH_PASSWORD", raising=False)
    (unset,) = (await checked(sheet(camera, statement))).wrong
    assert "the environment variable FOH_PASSWORD is not set" in unset
    monkeypatch.setenv("FOH_PASSWORD", "wrong")
    (refused,) = (await checked(sheet(camera, statement))).wrong
    assert "rejected the login “admin” from FOH_PASSWORD" in refused and "wrong" not in refused
    monkeypatch.setenv("FOH_PASSWORD", "secret")
    found = await checked(sheet(camera, statement))
    assert (found.wrong, found.web) == ([], "yes")


async def test_a_web_side_that_no_cue_needs_is_no_finding(
    camera: CameraServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOH_PASSWORD", "wrong")
    for http in ("", f"http://127.0.0.1:{free_port()}"):
        found = await checked(sheet(camera, "move foh home", http=http))
        assert (found.wrong, found.web) == ([], "–")


async def test_a_trigger_s_picture_needs_the_web_side_too(camera: CameraServer) -> None:
    text = sheet(camera, "move foh home", http=f"http://127.0.0.1:{free_port()}")
    found = await checked(text + 'on key "s" snapshot foh save "pics"\n')
    assert found.web == "NO" and "snapshots" in found.wrong[0]


async def test_the_web_side_says_which_model_it_is(camera: CameraServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOH_PASSWORD", "secret")
    right = await checked(sheet(camera, "move foh home", model="ptzoptics-move-4k-20x"))
    assert camera.body.model is DEFAULT
    camera.body.model = known("ptzoptics-move-4k-20x")
    right = await checked(sheet(camera, "move foh home", model="ptzoptics-move-4k-20x"))
    assert (right.wrong, right.model) == ([], "agrees")
    assert right.json["device"] == {
        "name": "foh", "model": "PTZOptics Move 4K 20x", "firmware": "simulated", "serial": "SIM-foh",
    }  # fmt: skip
    camera.body.model = known("ptzoptics-move-4k-12x")
    wrong = await checked(sheet(camera, "move foh home", model="ptzoptics-move-4k-20x"))
    assert wrong.model == "WRONG"
    assert wrong.wrong == [
        "The rig says PTZOptics Move 4K 20x; the camera's HTTP interface reports PTZOptics Move 4K 12x."
    ]


@pytest.mark.parametrize(
    ("said", "agrees"),
    [
        ("PTZOptics Move 4K 20x", True), ("PT20X-4K-GY-G3", None), ("PT12X-SDI", False), ("Link 4K 20X", False),
        ("V71UVS", None), ("", None), ("move 4k 30X", False),
    ],
)  # fmt: skip
def test_a_model_s_name_is_compared_as_far_as_it_tells(said: str, agrees: bool | None) -> None:
    model = known("ptzoptics-move-4k-20x")
    assert model is not None and webside.agrees(model, said) is agrees


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"devname": "nave", "devtype": "Move 4K", "versioninfo": "6.3.40", "serial_num": "A1"},
         "Move 4K “nave”, firmware 6.3.40, serial A1"),
        ({"Response.data.device_model": "PT20X", "Response.data.soft_version": "2.0"}, "PT20X, firmware 2.0"),
        ({"colour": "red"}, ""),
    ],
)  # fmt: skip
def test_firmwares_name_their_facts_differently(fields: dict[str, str], text: str) -> None:
    assert webside.identity_of(fields).text == text


# --- what a protocol or a model has not ----------------------------------------------------------------------------


def simulated(text: str, *, visit: bool = False) -> tuple[Sequence[Checked], str]:
    plan = plan_of(text)

    async def main() -> list[Checked]:
        pictures = rig.PictureOptions(NullStore())
        drivers = {camera.name: rig.simulated(camera, pictures=pictures) for camera in plan.cameras}
        return await preflight(plan, NOBODY, visit=visit, drivers=drivers)

    found = clock.run(main(), kind="virtual")
    return found, as_text(found, "Night", "today", NOBODY)


RIGS = {
    "pelco": 'camera old "pelco-d:///dev/ttyUSB0?address=3"\n    preset wide = 1\n',
    "cgi": 'camera old "cgi://10.0.0.9"\n    preset wide = 1\n',
    "sony without a lamp": 'camera old "sony://10.0.0.9"\n    model "sony-srg-300h"\n    preset wide = 1\n',
}


@pytest.mark.parametrize("rig_of", RIGS.values(), ids=RIGS.keys())
@pytest.mark.parametrize("visit", [False, True], ids=["look", "walk"])
def test_what_a_camera_has_not_is_a_dash_and_no_finding(rig_of: str, visit: bool) -> None:
    (found,), paper = simulated(rig_of + "cue 1\n    move old to wide\n", visit=visit)
    assert (found.tally, found.wrong) == ("–", [])
    assert "Tally(" not in paper and "mode=" not in paper and "No findings" in paper


def test_a_picture_of_a_camera_on_cgi_is_asked_for() -> None:
    (found,), _ = simulated('camera old "cgi://10.0.0.9"\ncue 1\n    snapshot old save "pics"\n')
    assert (found.answers, found.web, found.wrong) == ("yes", "yes", [])


def test_the_table_fits_a_terminal() -> None:
    text = "".join(f'camera {name} "visca+udp://10.0.0.2{n}"\n' for n, name in enumerate(("foh", "left", "right")))
    _, paper = simulated(text + "cue 1\n    move foh, left, right home\n")
    assert max(map(len, paper.splitlines()[:-1])) <= 80
    assert "visca+udp://10.0.0.21:1259" in paper


# --- the line ------------------------------------------------------------------------------------------------------


def on_line(faults: Faults, url: str = "visca+udp://10.0.0.21") -> Checked:
    plan = plan_of(f'camera foh "{url}"\ncue 1\n    move foh home\n')

    async def main() -> Checked:
        near, far = pair()
        headed = url.startswith("sony")
        attach(far, Body(DEFAULT), faults, scheme="sony" if headed else "visca+udp")
        driver = ViscaCamera("foh", SonyLine(near) if headed else near, DEFAULT, keepalive=None)
        (found,) = await preflight(plan, NOBODY, drivers={"foh": driver})
        return found

    return clock.run(main(), kind="virtual")


def test_lost_packets_are_called_lost_and_not_slow() -> None:
    wrong = on_line(Faults.parse("loss=20%,latency=2ms")).wrong
    assert any("inquiries had to be repeated: packets are lost" in text for text in wrong), wrong
    assert not any("slow" in text for text in wrong)
    assert on_line(Faults.parse("latency=2ms")).wrong == []


@pytest.mark.parametrize("url", ["visca+udp://10.0.0.21", "sony://10.0.0.21"])
def test_replies_that_come_twice_are_told(url: str) -> None:
    found = on_line(Faults.parse("duplicate=100%,latency=2ms"), url)
    assert found.wrong == [] and any("belonged to none of" in note for note in found.notes), found.notes
    assert not any("belonged" in note for note in on_line(Faults.parse("latency=2ms"), url).notes)


def test_a_silent_camera_is_said_once_with_what_to_do() -> None:
    (wrong,) = on_line(Faults(silent=True)).wrong
    assert wrong.startswith("It does not answer") and wrong.count("does not answer") == 1
    assert ".." not in wrong and "?." not in wrong and "`cuelang camera probe 10.0.0.21`" in wrong


async def test_a_port_that_is_not_plugged_in_is_a_question_with_one_mark() -> None:
    found = await checked('camera foh "visca+serial:///dev/no-such-port"\ncue 1\n    move foh home\n')
    assert found.wrong == ["It does not answer: there is no port /dev/no-such-port; is it plugged in?"]


async def test_another_protocol_is_not_a_broken_tally(camera: CameraServer) -> None:
    port = camera.url.rpartition(":")[2]
    found = await checked(f'camera foh "sony://127.0.0.1:{port}"\ncue 1\n    move foh home\n')
    assert found.tally == "–"
    assert len(found.wrong) == 1, found.wrong
    (wrong,) = found.wrong
    assert f"`cuelang camera probe 127.0.0.1:{port}` finds the protocol" in wrong


def pelco(at: int, visit: bool = False) -> Checked:
    """A dome with the address 3 on the line, and the show asks for the one at `at`."""
    plan = plan_of(
        f'camera dome "pelco-d:///dev/ttyUSB0?address={at}"\n    preset wide = 1\ncue 1\n    move dome to wide\n'
    )

    async def main() -> Checked:
        near, far = pair()
        attach(far, Body(DEFAULT), address=3, scheme="pelco-d")
        driver = PelcoCamera("dome", near, "pelco-d", address=at, keepalive=None)
        (found,) = await preflight(plan, NOBODY, visit=visit, drivers={"dome": driver})
        return found

    return clock.run(main(), kind="virtual")


def test_a_dome_answers_only_if_it_does() -> None:
    assert pelco(3).answers == "yes" and pelco(3).json["answers"] is True
    missing = pelco(4)
    assert (missing.answers, missing.json["answers"], missing.wrong) == ("not heard", None, [])
    assert any("no reply came; not every" in note for note in missing.notes)


class Babble(Nobody):
    """Another kind of device at the end of the line."""

    def __init__(self, far: MemoryEnd) -> None:
        self.far = far

    def line_data(self, data: bytes) -> None:
        self.far.send(b"rubbish")


def test_bytes_that_are_not_pelco_are_told() -> None:
    plan = plan_of('camera dome "pelco-d:///dev/ttyUSB0?address=3"\ncue 1\n    move dome to preset 1\n')

    async def main() -> Checked:
        near, far = pair()
        far.listener = Babble(far)
        await far.open()
        driver = PelcoCamera("dome", near, "pelco-d", address=3, keepalive=None)
        (found,) = await preflight(plan, NOBODY, drivers={"dome": driver})
        return found

    notes = clock.run(main(), kind="virtual").notes
    assert any("that are not Pelco: is the baud rate right?" in note for note in notes), notes


def test_a_dome_that_answers_is_visited_as_far_as_it_can_be() -> None:
    found = pelco(3, visit=True)
    assert found.wrong == [] and [visit.name for visit in found.visits] == ["wide"]
    assert "at an unknown position" in found.visits[0].note
    assert pelco(4, visit=True).presets == "not visited"


async def test_probe_shows_who_the_web_side_says_it_is() -> None:
    server = await serve(parse(f"cgi://127.0.0.1:{free_port()}"), known("ptzoptics-move-4k-20x"), "nave")
    try:
        (found,) = await probe.probe([server.url])
        assert found.answers and (found.name, found.model) == ("nave", "PTZOptics Move 4K 20x")
        assert found.serial == "SIM-nave" and found.latency_ms is not None
        shown = probe.as_text([found])
        assert "PTZOptics Move 4K 20x “nave”" in shown and "does not identify itself" not in shown
    finally:
        await server.close()


def test_the_web_end_s_own_answer_is_read() -> None:
    async def main() -> webside.Identity:
        return (await webside.who(InProcess(WebEnd(Body(DEFAULT, "foh")))))[1]

    found = clock.run(main(), kind="virtual")
    assert found.name == "foh" and found.serial == "SIM-foh" and NO_FAULTS is not None
