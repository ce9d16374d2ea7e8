"""The simulated camera's web end: conversations with a pure end, and with a server over loopback by a bare client."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from yarl import URL

from cuelang import clock
from cuelang.address import Address
from cuelang.models import DEFAULT
from cuelang.protocols import cgi
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import FAILED, InProcess, WebEnd, serve_web, undrawn
from cuelang.simulator.http_auth import HttpAuth
from cuelang.simulator.http_end import HttpReply
from cuelang.simulator.serve import serve
from cuelang.transports.http import HttpCamera
from cuelang.units import NS

EVENING = datetime(2026, 1, 1, 19, 30, tzinfo=UTC)
PTZ, PARAM = "/cgi-bin/ptzctrl.cgi?", "/cgi-bin/param.cgi?"
LATER = 60 * NS


class Camera:
    """A pure end whose time only the test advances."""

    def __init__(self, **options: object) -> None:
        self.body = Body(DEFAULT, "foh")
        self.end = WebEnd(self.body, **options)  # type: ignore[arg-type]  # as WebEnd has them
        self.now = 0

    def ask(self, path: str, method: str = "GET") -> HttpReply:
        return self.end.answer(method, path, self.now, EVENING + timedelta(microseconds=self.now // 1000))

    def tell(self, words: str) -> str:
        reply = self.ask(words if words.startswith("/") else PTZ + words)
        return {404: "unknown"}.get(reply.status) or cgi.parse(reply.make()).fields["Response.Result"]

    def until(self, seconds: float) -> None:
        self.now = round(seconds * NS)
        while self.end.due is not None and self.end.due <= self.now:
            due = self.end.due
            self.end.wake(due, EVENING + timedelta(microseconds=due // 1000))

    @property
    def place(self) -> tuple[int, int, int]:
        later = self.now + LATER
        return self.body.pan.at(later), self.body.tilt.at(later), self.body.zoom.at(later)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("ptzcmd&abs&24&20&F670&FE51", (-2448, -431, 0)),
        ("ptzcmd&abs&5&5&0064&0032", (100, 50, 0)),
        ("ptzcmd&rel&24&20&FF9C&000A", (-100, 10, 0)),
        ("ptzcmd&zoomto&7&4000", (0, 0, 0x4000)),
        ("ptzcmd&zoomin&7", (0, 0, 0x4000)),
        ("ptzcmd&left&10&10", (-2448, 0, 0)),
        ("ptzcmd&rightup&10&10", (2448, 1296, 0)),
    ],
)
def test_orders_that_move(words: str, place: tuple[int, int, int]) -> None:
    camera = Camera()
    assert camera.tell(words) == "Success"
    assert camera.place == place


def test_a_drive_is_stopped() -> None:
    camera = Camera()
    camera.tell("ptzcmd&left&24&20")
    camera.tell("ptzcmd&zoomin&7")
    camera.until(1)
    assert camera.tell("ptzcmd&ptzstop&1&1") == camera.tell("ptzcmd&zoomstop&0") == "Success"
    pan, tilt, zoom = camera.place
    assert -2448 < pan < 0 and tilt == 0 and 0 < zoom < 0x4000


def test_presets_are_stored_and_recalled_at_a_speed() -> None:
    camera = Camera()
    camera.tell("ptzcmd&abs&24&20&0100&0080")
    camera.until(10)
    assert camera.tell("ptzcmd&posset&7") == "Success"
    camera.tell("ptzcmd&home")
    camera.until(20)
    slow = PTZ + "post_preset&poscallwithspeed=7&panspeed=1&tiltspeed=1&zoomspeed=1"
    assert camera.ask(slow, "POST").status == 200
    camera.until(20.5)
    assert camera.body.pan.moving(camera.now) and camera.body.preset_speed == 24
    assert camera.place == (0x100, 0x80, 0)


def test_presets_that_no_camera_has_are_refused() -> None:
    assert Camera().tell("ptzcmd&posset&95") == Camera().tell("ptzcmd&poscall&92") == "Failed"


@pytest.mark.parametrize(("generation", "new", "old"), [("g3", True, False), ("g2", False, True), ("any", True, True)])
def test_auto_tracking_by_the_path_of_its_generation(generation: str, new: bool, old: bool) -> None:
    for known, on, off in (
        (new, PARAM + "set_overlay&autotracking&on", PARAM + "set_overlay&autotracking&off"),
        (old, PTZ + "post_image_value&autotrack&2", PTZ + "post_image_value&autotrack&3"),
    ):
        camera = Camera(generation=generation)
        assert camera.tell(on) == ("Success" if known else "unknown")
        assert camera.body.tracking is known
        camera.tell(off)
        assert not camera.body.tracking


def test_focus_menu_and_who_are_you() -> None:
    camera = Camera()
    camera.tell(PARAM + "ptzcmd&lock_mfocus")
    assert camera.body.focus_locked and camera.tell("ptzcmd&focusin&3") == "Failed"
    camera.tell(PARAM + "ptzcmd&unlock_mfocus")
    assert camera.tell("ptzcmd&focusin&3") == camera.tell(PARAM + "set_focus&one_shot_focus") == "Success"
    camera.tell(PARAM + "navigate_mode&OSD")
    assert camera.body.menu is not None
    camera.tell(PARAM + "navigate_mode&PTZ")
    assert camera.body.menu is None
    assert cgi.parse(camera.ask(PARAM + "get_device_conf").make()).fields["devname"] == "foh"


def test_every_request_of_the_table_is_known_to_the_end() -> None:
    low: dict[str, Any] = {row.id: {param.name: max(param.low, 1) for param in row.params} for row in cgi.ROWS}
    for row in cgi.ROWS:
        if row.id not in ("booth.photo", "booth.video") and not row.id.startswith("image."):  # those have their test
            reply = Camera().ask(cgi.request(row.id, **low[row.id]).path, row.method)
            assert reply.status == 200, row.id
            assert reply.make() != FAILED.encode() or row.id == "zoom.stop", row.id


def test_in_standby_it_refuses_what_moves_and_still_says_who_it_is() -> None:
    camera = Camera()
    camera.body.power_off(0)
    assert camera.tell("ptzcmd&home") == camera.tell("/cgi-bin/booth.cgi?0&4&1&photo&0") == "Failed"
    assert camera.ask(PARAM + "get_device_conf").status == 200


def test_a_snapshot_is_a_jpeg_of_this_instant() -> None:
    camera = Camera()
    here = camera.ask("/snapshot.jpg")
    assert Image.open(BytesIO(here.make())).format == "JPEG"
    camera.tell("ptzcmd&abs&24&20&0200&0000")
    camera.until(10)
    assert camera.ask("/snapshot.jpg").make() != here.make()


def test_four_photos_one_after_the_other() -> None:
    camera = Camera()
    assert camera.tell("/cgi-bin/booth.cgi?0&4&2&photo&0") == "Success"
    assert camera.tell("/cgi-bin/booth.cgi?0&4&2&photo&0") == "Failed", "one run at a time"
    there = []
    for second in (1.9, 2, 4, 6, 8):
        camera.until(second)
        there.append(sum(camera.ask(f"/photo{number}.jpg").status == 200 for number in range(1, 5)))
    assert there == [0, 1, 2, 3, 4]
    assert camera.end.due is None


def test_a_photo_shows_what_was_there_when_it_was_taken() -> None:
    camera = Camera()
    camera.tell("/cgi-bin/booth.cgi?0&4&1&photo&0")
    camera.until(1)
    first = camera.ask("/photo1.jpg").make()
    camera.tell("ptzcmd&abs&24&20&0400&0000")
    camera.until(4)
    assert camera.ask("/photo1.jpg").make() == first
    assert camera.ask("/photo4.jpg").make() != first


def test_the_files_of_a_run_are_gone_when_the_next_begins() -> None:
    camera = Camera()
    camera.tell("/cgi-bin/booth.cgi?0&4&1&photo&0")
    camera.until(5)
    camera.tell("/cgi-bin/booth.cgi?0&4&1&photo&0")
    assert camera.ask("/photo1.jpg").status == 404


def test_a_camera_that_is_switched_off_in_the_middle_takes_no_more() -> None:
    camera = Camera()
    camera.tell("/cgi-bin/booth.cgi?0&4&1&photo&0")
    camera.until(2)
    camera.body.power_off(camera.now)
    camera.until(9)
    assert [camera.ask(f"/photo{number}.jpg").status for number in range(1, 5)] == [200, 200, 404, 404]
    assert camera.end.due is None


def test_a_video_is_an_mp4_of_its_length() -> None:
    camera = Camera()
    assert camera.tell("/cgi-bin/booth.cgi?0&4&1&video&3") == "Success"
    camera.until(3.9)
    assert camera.ask("/video1.mp4").status == 404
    camera.until(16)
    reply = camera.ask("/video4.mp4")
    assert (reply.status, reply.kind) == (200, "video/mp4")
    boxes = _boxes(reply.make())
    assert list(boxes) == [b"ftyp", b"mdat", b"moov"]
    moov = _boxes(boxes[b"moov"][1])
    scale, long = struct.unpack(">II", moov[b"mvhd"][1][12:20])
    assert long / scale == 3
    media = _boxes(_boxes(moov[b"trak"][1])[b"mdia"][1])
    table = _boxes(_boxes(media[b"minf"][1])[b"stbl"][1])
    _, same, count, *sizes = struct.unpack(f">{3 + 6}I", table[b"stsz"][1])
    (at,) = struct.unpack(">I", table[b"stco"][1][8:])
    assert same == 0 and count == 6
    for size in sizes:
        assert Image.open(BytesIO(reply.make()[at : at + size])).format == "JPEG"
        at += size
    assert at == boxes[b"mdat"][0] + len(boxes[b"mdat"][1])


def _boxes(data: bytes) -> dict[bytes, tuple[int, bytes]]:
    """Kind -> where its body begins, and the body."""
    found, at = {}, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        found[kind] = at + 8, data[at + 8 : at + size]
        at += size
    return found


# rubbish


WORDS = st.sampled_from(
    ("ptzcmd", "abs", "left", "zoomto", "7", "24", "F670", "poscall", "255", "99999999999", "-1", "")
)
QUERIES = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=7).map("&".join),
    st.binary(max_size=40).map(lambda data: data.decode("latin-1")),
)


@given(st.sampled_from((PTZ, PARAM, "/cgi-bin/booth.cgi?", "/", "")), QUERIES, st.sampled_from(("GET", "POST", "PUT")))
@example("/", "../../etc/passwd", "GET")
@example("/", "photo1.jpg/../../../etc/passwd", "GET")
@example(PTZ, "ptzcmd&abs&٣&5&0000&0000", "GET")
@example(PTZ, "ptzcmd&abs&24&20&7FFF&7FFF", "GET")
@example(PTZ, "ptzcmd&rel&24&20&7FFF&7FFF", "GET")
@example(PTZ, "ptzcmd&poscall&" + "9" * 5000, "GET")
def test_whatever_is_asked_it_answers_and_stays_within_its_range(path: str, query: str, method: str) -> None:
    camera = Camera(draw=undrawn)
    reply = camera.ask(path + query, method)
    assert reply.status in (200, 404, 405)
    reply.make()
    pan, tilt, zoom = camera.place
    low, high = DEFAULT.pan_range
    assert low <= pan <= high and DEFAULT.tilt_range[0] <= tilt <= DEFAULT.tilt_range[1] and 0 <= zoom <= 0x4000


# over a socket


async def test_a_server_on_loopback() -> None:
    server = await serve_web(WebEnd(Body(DEFAULT, "foh"), draw=undrawn), "127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:

        async def get(path: str) -> tuple[int, str, bytes]:
            async with session.get(URL(server.url + path, encoded=True)) as answer:
                return answer.status, answer.content_type, await answer.read()

        status, _, body = await get(PTZ + "ptzcmd&home")
        assert (status, body) == (200, cgi.SUCCESS.encode())
        status, kind, body = await get("/snapshot.jpg")
        assert (status, kind, body[:2]) == (200, "image/jpeg", b"\xff\xd8")
        for rubbish in ("/", "/..%2f..%2fetc/passwd", "/cgi-bin/ptzctrl.cgi?%00", "/" + "x" * 5000):
            assert (await get(rubbish))[0] == 404
    await server.close()


@pytest.mark.parametrize("header", ["", "Digest", "Digest nonce", "Basic ???", "Basic YTpi", 'Digest username="admin"'])
async def test_nobody_gets_in_without_the_login(header: str) -> None:
    server = await serve_web(WebEnd(Body(DEFAULT, "foh")), "127.0.0.1", 0, HttpAuth("admin", "s3cret"))
    headers = {"Authorization": header} if header else {}
    async with aiohttp.ClientSession() as session, session.get(server.url + "/snapshot.jpg", headers=headers) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Digest realm=")
    await server.close()


@given(st.text(max_size=120), st.sampled_from(("digest", "basic")))
def test_no_rubbish_opens_the_door(header: str, kind: str) -> None:
    guard = HttpAuth("admin", "s3cret", kind)  # type: ignore[arg-type]  # one of the two
    guard.challenges()
    assert not guard.lets_in("GET", "/", f"{kind} {header}")


# in the process, in virtual time


def test_without_a_socket_and_in_virtual_time() -> None:
    async def conversation() -> tuple[int, list[int], str]:
        web = InProcess(WebEnd(Body(DEFAULT, "foh"), draw=undrawn), latency=NS // 100)
        now = clock.current()
        assert (await web.ask("GET", "/cgi-bin/booth.cgi?0&4&9&photo&0")).fine
        await now.sleep_until(36 * NS + NS // 50)
        found = [(await web.ask("GET", f"/photo{number}.jpg")).status for number in range(1, 5)]
        web.gone = True
        gone = await web.ask("GET", "/snapshot.jpg")
        await web.close()
        return now.now() // NS, found, gone.trouble

    assert clock.run(conversation(), kind="virtual") == (37, [200] * 4, "timed_out")


async def test_a_visca_camera_with_its_web_side_and_one_that_has_nothing_else() -> None:
    """Two addresses, one body: what the HTTP interface gets, the VISCA side's body has done."""
    host = {"host": "127.0.0.1", "port": 0}
    both = await serve(Address("visca+udp", "visca", **host), http="http://127.0.0.1:0")  # type: ignore[arg-type]
    alone = await serve(Address("cgi", "cgi", **host))  # type: ignore[arg-type]
    assert both.web is not None and alone.url.startswith("cgi://127.0.0.1:")
    for url, body in ((both.web.url, both.body), (alone.url.replace("cgi:", "http:"), alone.body)):
        client = HttpCamera(url)
        assert (await client.ask("GET", PTZ + "ptzcmd&abs&24&20&0064&0032")).fine
        assert (body.pan.target, body.tilt.target) == (100, 50)
        await client.close()
    with pytest.raises(OSError, match=r"Port \d+ of 127.0.0.1 is in use"):
        await serve(alone.url)
    await both.close()
    await alone.close()
