"""The page over HTTPS: with files, with a certificate of its own, and `remote` that knows it by its fingerprint."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from cuelang.web.listen import BadListenAddress, WebDoor, _listening
from cuelang.web.remote import Remote, Unanswered
from cuelang.web.server import WebServer
from cuelang.web.tls import BadCertificate, Certificate, of_files, of_its_own, read_fingerprint, shown
from tests.program import ran, started
from tests.web.booth import Booth, compiled

pytest.importorskip("cryptography")

OTHER = "AB:" * 31 + "AB"


pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")


@pytest.fixture
def own(tmp_path: Path) -> Certificate:
    return of_its_own(["desk.local", "10.0.0.5", "0.0.0.0", "büro"], tmp_path)


@asynccontextmanager
async def encrypted(certificate: Certificate) -> AsyncIterator[str]:
    """A show whose page is encrypted; its address."""
    booth = Booth(compiled('camera foh "sim://foh"\ncue 1 "Open"\n    zoom foh to 50%\n'))
    sockets = _listening("127.0.0.1", 0)
    booth.server = WebServer(booth.running, booth.clock, "127.0.0.1", {}, (), booth.said.append)
    booth.server.context = certificate.context
    await booth.executor.open()
    await booth.server.open(sockets)
    try:
        yield f"https://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        await booth.server.close()
        await booth.executor.stop_show()
    assert booth.said == []


# --- certificates --------------------------------------------------------------------------------------------


def test_its_own_certificate_stays_the_same_and_is_for_its_owner_alone(own: Certificate, tmp_path: Path) -> None:
    again = of_its_own(["another.name"], tmp_path)
    assert again.fingerprint == own.fingerprint
    if os.name == "posix":
        assert (tmp_path / "page.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["", "nonsense", "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n"])
def test_what_is_left_of_a_damaged_one_is_made_again(own: Certificate, tmp_path: Path, damage: str) -> None:
    (tmp_path / "page.pem").write_text(damage)
    assert of_its_own([], tmp_path).fingerprint != own.fingerprint


def test_files_that_cannot_be_used_are_said(own: Certificate, tmp_path: Path) -> None:
    mine = str(tmp_path / "page.pem")
    assert of_files(mine, mine).fingerprint == own.fingerprint
    other = tmp_path / "other"
    of_its_own([], other)
    (tmp_path / "only.pem").write_text((tmp_path / "page.pem").read_text().partition("-----BEGIN CERT")[0])
    for certificate, key, said in (
        ("/nowhere.pem", None, "cannot be read: No such file"),
        (mine, "/nowhere.key", "cannot be read: No such file"),
        (mine, str(other / "page.pem"), "do not belong together"),
        (str(tmp_path / "only.pem"), None, "not PEM, or incomplete"),
        (__file__, None, "Add --key FILE"),
    ):
        with pytest.raises(BadCertificate, match=said):
            of_files(certificate, key)


def test_a_key_with_a_password_asks_for_none(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    of_its_own([], tmp_path)
    pem = (tmp_path / "page.pem").read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    locked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    with pytest.raises(BadCertificate, match="encrypted"):
        of_files(str(tmp_path / "page.pem"), str(tmp_path / "locked.pem"))


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(BadCertificate, match=r"pip install \"cuelang\[tls\]\".* --certificate FILE"):
        of_its_own([], tmp_path)


def test_a_fingerprint_is_read_as_people_write_it() -> None:
    digits = bytes(range(32))
    for written in (shown(digits), digits.hex(), f"sha256:{digits.hex()}", f"SHA256 Fingerprint={shown(digits)}"):
        assert read_fingerprint(written) == digits
    for wrong in ("", "AB:CD", shown(digits)[:-1], "x" * 64):
        with pytest.raises(ValueError, match="64 hexadecimal digits"):
            read_fingerprint(wrong)


# --- the door ------------------------------------------------------------------------------------------------


def test_what_is_asked_of_the_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    own = WebDoor("https://127.0.0.1:0", {})
    files = WebDoor("auto", {}, certificate=str(tmp_path / "cuelang" / "page.pem"))
    plain = WebDoor("http://127.0.0.1:0", {})
    assert own.fingerprint == files.fingerprint != "" and plain.fingerprint == ""
    for door, scheme in ((own, "https"), (files, "https"), (plain, "http")):
        assert door.listen() == "" and door.url.startswith(f"{scheme}://127.0.0.1:")
        asyncio.run(door.close())
    with pytest.raises(BadListenAddress, match="--key needs --certificate"):
        WebDoor("auto", {}, key="page.key")
    with pytest.raises(BadListenAddress, match="write https://127"):
        WebDoor("http://127.0.0.1:0", {}, certificate="page.pem")
    with pytest.raises(BadListenAddress, match="as in --http https://"):
        WebDoor("ftp://127.0.0.1:0", {})
    with pytest.raises(BadCertificate, match="No such file"):
        WebDoor("auto", {}, certificate=str(tmp_path / "none.pem"))


# --- over the wire -------------------------------------------------------------------------------------------


async def test_page_api_and_websocket_are_encrypted(own: Certificate) -> None:
    async with encrypted(own) as url, aiohttp.ClientSession() as session:
        trusted = aiohttp.Fingerprint(own.fingerprint)
        async with session.get(f"{url}/", ssl=trusted) as answer:
            assert answer.status == 200 and "cuelang" in await answer.text()
        async with session.post(f"{url}/api/go", ssl=trusted, json={}) as answer:
            assert (await answer.json())["verdict"] == "fired"
        async with session.ws_connect(f"{url}/ws", ssl=trusted, headers={"Origin": url}) as page:
            kinds = [json.loads((await page.receive()).data)["type"] for _ in range(2)]
            assert kinds == ["hello", "snapshot"]


async def test_what_is_not_tls_or_says_nothing_holds_up_no_one(own: Certificate) -> None:
    async with encrypted(own) as url, aiohttp.ClientSession() as session:
        port = int(url.rpartition(":")[2])
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not (await asyncio.wait_for(reader.read(), 40)).startswith(b"HTTP")
        async with session.get(f"{url}/api/state", ssl=aiohttp.Fingerprint(own.fingerprint)) as answer:
            assert answer.status == 200
        for _, writer in silent:
            writer.close()


async def test_an_old_version_of_tls_is_refused(own: Certificate) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with encrypted(own) as url:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), ssl=context)


async def test_remote_trusts_the_one_certificate_that_is_named(own: Certificate) -> None:
    async with encrypted(own) as url:
        named = Remote(url, fingerprint=shown(own.fingerprint))
        assert (await asyncio.to_thread(named.order, "go"))["verdict"] == "fired"
        with pytest.raises(Unanswered, match="Nothing was sent"):
            await asyncio.to_thread(Remote(url, fingerprint=OTHER).state)
        with pytest.raises(Unanswered, match=f"--fingerprint {shown(own.fingerprint)}"):
            await asyncio.to_thread(Remote(url).state)


def test_a_show_says_its_fingerprint_and_remote_takes_it(tmp_path: Path, unused_udp_port: int) -> None:
    (tmp_path / "night.cues").write_text('camera foh "sim://foh"\ncue 1 "Open"\n    zoom foh to 50%\n')
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    show = started(
        "run",
        "night.cues",
        "--simulate",
        "--http",
        "https://127.0.0.1:0",
        "--input",
        f"osc+udp://127.0.0.1:{unused_udp_port}",
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert show.stdout is not None
        said = next(line for line in show.stdout if "operator's page" in line)
        url, _, fingerprint = said.partition("page: ")[2].partition(", certificate (SHA-256) ")
        done = ran("remote", "status", "--url", url, "--fingerprint", fingerprint.strip(), text=True)
        assert done.returncode == 0 and "stands by  1  Open" in done.stdout
        wrong = ran("remote", "status", "--url", url, "--fingerprint", "AB", text=True)
        assert wrong.returncode == 2 and "64 hexadecimal digits" in wrong.stderr
    finally:
        show.terminate()
        show.communicate()


def test_certificates_are_for_a_page(tmp_path: Path) -> None:
    (tmp_path / "night.cues").write_text('camera foh "sim://foh"\ncue 1 "Open"\n    zoom foh to 50%\n')
    for words, said in (
        (("--http", "off", "--certificate", "a.pem"), "--http off turns off"),
        (("--key", "a.key"), "--key needs --certificate"),
        (("--http", "http://127.0.0.1:0", "--certificate", "a.pem"), "write https://"),
    ):
        done = ran("run", "night.cues", "--simulate", *words, cwd=tmp_path, text=True)
        assert done.returncode == 2 and said in done.stderr
