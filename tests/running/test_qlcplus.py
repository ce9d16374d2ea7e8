"""QLC+, a lighting console of Debian's, plays a chaser of two scenes and fires a cue of a running show with each."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
from pathlib import Path

import pytest

from cuelang.app import RunOptions, run_show
from cuelang.runtime.view import LiveShow
from tests.ports import free_port
from tests.running.test_every_door import until, verdicts

SHEET = """
show "Lights"
    go_window 0s
camera foh "sim://foh"
input lights "osc+udp://127.0.0.1:{port}"
on osc "/0/dmx/0" with > 0.5 go 1
on osc "/0/dmx/1" with > 0.5 go 2
cue 1
    zoom foh to 10%
cue 2
    zoom foh to 20%
"""

WORKSPACE = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE Workspace>
<Workspace xmlns="http://www.qlcplus.org/Workspace" CurrentWindow="VirtualConsole">
 <Engine Autostart="2">
  <InputOutputMap>
   <Universe Name="Universe 1" ID="0">
    <Output Plugin="OSC" UID="127.0.0.1" Line="0">
     <PluginParameters outputIP="127.0.0.1" outputPort="{port}"/>
    </Output>
   </Universe>
  </InputOutputMap>
  <Fixture>
   <Manufacturer>Generic</Manufacturer><Model>Generic</Model><Mode>Generic</Mode>
   <ID>0</ID><Name>Cameras</Name><Universe>0</Universe><Address>0</Address><Channels>2</Channels>
  </Fixture>
  <Function ID="0" Type="Scene" Name="One">
   <Speed FadeIn="0" FadeOut="0" Duration="0"/><FixtureVal ID="0">0,255</FixtureVal>
  </Function>
  <Function ID="1" Type="Scene" Name="Two">
   <Speed FadeIn="0" FadeOut="0" Duration="0"/><FixtureVal ID="0">0,0,1,255</FixtureVal>
  </Function>
  <Function ID="2" Type="Chaser" Name="Both">
   <Speed FadeIn="0" FadeOut="0" Duration="500"/><Direction>Forward</Direction><RunOrder>SingleShot</RunOrder>
   <SpeedModes FadeIn="Default" FadeOut="Default" Duration="Common"/>
   <Step Number="0" FadeIn="0" Hold="0" FadeOut="0">0</Step><Step Number="1" FadeIn="0" Hold="0" FadeOut="0">1</Step>
  </Function>
 </Engine>
</Workspace>
"""


@pytest.mark.skipif(shutil.which("qlcplus") is None, reason="QLC+ is in Debian's qlcplus")
def test_a_chaser_of_qlcplus_fires_cues(tmp_path: Path) -> None:
    port = free_port()
    sheet, workspace = tmp_path / "lights.cues", tmp_path / "lights.qxw"
    sheet.write_text(SHEET.format(port=port))
    workspace.write_text(WORKSPACE.format(port=port))
    fired: list[tuple[str, str, str]] = []

    async def screen(show: LiveShow) -> None:
        console = await asyncio.create_subprocess_exec(
            "qlcplus",
            "--open",
            str(workspace),
            "--operate",
            "--nowm",
            "--nogui",
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await until(lambda: len(verdicts(show)) == 2)
        finally:
            console.kill()
            await console.wait()
            fired.extend(verdicts(show))

    out = io.StringIO()
    assert run_show(RunOptions(str(sheet), log=str(tmp_path / "lights.jsonl")), screen=screen, out=out, err=out) == 0
    assert [(source.rsplit(":")[0], asked, verdict) for source, asked, verdict in fired] == [
        ("osc udp 127.0.0.1", "go 1", "fired"),
        ("osc udp 127.0.0.1", "go 2", "fired"),
    ], out.getvalue()
