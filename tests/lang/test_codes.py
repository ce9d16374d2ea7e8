"""Every code of the diagnostics page: a sheet that earns it, and a snapshot of all that is then said.

Lines are marked with what they earn. The snapshots are in `snapshots/` as plain text, as people see them; write
them again with `CUELANG_GOLDEN=write pytest tests/lang/test_codes.py`, and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

import pytest

from cuelang.output import guide
from cuelang.output.diagnostics import as_text
from tests.lang.compiling import RIG, compiled
from tests.lang.sheets import marked, places

SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("CUELANG_GOLDEN") == "write"

CODES = (
    *("E101", "E102", "E103", "E104"),
    *(f"E2{n:02d}" for n in range(1, 14)),
    *(f"E30{n}" for n in range(1, 7)),
    "E401",
    *(f"E50{n}" for n in range(1, 7)),
    *(f"W60{n}" for n in range(1, 10)),
    *(f"W61{n}" for n in range(10)),
)

SHEETS = {
    "E101": """
        cue 1
            mvoe foh to wide                ### E101
            move foh wide                   ### E101
        """,
    "E102": """
        cue 1
            tally foh off
              tally left off                ### E102
        """,
    "E103": "cue 1\n    tally foh off\ncue 2\n\ttally left off          ### E103\n",
    "E104": """
        cue 1 "Start                        ### E104
            tally foh off
        """,
    "E201": """
        cue 1
            move fho to wide                ### E201
            tally storm off                 ### E201
        group crane = foh, lft              ### E201
        let storm = 3s
        """,
    "E202": """
        cue 1
            move foh to thron               ### E202
            move wings to wide              ### E202 E202
            store foh preset door           ### E202
        """,
    "E203": """
        cue 1
            go 12                           ### E203
            start 2.50
            stop cue 0.5                    ### E203
        cue 2.5
            tally foh off
        on key "F1" go 99                   ### E203
        """,
    "E204": """
        cue 1
            push_inn(foh)                   ### E204
        define push_in(cam)
            zoom cam to 80%
        """,
    "E205": """
        use "nowhere.cues"                  ### E205
        use mvoes                           ### E205
        cue 1
            tally unheard_of off
        """,
    "E206": """
        camera other "sim://other"
            preset a = 1
            preset a = 2                    ### E206
            boot 3s
            boot 4s                         ### E206
        let other = 3s                      ### E206
        let storm = 2s
        define storm()                      ### E206
            wait 1s
        cue 1
            wait storm
        """,
    "E207": """
        cue 2.1
            tally foh off
        cue 2.10                            ### E207
            tally foh off
        """,
    "E208": """
        cue 1
            push_in()                       ### E208
            push_in(foh, 3s, 4)             ### E208
            push_in(foh, tmie = 3s)         ### E208
            drive foh sideways              ### E208
            move foh to throne over 3s speed 4          ### E208
            zoom foh to 20% ease out        ### E208
            store wings preset 3            ### E208
            tally foh preview only          ### E208
        define push_in(cam, time = 2s)
            zoom cam to 80% over time
        """,
    "E209": """
        show "x"
            frames 25                       ### E209
        cue 1
            set foh whitebalance auto       ### E209
            set foh exposure autoo          ### E209
            move foh home speed 3           ### E209
        """,
    "E210": """
        use "a.cues"
        cue 1
            tally foh off
        """,
    "E211": """
        cue 1
            ping(foh)
        define ping(cam)
            pong(cam)
        define pong(cam)
            ping(cam)                       ### E211
        """,
    "E212": """
        output eos "osc+udp://10.0.0.5:8000"
        input desk "osc+udp://127.0.0.1:9000"
        cue 1
            send eso "/go"                  ### E212
            send eos "/go"
        on osc "/a" go next from dsk        ### E212
        """,
    "E213": """
        let storm = 12s
        cue 1 "A storm of {strom}"          ### E213
            wait storm
            note "for {storm}, {{not}} {n}" ### E213
        """,
    "E301": """
        cue 1
            wait 3s + 10%                   ### E301
            wait 12f                        ### E301
            zoom foh to 30deg               ### E301
            zoom foh to 30% over 4          ### E301
            set foh color_temperature 12    ### E301
            wait strom                      ### E301
        let storm = 2s
        """,
    "E302": """
        cue 1
            zoom foh to 120%                ### E302
            zoom foh to 21x                 ### E302
            move foh to pan 171deg          ### E302
            move foh to preset 90           ### E302
            move foh to wide speed 25       ### E302
            wait 10s
            drive foh up speed 3, 21 for 1s ### E302
            set foh iris 18                 ### E302
            set foh color_temperature 5650K ### E302
            wait -1s                        ### E302
            booth foh photos every 10s      ### E302
        """,
    "E303": """
        camera x "visca+upd://10.0.0.1"     ### E303
        camera y "visca+udp://10.0.0.1/a"   ### E303
        output o "osc+udp://10.0.0.5"       ### E303
        cue 1
            tally all off
            send o "/x"
        """,
    "E304": """
        on every someday at 09:00 go next               ### E304
        on every sunday at 25:00 go next                ### E304
        on every 30h from 09:00 to 17:00 go next        ### E304
        on cron "0 61 9 * * sun" go next                ### E304
        on once 2026-02-30 at 17:00 go next             ### E304
        on every sunday at 17:30 except 2026-12-26 go next              ### E304
        on every sunday at 17:30 except 2026-12-27, 2026-13-01 go next  ### E304
        """,
    "E305": """
        output eos "osc+udp://10.0.0.5:8000"
        on osc "eos/go" go next             ### E305
        cue 1
            wait for osc "/a b"             ### E305
            send eos "/x//y"                ### E305
        """,
    "E306": """
        input desk "osc+udp://0.0.0.0:53000"            ### E306
        input safe "osc+udp://10.0.0.2:53001"
            allow "10.0.0.0/24"
        input home "osc+udp://127.0.0.1:53002"
        """,
    "E401": """
        camera old "pelco-d:///dev/ttyUSB0?address=3"
        camera web "cgi://10.0.0.9"
        camera srg "sony://10.0.0.8"
            model "sony-srg-300se"
        cue 1
            move old to pan 10deg           ### E401
            move old to pan 500deg          ### E302
            tally old program               ### E401
            set old iris 99                 ### E302
            drive old up for 1s
            zoom old in for 1s
            focus old near for 1s
            wait 2s
            move old to preset 5
            set web freeze on               ### E401
            track srg on                    ### E401
            set srg flicker 50Hz            ### E401
        """,
    "E501": """
        cue 1
            wait 3s
            at 2s tally foh off             ### E501
        """,
    "E502": """
        cue 1
            repeat forever                  ### E502
                tally foh off
        cue 2
            repeat forever every 2s
                tally foh off
            tally left off                  ### E502
        """,
    "E503": """
        cue 1
            move foh to pan 170deg tilt 0deg over 1s    ### E503
        cue 2
            move left to pan 90deg tilt 0deg arriving at 200ms    ### E503
        """,
    "E504": """
        cue 1
            go 2
        cue 2
            start 1                         ### E504
        cue 3
            tally foh off
            follow
        cue 4
            go 3                            ### E504
        """,
    "E505": """
        cue 1
            move foh to wide over 3s        ### E505
            move foh to preset 9 arriving at 3s         ### E505
        """,
    "E506": """
        cue 1
            repeat 3 times every 2s         ### E506
                wait 3s
        """,
    "W601": """
        cue 1
            tally foh program
            move foh to wide                ### W601
        """,
    "W602": """
        cue 1
            move foh to throne
            tally foh program               ### W602
        """,
    "W603": """
        cue 1
            zoom foh to 80% over 8s
            at 2s zoom foh to 20%           ### W603
        """,
    "W604": """
        camera fast "visca+udp://10.0.0.1"
            ramp_rate 25                    ### W604
        cue 1
            tally all off
        """,
    "W605": """
        camera spare "sim://spare"          ### W605
        let storm = 2s                      ### W605
        define push_in(cam)                 ### W605
            zoom cam to 80%
        group crane = foh                   ### W605
        output eos "osc+udp://10.0.0.5:8000"            ### W605
        cue 1
            tally foh, wings off
        """,
    "W606": """
        cue 1
            on osc "/go"
            tally foh off
        on osc "/go" go next                ### W606
        on key "F1" go next
        on key "F1" panic                   ### W606
        """,
    "W607": """
        cue 1
            move foh to pan 10deg over 20s  ### W607
            zoom left to 100% over 1s       ### W607
        """,
    "W608": """
        cue 1
            drive foh left                  ### W608
        """,
    "W609": """
        cue 1
            store foh preset 4              ### W609
        """,
    "W611": """
        cue 1
            focus foh near for 1s           ### W611
        """,
    "W612": """
        cue 1
            set foh white_balance indoor
            set foh iris 9
        cue 2
            move foh to wide                ### W612
        """,
    "W613": """
        cue 1
            zoom foh to 50                  ### W613
            move left to pan 30 tilt 5      ### W613
            at 19:30 note "doors"           ### W613
        """,
    "W610": """
        cue 1
            tally foh program               ### W610
        switcher vision "sim://vision"
            source foh = "FOH"
            source left = "Left"
            source right = "Right"
        """,
    "W614": """
        cue 1
            send vision "OverlayInput1In Input=4"    ### W614
        switcher vision "vmix://10.0.0.6"
            source foh = 1
            source left = 2
            source right = 3
        """,
    "W615": """
        cue 1
            stream stop                     ### W615
        cue 2
            cut to foh
        switcher vision "sim://vision"
            source foh = "FOH"
            source left = "Left"
            source right = "Right"
        """,
    "W616": """
        cue 1
            cut to leftt
        switcher vision "sim://vision"
            source foh = "FOH"
            source leftt = "Left"           ### W616
            source right = "Right"
            source left = "Left camera"
        """,
    "W617": """
        cue 1
            start 2
            wait 3s
            start 2                         ### W617
        cue 2
            wait 10s
        """,
    "W618": """
        cue 1
            set foh af_calibration run      ### W618
        """,
    "W619": """
        camera near "sim://near"
            tally_index 3
        camera far "sim://far"              ### W619
            tally_index 3
        """,
}

FILES = {
    "a.cues": 'use "b.cues"\n',
    "b.cues": 'camera more "sim://more"\nuse "a.cues"\n',
}


def shown(text: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]], str]:
    """Places found, places marked, and the report as it reads."""
    clean, expected = marked(text)
    clean = clean if text.startswith("cue 1\n    tally foh off\ncue 2\n\t") else dedent(clean)
    done = compiled(clean + RIG, FILES, {"moves": ""})
    found = [one for one in done.diagnostics if one.code != "W605" or "W605" in text]
    here = [one for one in found if one.span.file == "main.cues"]
    return places(here), expected, as_text(found, done.sources)


def test_every_code_has_its_sheet():
    assert tuple(sorted(SHEETS)) == tuple(sorted(CODES))
    assert set(CODES) == guide.entries().keys()


@pytest.mark.parametrize("code", CODES)
def test_code(code):
    found, expected, text = shown(SHEETS[code])
    assert found == expected, text
    assert f"[{code}]" in text
    assert text.count("\n  = ") + text.count("\n   = ") == text.count("error[") + text.count("warning["), "a hint each"
    kept = SNAPSHOTS / f"{code}.txt"
    if WRITE:
        SNAPSHOTS.mkdir(exist_ok=True)
        kept.write_text(text, "utf-8")
    assert text == kept.read_text("utf-8")
