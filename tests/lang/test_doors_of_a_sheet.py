"""What a sheet may name outside itself: folders to save in, and variables that hold passwords."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import address
from cuelang.cli.parser import main
from cuelang.devices.picture_store import FolderStore
from cuelang.lang.folders import problem
from tests.lang.compiling import check


@pytest.mark.parametrize("what", ["booth foh photos every 2s", "booth foh videos length 3s", "snapshot foh"])
@pytest.mark.parametrize(
    ("folder", "wrong"),
    [
        ("../x", True), ("/tmp/x", True), ("a/../../x", True), ("..", True), ("C:/x", True), (r"..\\x", True),
        (r"a\nb", True), ("x" * 300, True), (r"\\\\host\\share", True), (r"a\u0000b", True),
        ("shots/../x", False), ("tonight", False), ("a/b/c", False), ("..x", False), ("Große Bühne", False),
    ],
)  # fmt: skip
def test_what_is_saved_is_saved_in_the_sheet_s_folder(what: str, folder: str, wrong: bool) -> None:
    check(f"""
        cue 1
            {what} save "{folder}"{"        ### E302" if wrong else ""}
    """)


@given(st.text(max_size=30) | st.lists(st.sampled_from(["..", ".", "a", "/", "b/"])).map("/".join))
def test_what_the_check_takes_the_show_takes_too(name: str) -> None:
    base = Path("/nowhere/sheet").resolve()  # with a drive where there are drives
    if not problem(name):
        assert (base / name).resolve().is_relative_to(base)
        name.encode()


@pytest.mark.skipif(os.name == "nt", reason="the rights of a file")
def test_pictures_are_their_owner_s(tmp_path: Path) -> None:
    kept = FolderStore(tmp_path)._keep("booth", "one", ".jpg", b"x")
    assert (tmp_path / kept).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("FOH_PASSWORD", True), ("OSC_PASSCODE", True), ("DESK_PIN", True), ("AWS_SECRET", False), ("PATH", False),
        ("PASSWORD", False), ("GITHUB_TOKEN", False), ("CUELANG_PIN", False), ("MY_PASSWORD_FILE", False), ("", False),
    ],
)  # fmt: skip
def test_a_password_comes_only_from_what_is_called_one(name: str, may: bool) -> None:
    mark = "" if may else "        ### E302"
    check(f"""
        camera mid "visca+udp://10.0.0.24"
            login "admin" from "{name}"{mark}
        input desk "osc+udp://127.0.0.1:53000"
            passcode from "{name}"{mark}
        cue 1
            move mid home
    """)
    assert address.may_hold_a_password(name) == may


def test_another_one_is_allowed_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "night.cues"
    sheet.write_text(
        'camera foh "visca+udp://10.0.0.21"\n    login "admin" from "HOUSE_KEY"\ncue 1\n    move foh home\n'
    )
    assert main(["check", str(sheet)]) == 1
    assert "--allow-env NAME" in capsys.readouterr().err
    assert main(["check", str(sheet), "--allow-env", "HOUSE_KEY"]) == 0
    assert main(["check", str(sheet), "--allow-env", "ANOTHER"]) == 1
    assert main(["plan", str(sheet), "--allow-env", "HOUSE_KEY"]) == 0
    address.allow_passwords_in(())
