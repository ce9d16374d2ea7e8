"""What the language server knows of names: completion, hover, definition, references, rename."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sheets.editing import RIG, Desk, editing

NIGHT = """\
use "globe.cues"
use moves

show "Twelfth Night"
    fps 25

let storm = 12s
output eos "osc+udp://10.0.0.5:8000"
input desk "osc+udp://127.0.0.1:53000"
switcher vision "obs://10.0.0.30"
    source foh = "Cam FOH"
    source slides = "Slides"

define bow(cam, time = 4s)
    for who in wings
        zoom who to 20%
    zoom cam to 80% over time

cue 1 "House open"
    move wings to wide
    bow(foh)

cue 2.5 "The king"
    on osc "/go/2.5" from desk
    standby "Storm of {storm}."
    at 0s     move foh to throne over 2s
    at storm / 2   zoom left to 80% over 3s
    set foh white_balance indoor
    cut to foh
    send eos "/eos/cue/1/fire" 1
    go 1
"""


async def night(desk: Desk, text: str = NIGHT) -> None:
    await desk.start()
    await desk.open("night.cues", text)


@pytest.mark.parametrize(
    ("line", "offered", "not_offered"),
    [
        ("    |", {"move", "zoom", "cut", "at", "bow"}, {"camera", "fps"}),
        ("    at 3s |", {"move", "zoom", "wait", "bow"}, {"camera"}),
        ("    move |", {"foh", "left", "wings", "all"}, {"storm", "by", "eos"}),
        ("    move foh, |", {"foh", "left", "wings", "all"}, {"storm"}),
        ("    move foh |", {"to", "by", "home"}, {"left", "over"}),
        ("    move foh to |", {"wide", "throne", "preset", "pan"}, {"door", "foh"}),
        ("    move left to |", {"wide", "door"}, {"throne"}),
        ("    move wings to |", {"wide", "door", "throne"}, set()),
        ("    move foh to thr|", {"throne"}, {"wide"}),
        ("    move foh to throne |", {"over", "speed", "ease", "live", "arriving"}, {"foh", "every"}),
        ("    move foh to throne over 2s ease |", {"linear", "in", "out", "in_out"}, {"foh"}),
        ("    move foh to throne over |", {"storm"}, {"foh"}),
        ("    set foh |", {"white_balance", "iris", "freeze"}, {"foh"}),
        ("    set foh white_balance |", {"auto", "indoor", "one_push"}, {"foh", "on"}),
        ("    tally foh |", {"program", "preview", "off"}, {"foh"}),
        ("    focus foh |", {"auto", "manual", "snap", "near", "to"}, {"foh"}),
        ("    drive foh |", {"up", "down_left"}, {"foh"}),
        ("    wait |", {"for", "until", "storm"}, {"foh"}),
        ("    wait for |", {"foh", "wings", "go", "osc", "program"}, {"storm"}),
        ("    go |", {"1", "2.5", "next"}, {"foh"}),
        ("    stop cue |", {"1", "2.5"}, {"foh"}),
        ("    start 2|", {"2.5"}, {"1", "next"}),
        ("    send |", {"eos"}, {"desk", "foh"}),
        ("    cut to |", {"foh", "slides"}, {"left"}),
        ("    cut to foh on |", {"vision"}, {"eos"}),
        ("    for cam in |", {"foh", "wings", "all"}, {"storm"}),
        ("    bow(|", {"cam = ", "time = ", "foh", "storm"}, set()),
        ("    bow(foh, time = |", {"storm"}, set()),
        ("    repeat |", {"forever", "storm"}, {"foh"}),
        ("    on |", {"osc", "midi", "every", "key"}, {"move"}),
        ("    on osc \"/x\" from |", {"desk"}, {"eos"}),
        ("    at |", {"storm"}, {"foh"}),
        ("    note \"{st|", {"storm"}, {"move"}),
        ("    # move |", set(), {"foh"}),
        ("|", {"cue", "camera", "section", "define", "on"}, {"move", "fps"}),
        ("on osc \"/a\" |", {"go", "panic", "move", "with", "from"}, {"foh"}),
        ("on midi |", {"note", "control", "program", "bend"}, {"foh"}),
        ("on every |", {"sunday", "weekday"}, {"foh"}),
        ("use |", {"moves", "consoles.eos"}, {"foh"}),
        ("use \"|", {"globe.cues"}, {"moves"}),
        ("group all_three = |", {"foh", "left"}, {"storm"}),
        ("camera right \"|", {"visca+udp://", "sim://"}, {"foh"}),
        ("camera right \"sim://r\"\n    |", {"model", "preset", "boot"}, {"move", "camera"}),
        ("camera right \"sim://r\"\n    model \"ptzoptics-m|", {"ptzoptics-move-4k-20x"}, set()),
        ("define x(cam)\n    move |", {"cam", "foh"}, {"storm"}),
        ("define x(cam)\n    for one in left\n        move one to |", {"door"}, {"throne"}),
    ],
)  # fmt: skip
async def test_completion_offers_what_may_be_written_there(
    tmp_path: Path, line: str, offered: set[str], not_offered: set[str]
) -> None:
    """The line is written at the end, in a cue of its own if it is indented."""
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        whole = f"{NIGHT}\n{'cue 9' if line.startswith('    ') else ''}\n{line}"
        desk.texts["night.cues"] = whole.replace("|", "")
        desk.change("night.cues", [{"text": desk.texts["night.cues"]}])
        found = set(await desk.offers("night.cues", "|"))
        assert offered <= found
        assert not found & not_offered


async def test_what_is_chosen_takes_the_place_of_what_was_begun(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        desk.type("night.cues", "foh to |throne over", "", instead=4)
        found = await desk.at("completion", "night.cues", "foh to ne| over")
        [item] = [one for one in found["items"] if one["label"] == "throne"] or [None]
        assert item is None, "nothing begins with `ne`"
        found = await desk.at("completion", "night.cues", "foh to n|e over")
        assert found["items"] == []
        desk.type("night.cues", "foh to |ne over", "th", instead=2)
        [item] = (await desk.at("completion", "night.cues", "foh to th| over"))["items"]
        assert item["label"] == "throne" and item["detail"] == "preset 4 · pan -30° tilt 5° zoom 60%"
        assert "move foh to throne over 2s" in desk.changed("night.cues", [item["textEdit"]])


async def test_a_macro_comes_with_its_places_to_fill_in_where_the_editor_has_them(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await desk.start({"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}})
        await desk.open("night.cues", NIGHT)
        found = await desk.at("completion", "night.cues", "    |bow(foh)")
        [bow] = [one for one in found["items"] if one["label"] == "bow"]
        assert bow["insertTextFormat"] == 2 and bow["textEdit"]["newText"] == "bow(${1:cam})"


async def test_a_long_list_is_offered_in_parts(tmp_path: Path) -> None:
    cues = "".join(f"cue {number}\n    wait 1s\n" for number in range(1, 1001))
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk, f"{cues}cue 2000\n    go 99\n")
        found = await desk.at("completion", "night.cues", "    go |99")
        assert found["isIncomplete"] and 200 <= len(found["items"]) <= 300
        found = await desk.at("completion", "night.cues", "    go 99|")
        assert not found["isIncomplete"]
        assert [one["label"] for one in found["items"]] == ["99", *map(str, range(990, 1000))]


# --- hover ---


async def said(desk: Desk, around: str) -> str:
    found = await desk.at("hover", "night.cues", around)
    return str(found["contents"]["value"]) if found else ""


async def test_hover_says_where_a_preset_is_how_long_the_way_is_and_the_bytes(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        text = await said(desk, "move foh to thr|one over 2s")
        assert "**foh · throne** — preset 4 · pan -30° tilt 5° zoom 60%" in text
        assert "arrives at 0:02" in text and "from pan 0° tilt 0°" in text
        assert "81 01 06 02" in text
        text = await said(desk, 'cue 2.5 "The| king"')
        assert "**Cue 2.5** — The king: lasts 9s" in text and "foh, left" in text
        assert "`auto`, `indoor`" in await said(desk, "set foh white_bal|ance")
        assert "ptzoptics" in (await said(desk, "move f|oh to throne")).lower()
        assert await said(desk, "    b|ow(foh)") and "bow(cam, time = 4s)" in await said(desk, "    b|ow(foh)")
        assert "12s" in await said(desk, "at sto|rm / 2")
        assert "12s" in await said(desk, "Storm of {sto|rm}")
        assert "Usage" not in await said(desk, "    st|andby") and await said(desk, "    st|andby")


async def test_hover_knows_what_was_typed_a_moment_ago(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        desk.type("night.cues", "at 0s     move foh to throne over |2", "5", instead=1)
        assert "arrives at 0:0" in await said(desk, "move foh to thr|one over 5s")


# --- definition, references, rename ---


async def where(desk: Desk, around: str, question: str = "definition", **more: Any) -> list[str]:
    found = await desk.at(question, "night.cues", around, **more)
    return [
        f"{one['uri'].rpartition('/')[2]}:{one['range']['start']['line'] + 1}:{one['range']['start']['character'] + 1}"
        for one in found
    ]


async def test_definition_goes_to_the_sheet_that_declares(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        assert await where(desk, "move foh to thr|one") == ["globe.cues:6:12"]
        assert await where(desk, "move wings to w|ide") == ["globe.cues:5:12", "globe.cues:9:12"]
        assert await where(desk, "move f|oh to throne") == ["globe.cues:3:8"]
        assert await where(desk, "move win|gs to wide") == ["globe.cues:12:7"]
        assert await where(desk, "    b|ow(foh)") == ["night.cues:14:8"]
        assert await where(desk, "at sto|rm / 2") == ["night.cues:7:5"]
        assert await where(desk, "of {st|orm}") == ["night.cues:7:5"]
        assert await where(desk, "    go |1") == ["night.cues:19:5"]
        assert await where(desk, "send e|os") == ["night.cues:8:8"]
        assert await where(desk, "from d|esk") == ["night.cues:9:7"]
        assert await where(desk, "zoom c|am to") == ["night.cues:14:12"]
        assert await where(desk, "zoom wh|o to") == ["night.cues:15:9"]
        assert await where(desk, "cut to f|oh") == ["globe.cues:3:8"]
        assert await where(desk, 'use "glo|be') == ["globe.cues:1:1"]
        [module] = await where(desk, "use mo|ves")
        assert module == "moves.cues:1:1"


async def test_references_are_found_in_every_sheet_of_the_show(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        context = {"includeDeclaration": True}
        assert await where(desk, "move foh to thr|one", "references", context=context) == [
            "globe.cues:6:12", "night.cues:26:27",
        ]  # fmt: skip
        found = await where(desk, "move f|oh to throne", "references", context={"includeDeclaration": False})
        assert found == [
            "globe.cues:12:21", "night.cues:11:12", "night.cues:21:9", "night.cues:26:20", "night.cues:28:9",
            "night.cues:29:12",
        ]  # fmt: skip


async def renamed(desk: Desk, around: str, name: str) -> dict[str, str]:
    found = await desk.at("rename", "night.cues", around, newName=name)
    return {
        uri.rpartition("/")[2]: desk.changed(uri.rpartition("/")[2], edits) for uri, edits in found["changes"].items()
    }


async def test_a_preset_is_renamed_where_it_is_declared_and_wherever_it_is_used(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        done = await renamed(desk, "move foh to thr|one", "chair")
        assert done == {
            "globe.cues": RIG.replace("throne", "chair"),
            "night.cues": NIGHT.replace("foh to throne", "foh to chair"),
        }


async def test_a_preset_of_several_cameras_keeps_one_name(tmp_path: Path) -> None:
    """`move wings to wide` asks both cameras: to rename it for one would take it from the other."""
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        done = await renamed(desk, "move wings to wi|de", "total")
        assert done["globe.cues"] == RIG.replace("preset wide", "preset total")


async def test_cameras_lets_cues_macros_and_local_names_are_renamed(tmp_path: Path) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        done = await renamed(desk, "move f|oh to throne", "front")
        assert "move front to throne" in done["night.cues"] and "camera front " in done["globe.cues"]
        assert "source front =" in done["night.cues"] and "cut to front" in done["night.cues"]
        assert "group wings = left, front" in done["globe.cues"]
        done = await renamed(desk, "at st|orm / 2", "gale")
        assert "let gale = 12s" in done["night.cues"] and "Storm of {gale}." in done["night.cues"]
        assert "at gale / 2" in done["night.cues"]
        done = await renamed(desk, "    go |1", "1.5")
        assert 'cue 1.5 "House' in done["night.cues"] and "    go 1.5" in done["night.cues"]
        done = await renamed(desk, "    b|ow(foh)", "curtsy")
        assert "define curtsy(cam" in done["night.cues"] and "    curtsy(foh)" in done["night.cues"]
        done = await renamed(desk, "zoom c|am to", "camera_one")
        assert "define bow(camera_one, time" in done["night.cues"] and "zoom camera_one to" in done["night.cues"]


@pytest.mark.parametrize(
    ("around", "name", "why"),
    [
        ("move f|oh to throne", "left", "declared already"),
        ("move f|oh to throne", "move", "keyword"),
        ("move f|oh to throne", "2nd", "not a name"),
        ("move foh to thr|one", "wide", "has a preset"),
        ("    go |1", "2.50", "a cue 2.5 already"),
        ("    go |1", "1A", "not a cue number"),
        ("set foh white_b|alance", "x", "cannot be renamed"),
    ],
)
async def test_a_name_that_cannot_be_is_refused(tmp_path: Path, around: str, name: str, why: str) -> None:
    async with editing(tmp_path, globe=RIG) as desk:
        await night(desk)
        params = {"textDocument": {"uri": desk.uri("night.cues")}, "position": desk.place("night.cues", around)}
        answer = await desk.answer("textDocument/rename", {**params, "newName": name})
        assert why in answer["error"]["message"]
