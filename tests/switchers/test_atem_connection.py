"""npm's atem-connection, the client that most of the world's ATEM programs are made with, at a simulated ATEM."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from cuelang.simulator.switchers import end_for, serve_switcher

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / ".venv" / "node" / "node_modules" / "atem-connection"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None or not PACKAGE.exists(), reason="not installed: node with npm's atem-connection")
async def test_atem_connection_follows_and_switches() -> None:
    server = await serve_switcher(end_for("atem", {"1": "FOH", "2": "Left", "3": "Right"}, {}), "127.0.0.1", 0)
    client = await asyncio.create_subprocess_exec(
        str(NODE),
        str(HERE / "atem_client.mjs"),
        str(PACKAGE),
        "127.0.0.1",
        str(server.port),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await client.communicate()
    rows = [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]
    assert rows == [
        {"connected": "ATEM Mini Pro", "buses": [1, 2], "names": ["Black", "FOH", "Left", "Right"]},
        {"preview": [1, 3]},
        {"cut": [3, 1]},
        {"program": [2, 1]},
        {"mixing": True},
        {"mixed": [1, 2], "running": False},
    ]
    await server.close()
