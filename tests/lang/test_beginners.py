"""A table of beginners' mistakes: each is a sheet with one mistake, and gets one message with what to write instead.

`mistake => part of the message or of the hint`. What is suggested never destroys anything.
"""

from __future__ import annotations

import re

import pytest
from compiling import compiled

from cuelang.lang.parse import parse
from cuelang.lang.words import DESTRUCTIVE
from cuelang.source import Source

SHOW = """\
camera foh "visca+udp://10.0.0.21"
    model "ptzoptics-move-4k-20x"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "visca+udp://10.0.0.22"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
camera right "visca+udp://10.0.0.23"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
group wings = left, right
define bows(cam, time = 3s)
    wait time
    stop cam
output eos "osc+udp://10.0.0.5:8000"
cue 4
    bows(foh)
    stop wings
    send eos "/x"
"""

IN_A_CUE = """
foh to throne                              => `move foh to throne`
foh throne                                 => `move foh to throne`
FOH to throne                              => `move foh to throne`
foh                                        => foh” is a camera
foh program                                => `tally foh program`
foh zoom to 50%                            => `zoom foh to 50%`
wings to wide                              => `move wings to wide`
wings wide over 3s                         => `move wings to wide over 3s`
all to wide                                => `move all to wide`
bows foh                                   => `bows(foh)`
bows foh, 5s                               => `bows(foh, 5s)`
Bows foh                                   => `bows(foh)`
move foh throne                            => `move foh to throne`
move foh throne over 5s                    => `move foh to throne over 5s`
move foh to "throne"                       => `move foh to throne`
move foh left to wide                      => `move foh, left to wide`
move foh and left to wide                  => `move foh, left to wide`
move foh & left to wide                    => commas
move left right to wide                    => `move left, right to wide`
move to wide                               => `move CAMERA to wide`
move foh preset 4                          => `move foh to preset 4`
move foh pan 30deg                         => `move foh to pan 30deg`
move foh 30deg 5deg                        => `move foh to pan 30deg tilt 5deg`
move foh -> throne                         => `move foh to throne`
move foh to wide in 5s                     => `move foh to wide over 5s`
move foh to wide within 5s                 => `move foh to wide over 5s`
move foh to wide duration 5s               => `move foh to wide over 5s`
move foh to wide time 5s speed 3           => over 5s speed 3
move foh to wide sped 5                    => Did you mean `speed`?
move foh to wide.                          => `move foh to wide`
move foh to wide;                          => Remove it
move foh to wide!                          => Remove it
move foh too wide                          => Did you mean `to`?
at 5s move foh throne                      => `at 5s move foh to throne`
at 5s foh to throne                        => foh” is a camera
at 2s take foh                             => `tally CAMERA program`
take foh                                   => `tally CAMERA program`
pgm foh                                    => `tally foh program`
mix foh over 2s                            => `dissolve to foh over 2s`
crossfade foh                              => `dissolve to foh`
auto                                       => `take over 1s`
ftb                                        => `send SWITCHER "black"`
cut foh                                    => `tally foh program`
cut to foh                                 => `tally CAMERA program`
program foh                                => `tally foh program`
preview foh                                => `tally CAMERA program`
pvw foh                                    => `tally foh preview`
tally foh red                              => “program”
tally foh green                            => “preview”
tally foh progam                           => “program”
tally program foh                          => `tally foh program`
tally foh to program                       => `tally foh program`
tally foh left program                     => `tally foh, left program`
tally foh                                  => `program`, `preview` or `off`
pan foh 30deg                              => `move foh to pan 30deg`
pan foh to 30deg                           => `move foh to pan 30deg`
tilt foh 5deg over 3s                      => `move foh to tilt 5deg over 3s`
pan foh left                               => `drive foh left for 2s`
goto foh throne                            => `move foh to throne`
go to foh throne                           => throne`
recall foh throne                          => `move foh to throne`
recall foh 4                               => `move foh to preset 4`
recall preset 4                            => `move CAMERA to preset 4`
moveto foh throne                          => `move foh to throne`
point foh throne                           => `move foh to throne`
goto 4                                     => `go 4`
goto cue 4                                 => `go 4`
fire 4                                     => `go 4`
start cue 4                                => `go 4`
stop 4                                     => `stop cue 4`
go 12A                                     => not a cue number
next                                       => `go next`
tally foh program, left preview            => `only`
repeat forever                             => Indent the block
for cam in foh left                        => `for cam in foh, left`
stop all cameras                           => `stop all`
note it's                                  => double quotation marks
restart cue                                => Usage: restart
move foh to throne slowly                  => `speed`
repeat 3 times:                            => Remove it
loop 3 times                               => `repeat 3 times`
loop                                       => `repeat forever every 10s`
repeat 3                                   => `repeat 3 times`
repeat 3x                                  => `repeat 3 times`
while true                                 => `repeat forever every 10s`
foreach cam in wings                       => `for cam in wings`
for each cam in wings                      => `for cam in wings`
say "hello"                                => `note "hello"`
comment hello                              => `note "hello"`
print "x"                                  => `note "x"`
note hello there                           => `note "hello there"`
standby LX go                              => `standby "LX go"`
standby hello                              => "hello"
stand by "x"                               => `standby "x"`
autofollow                                 => `follow`
auto-follow                                => `follow`
autocontinue                               => `follow`
autofollow 2s                              => `follow after 2s`
follow 2s                                  => `follow after 2s`
postwait 2s                                => `follow after 2s`
prewait 2s                                 => `wait 2s`
pre-wait 2s                                => `wait 2s`
delay 2s                                   => `wait 2s`
sleep 2s                                   => `wait 2s`
pause 2s                                   => `wait 2s`
pause                                      => `wait for go`
wait go                                    => `wait for go`
wait until go                              => `wait for go`
wait for 5s                                => `wait 5s`
wait until foh                             => `wait for foh`
wait 2 s                                   => `2s`
wait 10 sec                                => `10s`
wait 2 seconds                             => `2s`
wait 2 minutes                             => `2m`
wait 1.5 Sekunden                          => `1.5s`
wait 500 ms                                => `500ms`
wait 5sec                                  => `5s`
wait 5secs                                 => `5s`
wait 2min                                  => `2m`
wait 1,5s                                  => `1.5s`
wait 0,5 s                                 => point
wait 1m30s                                 => `1:30`
wait 5S                                    => `5s`
zoom foh to 30% over 5 seconds             => `5s`
zoom foh to 50 %                           => 50%
zoom foh to 50percent                      => `50%`
zoom foh 50%                               => `zoom foh to 50%`
zoom foh 50% over 3s                       => `zoom foh to 50% over 3s`
zoom in foh                                => `zoom foh in`
zoom in foh speed 3                        => `zoom foh in`
zoom foh tele                              => “in”
zoom foh to 4X                             => `4x`
focus foh 500                              => `focus foh to 500`
focus auto foh                             => `focus foh auto`
autofocus foh                              => `focus foh auto`
focus foh af                               => “auto”
move foh to pan 30 deg                     => `30deg`
move foh to pan 30°                        => `30deg`
move foh to tilt 5 °                       => `5deg`
move foh to pan 30 degrees                 => `30deg`
move foh to pan +5deg                      => `5deg`
move foh to pan −5deg                      => hyphen
white balance foh indoor                   => `set foh white_balance indoor`
white balance                              => white_balance
white balance indoor                       => `set CAMERA white_balance indoor`
wb foh outdoor                             => `set foh white_balance outdoor`
set foh white balance indoor               => `set foh white_balance indoor`
set foh whitebalance indoor                => white_balance
set foh white_balance tungsten             => “indoor”
set foh white_balance daylight             => “outdoor”
set foh iris f4                            => 0 to 17
set foh iris to 9                          => `set foh iris 9`
set foh iris = 9                           => `set foh iris 9`
iris foh 9                                 => `set foh iris 9`
set foh color temperature 5600K            => color_temperature
set foh color_temperature 5600k            => `5600K`
track foh                                  => `on` or `off`
track on foh                               => `track foh on`
photo foh                                  => `snapshot foh`
Sunday                                     => Unknown statement
color red                                  => Unknown statement
end                                        => indentation
end if                                     => indentation
endcue                                     => indentation
}                                          => indentation
// a comment                               => Comments start with `#`
-- a comment                               => Comments start with `#`
; a comment                                => Comments start with `#`
/* a comment */                            => Comments start with `#`
rem a comment                              => Comments start with `#`
' a comment                                => Comments start with `#`
stop foh // a comment                      => Comments start with `#`
stop foh ; a comment                       => Comments start with `#`
- stop foh                                 => Remove it
* stop foh                                 => Remove it
1. stop foh                                => Remove it
note 'hello'                               => "hello"
note “hello”                               => straight
note "say "hello" to them"                 => \\"hello\\"
5s move foh to wide                        => `at 5s move foh to wide`
0:05 move foh to wide                      => `at 0:05 move foh to wide`
@5s move foh to wide                       => `at 5s move foh to wide`
@ 5s move foh to wide                      => `at 5s move foh to wide`
after 5s move foh to wide                  => `at 5s move foh to wide`
stop foh, tally foh program                => own line
stop foh and tally foh program             => own line
MOVE foh TO wide                           => must be lowercase
storm = 5s                                 => `let storm = 5s`
set storm = 5s                             => `let storm = 5s`
if 3 = 3                                   => `if 3 == 3`
send eos /eos/go                           => `send eos "/eos/go"`
osc eos "/eos/go"                          => `send eos "/eos/go"`
preset tight = 2                           => under its `camera` line
cue 5 "x"                                  => top level
wait until 9:55am                          => `09:55`
wait until 7:30pm                          => `19:30`
wait until 7pm                             => `19:00`
wait until 19.30                           => `19:30`
wait\u00a02s                               => ordinary space
wait\u30002s                               => ordinary space
wait\u200b2s                               => Delete it
wait ２s                                    => ordinary `2`
wait （2s）                                  => ordinary `(`
move foh to e\u0301cran                    => é
mvoe foh to wide                           => Did you mean `move`?
tlaly foh program                          => Did you mean `tally`?
"""

AT_THE_EDGE = """
cue 1A                                     => not a cue number
cue 1.                                     => not a cue number
cue 10.10.1                                => not a cue number
cue S5                                     => `cue 5 "S5"`
cue one                                    => not a cue number
cue #1                                     => number
cue 1-2                                    => `cue 1.2`
on 2026-12-24 at 17:00 go next             => `on once 2026-12-24 at 17:00 go next`
on midi 60 go next                         => `on midi note 60 go next`
on every monday and sunday at 9:00 go next => `on every monday, sunday at 9:00 go next`
cue 1,5                                    => `1.5`
cue 1 — "x"                                => Remove it
cue 1 - "x"                                => `cue 1 "x"`
cue 1: "x"                                 => Remove it
cue 1 "x":                                 => Remove it
cue 1:                                     => Remove it
cue 1 Hymn                                 => `cue 1 "Hymn"`
cue 1 'Hymn'                               => "Hymn"
cue 1 "Say "hello" to them"                => \\"hello\\"
cue "Hymn"                                 => `cue 1 "Hymn"`
cue1 "Hymn"                                => `cue 1 "Hymn"`
q 1 "Hymn"                                 => `cue 1 "Hymn"`
scene 1 "Hymn"                             => `cue 1 "Hymn"`
preset tight = 2                           => under its `camera` line
model "x"                                  => under its `camera` line
fps 25                                     => under the `show` line
on once 24.12.2026 at 17:00 go 4           => `2026-12-24`
on once 24/12/2026 at 17:00 go 4           => `2026-12-24`
on every sunday at 9:55am start 4          => `09:55`
on every sunday at 9.55 start 4            => `09:55`
on sunday at 9:55 go 4                     => `on every sunday at 9:55 go 4`
every sunday at 9:55 start 4               => `on every sunday at 9:55 start 4`
at 19:30 go 4                              => `on every day at 19:30 go 4`
on F12 panic                               => `on key "F12" panic`
on key F12 panic                           => `on key "F12" panic`
camera x 10.0.0.5                          => "visca+udp://10.0.0.5"
camera x visca+udp://10.0.0.5              => `camera x "visca+udp://10.0.0.5"`
camera "x" "visca+udp://10.0.0.5"          => `camera x "visca+udp://10.0.0.5"`
cam x "visca+udp://10.0.0.5"               => `camera x "visca+udp://10.0.0.5"`
group g = foh left                         => `group g = foh, left`
group g foh, left                          => `group g = foh, left`
def f(cam)                                 => `define f(cam)`
macro f(cam)                               => `define f(cam)`
define f                                   => `define f(cam)`
title "x"                                  => `show "x"`
import "globe.cues"                        => `use "globe.cues"`
on osc "/x" -> go 4                        => `on osc "/x" go 4`
on osc /x go 4                             => `on osc "/x" go 4`
on osc "/cue/cam 1/start" go 4             => "/cue/cam?1/start"
storm = 5s                                 => `let storm = 5s`
// a comment                               => Comments start with `#`
; a comment                                => Comments start with `#`
move foh to wide                           => Indent it under a `cue`
input d osc+udp://127.0.0.1:9              => "osc+udp://127.0.0.1:9"
"""

UNDER_A_CAMERA = """
preset tight: 3                            => `=`
preset tight 3                             => `preset tight = 3`
preset 3 = tight                           => `preset tight = 3`
preset "tight" = 3                         => `preset tight = 3`
tight = 3                                  => `preset tight = 3`
preset tight pan 3deg tilt 3deg            => `preset tight at pan 3deg tilt 3deg`
"""


def rows(table: str) -> list[tuple[str, str]]:
    found = [tuple(re.split(r"\s+=> ", line, maxsplit=1)) for line in table.strip("\n").split("\n")]
    return [(one.rstrip(), says) for one, says in found]


def only(sheet: str, says: str) -> None:
    found = compiled(sheet).diagnostics
    assert len(found) == 1, [(one.code, one.message, one.hint) for one in found]
    said = f"{found[0].message} {found[0].hint}"
    assert says in said, said
    assert found[0].hint


@pytest.mark.parametrize(("mistake", "says"), rows(IN_A_CUE))
def test_a_mistake_in_a_cue(mistake: str, says: str) -> None:
    only(f"cue 1\n    {mistake}\n{SHOW}", says)


@pytest.mark.parametrize(("mistake", "says"), rows(AT_THE_EDGE))
def test_a_mistake_at_the_left_edge(mistake: str, says: str) -> None:
    only(f"{mistake}\n{SHOW}", says)


@pytest.mark.parametrize(("mistake", "says"), rows(UNDER_A_CAMERA))
def test_a_mistake_under_a_camera(mistake: str, says: str) -> None:
    only(SHOW.replace("    preset throne", f"    {mistake}\n    preset throne"), says)


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        ("cut foh", "`cut to foh`"),
        ("program foh", "`cut to foh`"),
        ("pvw foh", "`preview foh`"),
        ("pgm foh", "`cut to foh`"),
    ],
)
def test_with_a_switcher_a_cut_is_meant(mistake: str, says: str) -> None:
    switcher = 'switcher vision "obs://10.0.0.5"\n' + "".join(
        f'    source {n} = "{n}"\n' for n in ("foh", "left", "right")
    )
    only(f"cue 1\n    {mistake}\n{SHOW}{switcher}", says)


@pytest.mark.parametrize(
    "mistake",
    ["clar foh preset 3", "stor foh preset 3", "powr foh off", "hoem foh", "color red", "rest foh", "move foh hme",
     "set foh iris rest", "rset foh", "saev foh", "move foh homee", "clean foh"],
)  # fmt: skip
def test_nothing_is_suggested_that_destroys(mistake: str) -> None:
    for found in compiled(f"cue 1\n    {mistake}\n{SHOW}").diagnostics:
        suggested = re.findall(r"Did you mean [`“](\w+)", found.message) + re.findall(r"Write `([^`]+)`", found.hint)
        words = {word for line in suggested for word in line.split()} - set(mistake.split())
        assert not words & DESTRUCTIVE, (found.message, found.hint)


def test_capitals_at_the_start_of_a_line_are_a_tablet_s() -> None:
    sheet = """\
Camera foh "visca+udp://10.0.0.21"
    Model "ptzoptics-move-4k-20x"
    Preset wide = 1
Cue 1 "One"
    Move foh to wide
    Wait 3s
    If 3 > 2
        Note "yes"
    Else
        Note "no"
CUE 2
    STOP foh
On every Sunday at 9:55 go 1
"""
    assert not compiled(sheet).diagnostics
    assert [
        one.span.line for one in parse(Source("x", "cue 1\n    MOVE FOH TO WIDE\n    MOVE FOH TO WIDE\n")).diagnostics
    ] == [2]


def test_one_cause_on_many_lines_is_said_once() -> None:
    lines = "".join(f"    wait\u00a0{n}s\n" for n in range(1, 9))
    only(f"cue 1\n{lines}{SHOW}", "all others in this file")


def test_a_suggestion_is_a_line_of_the_language() -> None:
    for table, context in ((IN_A_CUE, "body"), (AT_THE_EDGE, "top")):
        for mistake, _ in rows(table):
            sheet = f"cue 1\n    {mistake}\n{SHOW}" if context == "body" else f"{mistake}\n{SHOW}"
            for found in compiled(sheet).diagnostics:
                whole = re.fullmatch(
                    r"(?:Write|For example) `((?:move|tally|zoom|wait|note|go|repeat|follow|cue|on)\b.*)`\.", found.hint
                )
                if whole is not None:
                    line = whole[1].replace("CAMERA", "foh")
                    text = f"cue 1\n    {line}\n" if context == "body" else f"{line}\n"
                    wrong = [one for one in parse(Source("x", text)).diagnostics if one.code != "E102"]
                    assert not wrong, (mistake, line, wrong)
