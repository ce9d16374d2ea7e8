"""A table of beginners' mistakes inside a cue. `mistake => part of the message or of the hint`. What is suggested never
destroys anything."""

from __future__ import annotations

import re

import pytest

from cuelang.lang.parse import parse
from cuelang.lang.words import DESTRUCTIVE
from cuelang.source import Source
from tests.lang.beginners import SHOW, only, rows, unsuitable
from tests.lang.compiling import compiled

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
move foh to wide time 5s speed 3           => `move foh to wide over 5s`
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
goto cue 4                                 => To fire the cue, write `go 4`.
goto cue 4                                 => `locate 4` is a request
load 4                                     => `locate 4` is a request
load cue 4                                 => `on key "F8" locate 4`
jump to cue 4.5                            => `on key "F8" locate 4.5`
locate 4                                   => `on key "F8" locate 4`
panic                                      => `on key "F8" panic`
standby 4                                  => In a cue, `standby` is a text
standby 4                                  => `on key "F8" standby 4`
standby 4.5                                => A cue fires another with `go 4.5`
standby cue 4                              => `on key "F8" standby 4`
at 2s standby 4                            => `on key "F8" standby 4`
standby cue next                           => `on key "F8" standby next`
standby next                               => `on key "F8" standby next`
standby back                               => `on key "F8" back`
tilt foh 5°                                => `move foh to tilt 5deg`
pan left -20 °                             => `move left to pan -20deg`
resume 4                                   => `on key "F8" resume 4`
fire 4                                     => `go 4`
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
wait 1m 30s                                => `wait 1m + 30s`
start cue 4                                => `start 4`
tally on foh                               => `tally foh program`
track on                                   => `track CAMERA on`
then move foh to wide                      => `move foh to wide`
and tally foh off                          => `tally foh off`
every 3s note "x"                          => `repeat forever every 3s`
move foh to wide 3s                        => `move foh to wide over 3s`
cutting by hand                            => `cutting by hand` is a request
swap foh for left                          => `swap foh for left` is a request
lamps off                                  => `lamps off` is a request
wait until noon                            => `12:00`
foh(throne)                                => “foh” is a camera, not a macro
wait 3′                                    => `3m`
wait 30″                                   => `30s`
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
move foh to wide over 3 sec                => `3s`
move foh to wide over 3sec                 => `3s`
move foh to wide over 1:30min              => `1:30`
wait half a second                         => `wait 0.5s`
wait a second                              => `wait 1s`
wait 3 mins                                => `3m`
wait 1:30:00s                              => `1:30:00`
wait for foh 5s                            => `wait for foh up to 5s`
wait for foh, 5s                           => `wait for foh up to 5s`
wait for foh max 5s                        => `wait for foh up to 5s`
wait for foh timeout 5s                    => `wait for foh up to 5s`
wait until foh is there                    => `wait for foh`
wait until 19h30                           => `19:30`
wait til 19:30                             => `wait until 19:30`
zoom foh to 50 percent over 3s             => `50%`
zoom foh in to 50%                         => `zoom foh to 50%`
zoom foh out 3s                            => `zoom foh out for 3s`
zoom foh to 4 x                            => `4x`
zoom foh slowly to 50%                     => `zoom foh to 50% over 8s`
zoom foh in slow                           => Did you mean `speed`?
move foh to pan -30 degrees, tilt 5 degrees => `-30deg`
move foh to -30deg, 5deg                   => `move foh to pan -30deg tilt 5deg`
move foh to pan=30deg                      => `move foh to pan 30deg`
move foh to pan 30deg, tilt 5deg           => `move foh to pan 30deg tilt 5deg`
move foh to pan 30deg and tilt 5deg        => `move foh to pan 30deg tilt 5deg`
move foh left 30deg                        => `move foh by pan -30deg`
move foh pan left                          => `drive foh left for 2s`
move foh to preset no 4                    => `move foh to preset 4`
move foh to 4                              => `move foh to preset 4`
move foh to wide at speed 5                => `move foh to wide speed 5`
move foh to wide at 5s                     => `at 5s move foh to wide`
move foh to wide ease-in                   => `move foh to wide over 3s ease in`
move foh to wide easing in                 => `move foh to wide over 3s ease in`
move foh to wide over 3s easein            => `move foh to wide over 3s ease in`
move foh to wide over 3s with ease in      => `move foh to wide over 3s ease in`
move camera foh to wide                    => `move foh to wide`
move the foh to wide                       => `move foh to wide`
move foh to the wide                       => `move foh to wide`
move "foh" to wide                         => `move foh to wide`
move foh, to wide                          => `move foh to wide`
foh.move(wide)                             => `move foh to wide`
foh.wide                                   => `move foh to wide`
foh: move to wide                          => `move foh to wide`
foh: wide                                  => `move foh to wide`
foh = wide                                 => `move foh to wide`
move(foh, wide)                            => `move foh to wide`
tally(foh, program)                        => `tally foh program`
stop()                                     => `stop all`
stop foh now                               => `stop foh`
stop everything                            => Did you mean “all”?
home foh                                   => `move foh home`
foh home                                   => `move foh home`
drive foh left 3s                          => `drive foh left for 3s`
drive foh left for 3 s                     => `3s`
drive foh leftwards                        => Did you mean “left”?
drive foh up left for 2s                   => `drive foh up_left for 2s`
drive foh upleft for 2s                    => Did you mean “up_left”?
drive foh up-left for 2s                   => `drive foh up_left for 2s`
drive foh links for 2s                     => Did you mean “left”?
drive foh to wide                          => `move foh to wide`
fahre foh nach wide                        => `move foh to wide`
bewege foh to wide                         => `move foh to wide`
warte 3s                                   => `wait 3s`
attendre 3s                                => `wait 3s`
mueve foh to wide                          => `move foh to wide`
tally foh on                               => Did you mean “program”?
tally foh live                             => Did you mean “program”?
tally red foh                              => `tally foh program`
tally foh = red                            => `tally foh program`
foh on air                                 => `tally foh program`
live foh                                   => `tally foh program`
set foh gain +3                            => `3`
set foh kelvin 5600                        => Did you mean “color_temperature”?
set foh colour_temperature 5600K           => Did you mean “color_temperature”?
set foh exposure = manual                  => `set foh exposure manual`
set white_balance foh indoor               => `set foh white_balance …`
set foh focus auto                         => `focus foh auto`
set foh zoom 50%                           => `zoom foh to 50%`
set iris 9 foh                             => `set foh iris 9`
focus foh on                               => `focus foh auto`
focus near foh                             => `focus foh near`
focus on foh                               => `focus foh auto`
store foh wide                             => `store foh preset wide`
store preset 4 foh                         => `store foh preset 4`
store foh as preset 5                      => `store foh preset 5`
power on foh                               => `power foh on`
track foh = on                             => `track foh on`
autotrack foh off                          => `track foh off`
booth foh photo                            => Did you mean “photos”?
booth foh 4 photos                         => `booth foh photos`
snapshot foh "pics"                        => `snapshot foh save "pics"`
snapshot foh to "pics"                     => `snapshot foh save "pics"`
send eos /eos/cue/12/fire                  => `send eos "/eos/cue/12/fire"`
send "/eos/cue" to eos                     => `send eos "/eos/cue"`
send eos "/x" = 1                          => `send eos "/x" 1`
send eos "/x", 1, 2                        => `send eos "/x" 1, 2`
go cue 4                                   => `go 4`
go to cue 4                                => `go 4`
goto cue4                                  => `go 4`
go 4 after 3s                              => `at 3s go 4`
go to 4                                    => `go 4`
follow 4                                   => `follow after 4s`
follow on 3s                               => `follow after 3s`
follow in 3s                               => `follow after 3s`
follow immediately                         => `follow`
autofollow after 3s                        => `follow after 3s`
loop 3                                     => `repeat 3 times`
loop forever                               => `repeat forever every 10s`
repeat 3 times every 5 sec                 => `5s`
repeat                                     => `repeat forever every 10s`
for cam in foh and left                    => `for cam in foh, left`
for i in 1..3                              => `repeat 3 times`
for i = 1 to 3                             => `repeat 3 times`
parallel                                   => `together`
at 3 s move foh to wide                    => `3s`
in 3s move foh to wide                     => `at 3s move foh to wide`
move foh to wide after 3s                  => `at 3s move foh to wide`
move foh to wide over 3s at 2s             => `at 2s move foh to wide over 3s`
wait  for  foh  to  arrive                 => `wait for foh`
wait for move                              => `wait for CAMERA`
wait for all cameras                       => `wait for all`
let x 5s                                   => `let x = 5s`
x = 5s                                     => `let x = 5s`
bows(foh, tme = 3s)                        => Did you mean “time”?
bow(foh)                                   => Did you mean “bows”?
call bows(foh)                             => `bows(foh)`
run bows(foh)                              => `bows(foh)`
do bows(foh)                               => `bows(foh)`
move foh to wide,                          => `move foh to wide`
cut foh to left                            => `cut to left`
dissolve foh to left                       => `dissolve to left`
fade to foh                                => `dissolve to foh`
fade foh in 3s                             => `dissolve to foh over 3s`
fade foh to black                          => `send SWITCHER "black"`
wipe foh                                   => `dissolve to foh`
transition 2s                              => `take over 2s`
blackout                                   => `send SWITCHER "black"`
lights on                                  => `send OUTPUT "/address"`
lx 24                                      => `send OUTPUT "/address"`
sound 3                                    => `send OUTPUT "/address"`
vt roll                                    => `send OUTPUT "/address"`
reset foh                                  => Unknown statement `reset`. A statement
bows(foh time = 3s)                        => push_in(foh, time = 3s)
wait 3                                     => `3s` for seconds
move foh to home                           => `move foh home`
go home                                    => move CAMERA home
a) move foh to wide                        => Unmatched
wait 1:30:00s                              => `1:30:00`
start recording                            => `record start`
move foh to wide; stop foh                 => own line
move foh to wide & zoom left in            => own line
"""


@pytest.mark.parametrize(("mistake", "says"), rows(IN_A_CUE))
def test_a_mistake_in_a_cue(mistake: str, says: str) -> None:
    only(f"cue 1\n    {mistake}\n{SHOW}", says)


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


def test_a_suggestion_in_a_cue_is_a_line_that_the_show_can_have() -> None:
    assert not unsuitable(IN_A_CUE, "cue 1\n    {}\n")
