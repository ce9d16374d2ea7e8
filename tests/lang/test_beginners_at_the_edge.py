"""Beginners' mistakes at the left edge and under a camera: `mistake => part of the message or of the hint`."""

from __future__ import annotations

import pytest

from tests.lang.beginners import SHOW, only, rows, unsuitable

AT_THE_EDGE = """
cue 1A                                     => `cue 1.1 "1A"`
cue 1.                                     => `cue 1`
cue 10.10.1                                => `cue 10.10 "10.10.1"`
cue 12.46.128.39                           => `cue 12.46 "12.46.128.39"`
cue S5                                     => `cue 5 "S5"`
cue one                                    => `cue 1`
cue #1                                     => number
cue 1-2                                    => `cue 1.2`
on 2026-12-24 at 17:00 go next             => `on once 2026-12-24 at 17:00 go next`
on midi note 60 goto cue 4                 => `on midi note 60 locate 4`
on midi note 60 load 4                     => `on midi note 60 locate 4`
on midi note 60 go to cue 4                => `on midi note 60 go 4`
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
cue one "x"                                => `cue 1 "x"`
cue 1 "Hymn" 'x'                           => "x"
cue no 1 "Hymn"                            => `cue 1 "Hymn"`
cue number 1                               => `cue 1`
cue 1 Hymn 2                               => `cue 1 "Hymn 2"`
cue1                                       => `cue 1`
CUE 1 HYMN                                 => `cue 1 "HYMN"`
act 1 "x"                                  => `section "act 1 x"`
scene "Hymn"                               => `cue 1 "Hymn"`
section Act I                              => `section "Act I"`
section 1                                  => `section "1"`
show Hamlet                                => `show "Hamlet"`
show Hamlet fps 25                         => `show "Hamlet fps 25"`
camera foh2 "10.0.0.21"                    => "visca+udp://10.0.0.21"
camera foh2 "udp://10.0.0.21"              => "visca+udp://10.0.0.21"
camera foh2 "http://10.0.0.21"             => "cgi://10.0.0.21"
camera foh2 "visca://10.0.0.21"            => "visca+udp://10.0.0.21"
camera foh2 "visca+udp:10.0.0.21"          => "visca+udp://10.0.0.21"
camera foh2 "visca+udp//10.0.0.21"         => "visca+udp://10.0.0.21"
camera foh2 "rtsp://10.0.0.21"             => "visca+udp://10.0.0.21"
camera foh2 "ptz://10.0.0.21"              => "visca+udp://10.0.0.21"
camera foh2 "sony:10.0.0.21"               => "sony://10.0.0.21"
camera foh2 "visca-udp://10.0.0.21"        => "visca+udp://10.0.0.21"
camera foh2 = "visca+udp://10.0.0.21"      => `camera foh2 "visca+udp://10.0.0.21"`
camera foh2 'visca+udp://10.0.0.21'        => "visca+udp://10.0.0.21"
camera front of house "visca+udp://10.0.0.21" => `camera front_of_house "visca+udp://10.0.0.21"`
camera front-left "visca+udp://10.0.0.21"  => `camera front_left "visca+udp://10.0.0.21"`
camera 1 "visca+udp://10.0.0.21"           => `camera cam1 "visca+udp://10.0.0.21"`
camera cam 1 "visca+udp://10.0.0.21"       => `camera cam1 "visca+udp://10.0.0.21"`
camera "visca+udp://10.0.0.21"             => `camera cam1 "visca+udp://10.0.0.21"`
cameras a, b                               => Did you mean `camera`?
group wings2 = lft, right                  => Did you mean “left”?
group wings2 left, right                   => `group wings2 = left, right`
group wings2 = {left, right}               => `group wings2 = left, right`
group wings2 = [left, right]               => `group wings2 = left, right`
group wings2 = left and right              => `group wings2 = left, right`
group wings2 = left + right                => `group wings2 = left, right`
input "osc+udp://127.0.0.1:53000"          => `input desk "osc+udp://127.0.0.1:53000"`
input desk "osc://127.0.0.1:53000"         => "osc+udp://127.0.0.1:53000"
input desk "udp://127.0.0.1:53000"         => "osc+udp://127.0.0.1:53000"
output qlab "10.0.0.5:53000"               => "osc+udp://10.0.0.5:53000"
include moves                              => `use moves`
import moves                               => `use moves`
rig Globe                                  => `rig "Globe"`
let storm 5s                               => `let storm = 5s`
let storm == 5s                            => `let storm = 5s`
let storm = 5 sec                          => `5s`
let my storm = 5s                          => `let my_storm = 5s`
define f cam                               => `define f(cam)`
define f(cam amount)                       => `define f(cam, amount)`
on midi 60 go 4                            => `on midi note 60 go 4`
on midi note C4 go 4                       => `60`
on midi note 60, channel 1 go 4            => `on midi note 60 channel 1 go 4`
on midi cc 20 go 4                         => Did you mean “control”?
on midi CC20 go 4                          => `on midi control 20 go 4`
on midi pc 5 go 4                          => Did you mean “program”?
on midi program change 5 go 4              => `on midi program 5 go 4`
on midi note 60 -> go 4                    => `on midi note 60 go 4`
on midi note 60 cue 4                      => `on midi note 60 go 4`
on midi note 60 4                          => `on midi note 60 go 4`
on note 60 go 4                            => `on midi note 60 go 4`
on osc /go go 4                            => `on osc "/go" go 4`
on osc "/go" cue 4                         => `on osc "/go" go 4`
on osc "/go" fire 4                        => `on osc "/go" go 4`
on osc "/go" then go 4                     => `on osc "/go" go 4`
on osc "/go" with 1 2 go 4                 => `on osc "/go" with 1, 2 go 4`
on osc "/go" = 1 go 4                      => `on osc "/go" with 1 go 4`
on osc "/go" 1 go 4                        => `on osc "/go" with 1 go 4`
on osc "/go/{n}" go "{n}"                  => `on osc "/go/{n}" go {n}`
on key a go 4                              => `on key "a" go 4`
on keypress "a" go 4                       => `on key "a" go 4`
on F5 go 4                                 => `on key "F5" go 4`
on space go next                           => on key "F12"
on key "Spacebar" go 4                     => Space is always GO
on key "esc" panic                         => Escape is always PANIC
on key "ctrl+g" go 4                       => without Ctrl
on key "PgDn" go 4                         => `"page_down"`
on key "Return" go 4                       => `"enter"`
on key "arrow left" go 4                   => `"left"`
on key "F25" go 4                          => is not the name of a key
on sundays at 9:55 go 4                    => `on every sunday at 9:55 go 4`
on Sunday at 9:55 go 4                     => `on every Sunday at 9:55 go 4`
on every Sundays at 9:55 go 4              => Did you mean “sunday”?
on every sun at 9:55 go 4                  => Did you mean “sunday”?
on every sunday 9:55 go 4                  => `on every sunday at 9:55 go 4`
on every sunday at 9 go 4                  => `09:00`
on every sunday at 9:5 go 4                => `09:05`
on every sunday at 9:55 am go 4            => `09:55`
on every sunday at noon go 4               => `12:00`
on every sunday at midnight go 4           => `00:00`
on every sunday at ٩:55 go 4               => `9`
on every sunday at "9:55" go 4             => `on every sunday at 9:55 go 4`
on every sunday at 9:55 and 18:25 go 4     => `on every sunday at 9:55, 18:25 go 4`
on every day 9:55 go 4                     => `on every day at 9:55 go 4`
on every weekdays at 9:55 go 4             => Did you mean “weekday”?
on every 30 minutes go 4                   => `30m`
on every 30m from 9 to 17 go 4             => `09:00`
on every 30m between 9:00 and 17:00 go 4   => `on every 30m from 9:00 to 17:00 go 4`
on every hour go 4                         => `1h`
on every half hour go 4                    => `on every 30m go 4`
on each sunday at 9:55 go 4                => `on every sunday at 9:55 go 4`
on cron 0 55 9 * * sun go 4                => `on cron "0 55 9 * * sun" go 4`
on once 2026-12-24 17:00 go 4              => `on once 2026-12-24 at 17:00 go 4`
on once 2026-12-24 at 5pm go 4             => `17:00`
on timecode 01:00:12 go 4                  => `on timecode 01:00:12:00 go 4`
on timecode "01:00:12:00" go 4             => `on timecode 01:00:12:00 go 4`
on timecode 1:00:12:00 go 4                => `01:00:12:00`
on timecode 01.00.12.00 go 4               => `01:00:12:00`
on tc 01:00:12:00 go 4                     => `on timecode 01:00:12:00 go 4`
on ltc 01:00:12:00 go 4                    => `on timecode 01:00:12:00 go 4`
on msc 4 go 4                              => `on msc go 4 go 4`
on dmx 401 > 127 go 4                      => `on dmx 401 above 127 go 4`
on midi note 60 channel 1 go               => `on midi note 60 channel 1 go next`
on midi note 60 channel 1 go to 4          => `on midi note 60 channel 1 go 4`
on midi note 60 channel 1 fire cue 4       => `on midi note 60 channel 1 go 4`
on midi note 60 channel 1 panic all        => `on midi note 60 channel 1 panic`
on midi note 60 channel 1 stop 4           => `on midi note 60 channel 1 stop cue 4`
on midi note 60 channel 1 next             => `on midi note 60 channel 1 go next`
on midi note 60 channel 1 pause cue 4      => `on midi note 60 channel 1 pause 4`
9 "Hymn"                                   => `cue 9 "Hymn"`
on osc "/go {n}" go {n}                    => "/go?{n}"
on osc "/go/{n}" go n                      => `{n}`
on midi note C4 go 4                       => `60`
on every hour go 4                         => `1h`
camera x "visca+udp://10.0.0.21:99999"     => 1 to 65535
input desk "osc+udp://127.0.0.1:port"      => 1 to 65535
***                                        => Comments start with `#`
define f(cam; amount)                      => comma
define f(cam, amount: 3s)                  => `=`
use stdlib/moves                           => `use moves`
switcher v obs://10.0.0.9                  => `switcher v "obs://10.0.0.9"`
group wings2: left, right                  => `=`
"""

UNDER_A_CAMERA = """
preset tight: 3                            => `=`
preset tight 3                             => `preset tight = 3`
preset 3 = tight                           => `preset tight = 3`
preset "tight" = 3                         => `preset tight = 3`
tight = 3                                  => `preset tight = 3`
preset tight pan 3deg tilt 3deg            => `preset tight at pan 3deg tilt 3deg`
"""

PRESET_OF_TWO_LINES = """
    preset tight = 3
        at pan 3deg tilt 3deg
"""


@pytest.mark.parametrize(("mistake", "says"), rows(AT_THE_EDGE))
def test_a_mistake_at_the_left_edge(mistake: str, says: str) -> None:
    only(f"{mistake}\n{SHOW}", says)


@pytest.mark.parametrize(("mistake", "says"), rows(UNDER_A_CAMERA))
def test_a_mistake_under_a_camera(mistake: str, says: str) -> None:
    only(SHOW.replace("    preset throne", f"    {mistake}\n    preset throne"), says)


def test_the_place_of_a_preset_goes_on_its_line() -> None:
    sheet = SHOW.replace("\n    preset throne", f"{PRESET_OF_TWO_LINES}    preset throne", 1)
    only(sheet, "`preset tight = 3 at pan 3deg tilt 3deg`")


def test_a_suggestion_at_the_left_edge_is_a_line_that_the_show_can_have() -> None:
    assert not unsuitable(AT_THE_EDGE, "{}\n")
