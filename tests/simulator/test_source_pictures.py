"""What is on the buses of a simulated switcher: measured in the pixels of its pictures."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from cuelang.commands.switching import BusName, Cut, Dissolve, Preview
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import Switcher
from cuelang.simulator import montage
from cuelang.simulator.shots import Layer, Shot, shot
from cuelang.simulator.switchers import by_hand, end_of, labels_of
from cuelang.source import Source
from cuelang.units import MS

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 40), (40, 60, 200)
LABELS = {
    "sim": ["Cam FOH", "Cam left", "PowerPoint", "Slides + speaker", "All of it", "Split"],
    "obs": ["Cam FOH", "Cam left", "PowerPoint", "Slides + speaker", "All of it", "Split"],
    "atem": ["1", "2", "3", "3010", "6000", "10010"],
    "vmix": ["7", "Cam left", "PowerPoint", "2", "All of it", "Split"],
}
SHEET = """
camera foh "sim://foh"
camera left "sim://left"
switcher vision "{url}"
    source foh = {0}
    source left = {1}
    source slides = {2}
    source pip = {3} shows slides, foh
    source deep = {4} shows pip, left
    source split = {5} shows foh, left
cue 1
    cut to foh
"""


def switcher_of(kind: str) -> Switcher:
    labels = [label if label.isdigit() else f'"{label}"' for label in LABELS[kind]]
    url = "sim://vision" if kind == "sim" else f"{kind}://10.0.0.5"
    found = Compiler(Library()).compile(Source("sunday.cues", SHEET.format(*labels, url=url)))
    assert found.plan is not None, found.diagnostics
    return found.plan.switcher("vision")


def jpeg(colour: tuple[int, int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", (640, 360), colour).save(out, "JPEG", quality=95)
    return out.getvalue()


PICTURES = {"foh": jpeg(RED), "left": jpeg(GREEN)}


class Desk:
    """A simulated switcher of the sheet, with a hand at it."""

    def __init__(self, kind: str) -> None:
        self.switcher = switcher_of(kind)
        self.end = end_of(self.switcher)
        self.labels = labels_of(self.switcher)[0]
        self.now = 0

    def cut(self, source: str) -> None:
        assert by_hand(self.end, Cut(self.labels[source]), self.now) == ""

    def shot(self, bus: BusName = "program") -> Shot:
        found = shot(self.switcher, self.end.mixer, self.labels, bus, self.now)
        assert found is not None
        return found

    def seen(self, bus: BusName = "program") -> Image.Image:
        image = Image.open(BytesIO(montage.drawn(self.shot(bus), PICTURES)))
        assert image.format == "JPEG" and image.size == (640, 360)
        return image.convert("RGB")


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 16 for a, b in zip(pixel, colour, strict=True))


FULL, LOW_RIGHT, ABOVE_IT = (120, 60), (540, 300), (540, 180)


@pytest.mark.parametrize("kind", LABELS)
def test_a_camera_is_its_picture_and_a_source_without_one_a_card(kind: str) -> None:
    desk = Desk(kind)
    desk.cut("foh")
    assert desk.shot().cameras == ("foh",) and near(desk.seen(), FULL, RED)
    desk.cut("slides")
    card = desk.seen()
    assert desk.shot().cameras == () and near(card, FULL, montage.CARD)
    assert len(card.crop((120, 140, 520, 220)).getcolors(1 << 20) or ()) > 20, "its name is written on it"


@pytest.mark.parametrize("kind", LABELS)
def test_a_source_that_shows_others_has_each_of_them(kind: str) -> None:
    desk = Desk(kind)
    desk.cut("split")
    assert desk.shot().cameras == ("foh", "left")
    assert near(desk.seen(), FULL, RED) and near(desk.seen(), LOW_RIGHT, GREEN)
    desk.cut("deep")
    deep = desk.seen()
    assert desk.shot().cameras == ("foh", "left")
    assert near(deep, FULL, montage.CARD), "the slides of what is nested"
    assert near(deep, LOW_RIGHT, GREEN), "left lies over the speaker of the nested source"
    desk.cut("pip")
    assert near(desk.seen(), FULL, montage.CARD) and near(desk.seen(), LOW_RIGHT, RED)


@pytest.mark.parametrize("kind", LABELS)
def test_a_switcher_that_shows_nothing_is_black(kind: str) -> None:
    black = Desk(kind).seen()
    assert near(black, FULL, (0, 0, 0)) and near(black, LOW_RIGHT, (0, 0, 0))


@pytest.mark.parametrize("kind", LABELS)
def test_during_a_mix_both_are_in_it_each_by_its_share(kind: str) -> None:
    desk = Desk(kind)
    desk.cut("foh")
    assert by_hand(desk.end, Dissolve(desk.labels["left"], 1000 * MS), 0) == ""
    for share in (0.0, 0.25, 0.5, 0.75):
        desk.now = round(1000 * MS * share)
        mixed = tuple(round(a + (b - a) * share) for a, b in zip(RED, GREEN, strict=True))
        assert desk.shot().cameras == ("foh", "left")
        assert near(desk.seen(), FULL, mixed), (share, mixed)  # type: ignore[arg-type]
    desk.now = 1000 * MS
    desk.end.wake(desk.now)
    assert desk.shot() == Shot(desk.shot().layer) and near(desk.seen(), FULL, GREEN)
    assert near(desk.seen("preview"), FULL, RED)


def test_preview_is_what_is_on_it_and_nothing_without_studio_mode() -> None:
    desk = Desk("sim")
    assert by_hand(desk.end, Preview("Cam left"), 0) == ""
    assert near(desk.seen("preview"), FULL, GREEN)
    desk.end.mixer.studio_mode = False
    assert shot(desk.switcher, desk.end.mixer, desk.labels, "preview", 0) is None


def test_the_black_input_of_an_atem_is_black_by_any_name() -> None:
    text = 'camera foh "sim://foh"\nswitcher v "atem://10.0.0.5"\n    source foh = 1\n    source dark = 0\n'
    found = Compiler(Library()).compile(Source("a.cues", text + "cue 1\n    cut to dark\n"))
    assert found.plan is not None, found.diagnostics
    switcher = found.plan.switcher("v")
    end = end_of(switcher)
    seen = shot(switcher, end.mixer, labels_of(switcher)[0], "program", 0)
    assert seen is not None
    assert near(Image.open(BytesIO(montage.drawn(seen, {}))).convert("RGB"), FULL, (0, 0, 0))


def test_a_camera_without_a_picture_says_so() -> None:
    desk = Desk("sim")
    desk.cut("foh")
    image = Image.open(BytesIO(montage.drawn(desk.shot(), {"foh": None}))).convert("RGB")
    assert near(image, FULL, montage.CARD) and len(image.getcolors(1 << 20) or ()) > 20


@pytest.mark.parametrize("name", ["講壇", "слайды", "🎥", "שקפים"])
def test_a_name_that_the_font_cannot_write_is_left_out(name: str) -> None:
    plain = Image.open(BytesIO(montage.drawn(Shot(Layer(name)), {}))).convert("RGB")
    assert len(plain.getcolors(1 << 20) or ()) == 1, "no row of empty boxes"
