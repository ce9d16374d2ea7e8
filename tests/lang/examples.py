"""Every form of the language's contract, for tests that want all of it."""

from __future__ import annotations

DECLARATIONS = """show "Twelfth Night"           # optional, with its settings
    fps 25
    timezone "Europe/London"   # default: the machine's
    go_window 500ms            # a second GO without a number within it is refused
    debounce 100ms
    interlock warn

rig "Globe Theatre"            # marks a file of cameras for one venue

use "globe.cues"               # a file, relative to this one
use moves                      # a module of stdlib/
use tally
use consoles.eos

let storm = 12s                # `--set storm=15s` overrides it
section "Act I"                # a heading in the cue list

camera foh "visca+udp://10.0.0.21"
    model "ptzoptics-move-4k-20x"
    http "http://10.0.0.21"                # snapshot, photobooth, auto-tracking
    login "admin" from "FOH_PASSWORD"      # the name of an environment variable, never a password
    tally_index 3                          # its number in the switcher's TSL tally
    preset wide   = 1
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%     # stored in the camera, position known
    preset door at pan 12deg tilt -3deg zoom 20%           # held here only, sent as a position
    ramp_rate 10
    boot 45s
    disabled

group wings = left, right      # `all` is built in

input  desk "osc+udp://10.0.0.2:53000"
    allow "10.0.0.0/24"
    passcode from "OSC_PASSCODE"
output eos "osc+udp://10.0.0.5:8000"
"""

CUE = """cue 2.5 "Viola enters"
    on osc "/eos/out/event/cue/1/2.5/fire"
    standby "LX 24. Stand by camera two."
    at 0s     move foh to throne over 6s ease in_out
    at 2.5s   zoom left to 80% over 3s
    at storm / 2   tally left program
    at 9s
        tally wings off
        move wings to door speed 5
    follow after 3s
"""

MACRO = """define push_in(cam, amount = 80%, time = 6s)
    tally cam preview
    zoom cam to amount over time ease out
    wait time
    tally cam program
"""

TRIGGERS = """on osc "/eos/out/event/cue/1/{number}/fire" go {number}
on osc "/gma3/cue" with {number} start {number} from desk   # the first argument; only from that input
on osc "/fader/3" with > 0.5 go next             # fires on crossing upwards, not on every message
on midi note 60 channel 1 go next                # velocity 0 is no hit
on midi control 20 above 63 go 4
on midi program 5 go 5
on midi control 1 channel 2 drive foh pan        # a controller drives: pan, tilt, zoom, speed
on msc go {number} go {number}
on timecode 01:00:12:00 go 7
on key "F12" panic
on every sunday at 09:55, 18:25 start 1
on every weekday at 08:00 missed within 2m start 20
on every 30m from 09:00 to 17:00 start 30
on cron "0 55 9 * * sun" start 1
on once 2026-12-24 at 17:00 start 40
"""

STATEMENTS = (
    "move foh to throne",
    "move foh, left to preset 4 speed 3, 2 live",
    "move all to pan -30deg tilt 5deg zoom 4x over 6s ease in_out",
    "move foh to tilt 0x2A0 arriving at 1:30",
    "move foh by pan 10deg tilt -2.5deg speed 4 live",
    "move wings home live",
    "drive foh up",
    "drive foh up_left speed 3, 4 for 2s live",
    "zoom foh to 60% over 8s ease out",
    "zoom foh from 1x to 12x over 12f",
    "zoom foh in speed 7 for 300ms live",
    "zoom foh out",
    "focus foh auto",
    "focus foh snap",
    "focus foh to 500 over 2s",
    "focus foh near speed 3 for 1s",
    "stop all",
    "set foh white_balance indoor",
    "set foh iris 9",
    "set foh iris up",
    "set foh color_temperature 5600K",
    "set all freeze on",
    "set foh focus_range 3, 8",
    "set foh focus_range off",
    "set foh flicker 50Hz",
    "set foh settings save",
    "set foh limit_up_right pan 10deg tilt 5deg",
    "set foh limit_down_left clear",
    "set foh flip hv live",
    "set foh red_tuning -10",
    "set foh osd back",
    "store foh preset 4",
    "store foh preset throne",
    "clear foh preset 4 live",
    "tally foh program only",
    "tally wings off",
    'booth foh photos every 2s save "guests"',
    "booth foh videos every 9s length 5s",
    'snapshot foh save "stills"',
    "snapshot all",
    "track foh on live",
    "track foh off",
    "power all on",
    "wait 1:02:03.5",
    "wait 12s / 2 + (intro - 500ms) * 2",
    "wait until 19:30",
    "wait until 19:30:15",
    "wait for foh",
    "wait for foh, left up to 5s",
    'wait for osc "/addr" up to 10s',
    "wait for go",
    "at 2s push_in(foh, amount = 70%)",
    "let fade = storm * 2",
    "push_in(foh)",
    "push_in(cam = foh, mode = on,)",
    "reset_all()",
    "go 2.10",
    "go next",
    "start 4",
    "stop cue 4",
    "follow",
    "follow after 3s",
    "restart",
    "disabled",
    'send eos "/eos/cue/12/fire" 1, "x", -2.5',
    'send eos "/eos/go"',
    'standby "LX 24"',
    'note "caf\\u00e9 \\"x\\" \\\\ # no comment ( \\n"',
    "note message",
    'on osc "/a" with "x", > 0.5, _, {n} from desk',
    "on timecode 01:00:12;00",
    "on every day at 12:00",
)
"""Statements of one line."""

BLOCKS = """cue 10
    together
        move foh to wide
        do
            wait 2s
            zoom left in for 1s
    repeat 3 times every 10s
        tally all off
    repeat forever every 1m
        for cam in wings, foh every 2s
            move cam to door
    if storm > 10s and not (big == 1 or storm <= 3s)
        note "long"
    else if storm != 2s
        note "two"
    else
        push_in(
            foh,   # which
            # how far
            amount = 70%,
        )
    at 20s together
        tally foh off
        tally left off
"""

ACTIONS = (
    "go 4", "go next", "start 4", "standby 4", "standby next", "standby {n}", "back", "stop", "stop cue 4",
    "stop cue {n}", "pause", "pause 4", "resume", "resume {n}", "panic", "reload", "stop foh",
    "move foh to throne over 2s", "zoom foh in", "drive foh speed", "drive foh up", "set foh freeze on",
    'snapshot foh save "x"', "power all off", "zoom foh from 10% to 20%",
)  # fmt: skip

SHEETS = (
    DECLARATIONS,
    CUE,
    MACRO,
    TRIGGERS,
    BLOCKS,
    "cue 1\n" + "".join(f"    {text}\n" for text in STATEMENTS),
    "".join(f'on osc "/a/{{n}}" {text}\n' for text in ACTIONS),
)
