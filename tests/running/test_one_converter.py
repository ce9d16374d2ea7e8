"""Several cameras behind one address: a converter from a network to a daisy chain. And logins that are rehearsed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from cuelang import clock
from cuelang.commands import Driver, Job, Tally
from cuelang.plan import Camera
from cuelang.rig import open_driver
from cuelang.simulator import standalone as standin
from cuelang.simulator.serve import CameraServer, serve
from cuelang.source import NOWHERE
from cuelang.transports.http import HttpCamera
from tests.ports import free_port


@pytest.mark.parametrize("scheme", ["visca+udp", "visca+tcp"])
async def test_each_camera_behind_a_converter_is_told_its_own(scheme: str) -> None:
    port = free_port()
    urls = [f"{scheme}://127.0.0.1:{port}?address={number}" for number in (1, 2, 3)]
    servers: list[CameraServer] = [await serve(url) for url in urls]
    drivers: list[Driver] = [open_driver(Camera(f"c{n}", url, None, NOWHERE)) for n, url in enumerate(urls)]
    await asyncio.gather(*(driver.open() for driver in drivers))

    async def done(driver: Driver, command: Tally) -> Job:
        future: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        driver.start(Job(command, clock.current().now(), future.set_result))
        return await asyncio.wait_for(future, 40)

    wanted = [Tally("program"), Tally("off"), Tally("preview")]
    jobs = await asyncio.gather(*(done(driver, tally) for driver, tally in zip(drivers, wanted, strict=True)))
    assert [job.outcome for job in jobs] == ["completed"] * 3
    assert [server.body.tally for server in servers] == [tally.mode for tally in wanted]
    with pytest.raises(ValueError, match="the address 2"):
        await serve(urls[1])
    await asyncio.gather(*(driver.close() for driver in drivers))
    for server in servers:
        await server.close()
    again = await serve(urls[0])  # the socket has been given back
    await again.close()


def _rig(*cameras: Camera) -> Callable[[dict[str, str]], tuple[list[standin.WantedCamera], list[str]]]:
    return lambda environment: standin.of_rig(cameras, environment=environment)


async def test_the_login_of_a_rig_is_asked_for_by_its_simulated_cameras() -> None:
    foh = Camera(
        "foh",
        f"visca+udp://127.0.0.1:{free_port()}",
        None,
        NOWHERE,
        http=f"http://127.0.0.1:{free_port()}",
        login=("admin", "FOH_PASSWORD"),
    )
    web = Camera("web", f"cgi://127.0.0.1:{free_port()}", None, NOWHERE, login=("admin", "FOH_PASSWORD"))
    (one, two), left_out = _rig(foh, web)({"FOH_PASSWORD": "s3cret"})
    assert left_out == []
    for wanted, url in ((one, foh.http), (two, web.url.replace("cgi:", "http:"))):
        server = await serve(wanted.url, http=wanted.http, guard=wanted.guard)
        for password, fine in (("s3cret", True), ("guessed", False)):
            client = HttpCamera(url, ("admin", "FOH_PASSWORD"), {"FOH_PASSWORD": password})
            assert (await client.ask("GET", "/snapshot.jpg", most=1 << 22, within=30_000_000_000)).fine is fine
            await client.close()
        await server.close()


def test_a_login_whose_password_is_not_there_is_said() -> None:
    foh = Camera(
        "foh",
        "visca+udp://127.0.0.1:1259",
        None,
        NOWHERE,
        http="http://127.0.0.1:8080",
        login=("admin", "FOH_PASSWORD"),
    )
    (wanted,), (sentence,) = _rig(foh)({})
    assert wanted.guard is None and "FOH_PASSWORD is not set" in sentence
