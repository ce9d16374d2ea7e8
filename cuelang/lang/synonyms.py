# ruff: noqa: E501 - a rewriting is on one line, its form beside its meaning
"""What people write who know another program, and what it is called here. Data alone; `mistakes` applies it.

A rewriting takes a whole statement apart and gives the line that was probably meant. A line that stores,
clears, resets, switches power or drives a camera home is suggested only to one who wrote that word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from cuelang.diagnostics import nearest
from cuelang.lang.words import DESTRUCTIVE
from cuelang.protocols.visca.properties import PROPERTIES

UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sekunde", "sekunden", "seconde", "secondes", "秒"), "s"),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "minuten", "分"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "stunde", "stunden"), "h"),
    **dict.fromkeys(("deg", "degs", "degree", "degrees", "grad", "°", "º"), "deg"),
    **dict.fromkeys(("%", "percent", "pct", "prozent"), "%"),
    **dict.fromkeys(("k", "kelvin"), "K"),
    **dict.fromkeys(("hz", "hertz"), "Hz"),
    **dict.fromkeys(("f", "frame", "frames", "fr"), "f"),
    **dict.fromkeys(("x", "times", "fold", "×"), "x"),
}
"""A unit as people spell it, in small letters -> the unit."""

OPTIONS = {
    **dict.fromkeys(("in", "within", "during", "time", "duration", "dur", "fade", "takes", "taking"), "over"),
    **dict.fromkeys(("easing", "curve", "smooth", "ease_in_out"), "ease"),
    **dict.fromkeys(("slow", "slowly", "fast", "quick", "quickly", "velocity", "at_speed"), "speed"),
    **dict.fromkeys(("onair", "on_air", "visible"), "live"),
    "repeat": "every",
    "folder": "save",
    "to": "save",
}

BLOCK_ENDS = frozenset(("end", "endif", "endcue", "endfor", "endloop", "endmacro", "fi", "done", "begin", "endwhile"))

COMMENT_WORDS = frozenset(("rem", "comment:", "note:", "todo", "todo:"))

WEEKDAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekday", "weekend", "day",
)  # fmt: skip

_N = r"[^\W\d]\w*"
_C = rf"{_N}(?:\s*,\s*{_N})*"
_A = r"-?[\d.]+\s*(?:[^\W\d_]+|%|°)?"
_T2 = r"(?:\d+(?::\d\d)+|\d+(?:\.\d+)?\s*(?:ms|s|m|h|f))"
_Q = r"\d+(?:\.\d+)?"
_TEXT = r'"?(?P<t>[^"]*?)"?'
_PROPERTY = "|".join(sorted(PROPERTIES, key=len, reverse=True))

_REWRITINGS = {
    "body": (
        (r"(?:home|centre|center)\s+(?P<c>{C})|(?P<d>{C})\s+(?:to\s+)?home", "move {c}{d} home"),
        (r"(?:move|drive)\s+(?P<c>{C})\s+to\s+home(?P<r>\s.*)?", "move {c} home{r}"),
        (r"(?:move|pan|drive)\s+(?P<c>{C})\s+(?:pan\s+)?right\s+(?:by\s+)?(?P<x>[\d.]+deg.*)", "move {c} by pan {x}"),
        (r"(?:move|pan|drive)\s+(?P<c>{C})\s+(?:pan\s+)?left\s+(?:by\s+)?(?P<x>[\d.]+deg.*)", "move {c} by pan -{x}"),
        (r"(?:move|tilt|drive)\s+(?P<c>{C})\s+(?:tilt\s+)?up\s+(?:by\s+)?(?P<x>[\d.]+deg.*)", "move {c} by tilt {x}"),
        (r"(?:move|tilt|drive)\s+(?P<c>{C})\s+(?:tilt\s+)?down\s+(?:by\s+)?(?P<x>[\d.]+deg.*)", "move {c} by tilt -{x}"),
        (r"move\s+(?P<c>{C})\s+(?:to\s+)?(?:pan|tilt)\s+(?P<x>up|down|left|right)", "drive {c} {x} for 2s"),
        (r"drive\s+(?P<c>{C})\s+(?P<x>up|down)[-\s](?P<y>left|right)(?P<r>\s.*)?", "drive {c} {x}_{y}{r}"),
        (r"drive\s+(?P<c>{C})\s+to\s+(?P<x>.+)", "move {c} to {x}"),
        (r"(?P<w>zoom|drive|focus)\s+(?P<c>{C})\s+(?P<d>{N})\s+(?P<x>{T2})", "{w} {c} {d} for {x}"),
        (r"zoom\s+(?P<c>{C})\s+(?:slowly|gently|smoothly)\s+to\s+(?P<x>.+)", "zoom {c} to {x} over 8s"),
        (r"move\s+(?P<c>{C})\s+to\s+(?P<n>\d+)(?P<r>\s.*)?", "move {c} to preset {n}{r}"),
        (r"move\s+(?P<c>{C})\s+to\s+(?P<x>-?[\d.]+deg)\s*,?\s*(?P<y>-?[\d.]+deg)(?P<r>\s.*)?", "move {c} to pan {x} tilt {y}{r}"),
        (r"move\s+(?P<c>{C})\s+to\s+(?P<x>-?[\d.]+deg)(?P<r>\s.*)?", "move {c} to pan {x}{r}"),
        (r"(?P<h>(?:move|zoom|tally|stop|focus|drive|track|set|send|note|go|start|snapshot)\s.*?)\s+(?:at|after)\s+(?P<x>{T2})", "at {x} {h}"),
        (r"(?:at|in|after)\s+(?P<x>{T2})\s*,\s*(?P<r>.+)", "at {x} {r}"),
        (r"in\s+(?P<x>{T2})\s+(?P<r>{N}.*)", "at {x} {r}"),
        (r"wait\s+for\s+(?P<c>{C})\s*,?\s*(?:max\.?|maximum|timeout|at\s+most|no\s+longer\s+than|until)?\s*(?P<x>{T2})", "wait for {c} up to {x}"),
        (r"wait\s+for\s+(?:move|movement|the\s+move|arrival|it|camera|position)", "wait for CAMERA"),
        (r"wait\s+for\s+(?P<c>{C})\s+(?:to|is|has|be|and)\s+.*", "wait for {c}"),
        (r"wait\s+(?:till|til|'til|to|at)\s+(?P<x>\d.*)", "wait until {x}"),
        (r"wait\s+(?:for\s+)?(?:a|one)\s+(?P<u>second|minute|hour)", "wait 1{u!}"),
        (r"wait\s+(?:for\s+)?half\s+an?\s+(?P<u>second|minute|hour)", "wait 0.5{u!}"),
        (r"set\s+(?P<c>{C})\s+(?P<w>focus|tally|track|power)\s+(?:to\s+)?(?P<x>{N})", "{w} {c} {x}"),
        (r"set\s+(?P<c>{C})\s+zoom\s+(?:to\s+)?(?P<x>{A}.*)", "zoom {c} to {x}"),
        (r"set\s+(?P<p>{P})\s+(?P<x>\S+)\s+(?:on\s+|for\s+|of\s+)?(?P<c>{C})", "set {c} {p} {x}"),
        (r"tally\s+(?P<c>{C})\s*=?\s*(?:red|on|live|pgm)", "tally {c} program"),
        (r"tally\s+(?P<c>{C})\s*=?\s*(?:green|pvw|prv)", "tally {c} preview"),
        (r"(?P<w>tally|track|power|focus)\s+(?P<c>{C})\s*=\s*(?P<x>{N})", "{w} {c} {x}"),
        (r"(?P<w>power|track)\s+(?P<x>on|off)\s+(?P<c>{C})", "{w} {c} {x}"),
        (r"(?P<w>power|track)\s+(?P<x>on|off)", "{w} CAMERA {x}"),
        (r"tally\s+(?:on|red|program)\s+(?P<c>{C})", "tally {c} program"),
        (r"tally\s+(?P<x>off|preview)\s+(?P<c>{C})", "tally {c} {x}"),
        (r"(?:then|and|also|next)\s+(?P<r>(?!then\b|and\b|also\b|next\b){N}\s.+)", "{r}"),
        (r"every\s+(?P<x>{T2})\s*[:,]?\s*(?P<r>{N}.*)", "repeat forever every {x}"),
        (r"wait\s+(?P<x>\d+m)\s+(?P<y>\d+s)", "wait {x} + {y}"),
        (r"(?P<h>(?:move|dissolve|take)\s+(?:{C}\s+)?(?:to\s+)?{N})\s+(?:for\s+|in\s+)?(?P<x>{T2})", "{h} over {x}"),
        (r"wait\s+for\s+(?P<w>program|off)(?P<r>\s+up\s.*)?", "wait for {w} CAMERA{r}"),
        (r"focus\s+(?:on\s+(?P<c>{C})|(?P<d>{C})\s+on)", "focus {c}{d} auto"),
        (r"(?:autotrack|auto_track|tracking)\s+(?P<c>{C})\s+(?P<x>on|off)", "track {c} {x}"),
        (r"(?:store|save)\s+(?P<c>{C})\s+(?:as\s+|to\s+|in\s+)?(?:preset\s+)?(?P<x>\w+)", "store {c} preset {x}"),
        (r"(?:store|save)\s+preset\s+(?P<x>\w+)\s+(?:of\s+|for\s+|on\s+)?(?P<c>{C})", "store {c} preset {x}"),
        (r"booth\s+(?P<c>{C})\s+\d+\s+(?P<x>photos|videos)(?P<r>\s.*)?", "booth {c} {x}{r}"),
        (r"(?P<w>snapshot|booth)\s+(?P<c>{C})(?P<d>\s+(?:photos|videos))?\s+(?:to\s+|in\s+|as\s+)?(?P<x>\"[^\"]+\")", "{w} {c}{d} save {x}"),
        (r"send\s+(?P<x>\"/[^\"]*\")\s+(?:to|via|over)\s+(?P<o>{N})", "send {o} {x}"),
        (r"send\s+(?P<o>{N})\s+(?P<x>\"/[^\"]*\")\s*[,=:]\s*(?P<r>.+)", "send {o} {x} {r}"),
        (r"start\s+cue\s*(?P<n>{Q})", "start {n}"),
        (r"(?:goto|go\s+to|go)\s+cue(?P<n>{Q})", "go {n}"),
        (r"follow\s+(?:immediately|now|on|next|directly|cue|the\s+next)", "follow"),
        (r"follow\s+(?:in|on|at|with)\s+(?P<x>{T2})", "follow after {x}"),
        (r"follow\s+(?P<n>\d+)", "follow after {n}s"),
        (r"for\s+{N}\s+(?:=\s*1\s+to|in\s+1\s*\.\.\.?|in\s+range\s*\()\s*(?P<n>\d+)\)?", "repeat {n} times"),
        (r"(?:cut|switch)\s+(?P<d>{N})\s+to\s+(?P<c>{N})", "cut to {c}"),
        (r"(?:dissolve|mix|fade|wipe|crossfade)\s+(?:from\s+)?(?P<d>{N})\s+to\s+(?P<c>(?!black){N})(?P<r>\s+over\s.*)?", "dissolve to {c}{r}"),
        (r"(?:fade|wipe|mix|dissolve)\s+(?P<c>(?!to\b){N})\s+(?:in\s+|over\s+)?(?P<x>{T2})", "dissolve to {c} over {x}"),
        (r"wipe\s+(?:to\s+)?(?P<c>{N})", "dissolve to {c}"),
        (r"fade\s+(?:{N}\s+)?(?:to\s+)?black", 'send SWITCHER "black"'),
        (r"(?:auto|trans|transition)\s+(?:over\s+)?(?P<x>{T2})", "take over {x}"),
        (r"(?:lx|lights?|lighting|sound|sfx|snd|vt|video|audio|projection|vid)\b.*", 'send OUTPUT "/address"'),
        (r"let\s+(?P<x>{N})\s+(?:be\s+|is\s+|==\s*|:=\s*)?(?P<y>[^=\s].*)", "let {x} = {y}"),
        (r"(?:take|cut|program|pgm|switch|on_?air|go_?live|live)(?:\s+(?:to|program))?\s+(?P<c>{C})", "tally {c} program"),
        (r"(?:mix|fade|cross_?fade|xfade)(?:\s+to)?\s+(?P<c>{N})(?P<r>\s+over\s.*)?", "dissolve to {c}{r}"),
        (r"(?:auto|trans|transition)(?:\s+(?:over\s+)?(?P<x>{A}))?", "take over 1s"),
        (r"(?:auto|trans|transition)(?:\s+to)?\s+(?P<c>(?!over\b|to\b){N})(?P<r>\s+over\s.*)", "take {c}{r}"),
        (r"(?:auto|trans|transition)(?:\s+to)?\s+(?P<c>(?!over\b|to\b){N})", "take {c} over 1s"),
        (r"(?:ftb|black|blackout|fade\s+to\s+black)", 'send SWITCHER "black"'),
        (r"(?:scene)\s+(?P<c>{N})", "tally {c} program"),
        (r"(?:preview|pvw|prv)(?:\s+to)?\s+(?P<c>{C})", "tally {c} preview"),
        (r"tally\s+(?P<c>{C})\s+to\s+(?P<x>program|preview|off)", "tally {c} {x}"),
        (r"(?:pan|tilt)\s+(?P<c>{C})\s+(?P<x>up|down|left|right)\b.*", "drive {c} {x} for 2s"),
        (r"(?P<w>pan|tilt)\s+(?P<c>{C})(?:\s+to)?\s+(?P<x>{A}.*)", "move {c} to {w} {x}"),
        (r"(?P<w>pan|tilt)\s+(?P<x>{A})", "move CAMERA to {w} {x}"),
        (r"(?:goto|go\s+to|recall|call|fire|run|play|launch|execute|trigger|start|go)\s+(?:cue\s+)?(?P<n>{Q})", "go {n}"),
        (r"(?:recall|goto|preset)\s+(?:preset\s+)?(?P<n>\d+)\s+(?:on|for|of)\s+(?P<c>{C})", "move {c} to preset {n}"),
        (r"recall\s+preset\s+(?P<n>\d+)", "move CAMERA to preset {n}"),
        (
            (r"(?:goto|go\s+to|recall|moveto|move_to|call|point|aim|turn|position|shot|preset)\s+(?P<c>{C})\s+(?:to\s+|on\s+)?"
            r"(?:preset\s+)?(?P<n>\d+)(?P<r>\s.*)?"),
            "move {c} to preset {n}{r}",
        ),
        (
            (r"(?:goto|go\s+to|recall|moveto|move_to|call|point|aim|turn|position|shot|pan|tilt)\s+(?P<c>{C})\s+"
            r"(?:to\s+|on\s+|preset\s+)*(?P<x>{N})(?P<r>\s.*)?"),
            "move {c} to {x}{r}",
        ),
        (r"(?:recall|goto)\s+(?P<x>{N})", "move CAMERA to {x}"),
        (r"move\s+(?P<c>{N})\s+(?:and|&|\+)\s+(?P<d>{C})\s+(?P<x>to|by)\s+(?P<r>.*)", "move {c}, {d} {x} {r}"),
        (
            r"(?P<w>move|zoom|stop|tally|track|focus|drive|set|snapshot|booth)\s+(?P<c>{N})\s+(?:and|&|\+)\s+(?P<r>{N}.*)",
            "{w} {c}, {r}",
        ),
        (
            r"(?P<h>(?:move|zoom|focus)\s.*?)\s+(?:in|within|during|time|duration|dur|fade|takes|for)\s+(?P<x>{A})(?P<r>\s.*)?",
            "{h} over {x}{r}",
        ),
        (r"move\s+to\s+(?P<x>.+)", "move CAMERA to {x}"),
        (r"move\s+(?P<c>{C})\s+(?P<x>up|down|left|right)", "drive {c} {x} for 2s"),
        (r"move\s+(?P<c>{C})\s+(?P<d>(?!to\b|by\b){N})\s+(?P<w>to|by)\s+(?P<x>.+)", "move {c}, {d} {w} {x}"),
        (r"move\s+(?P<c>{C})\s+(?P<x>(?:pan|tilt|zoom|preset)\s.*)", "move {c} to {x}"),
        (r"move\s+(?P<c>{C})\s+(?P<x>-?[\d.]+deg)\s+(?P<y>-?[\d.]+deg)", "move {c} to pan {x} tilt {y}"),
        (r'move\s+(?P<c>{C})\s+(?:to\s+)?(?:preset\s+)?"(?P<x>{N})"(?P<r>.*)', "move {c} to {x}{r}"),
        (r"move\s+(?P<c>{C})\s+(?P<x>(?!(?:to|by|home)\b){N})(?P<r>\s.*)?", "move {c} to {x}{r}"),
        (r"(?P<w>tally|track|focus)\s+(?P<c>{C})\s+(?P<d>(?!(?:program|preview|off|on|auto|manual)\b){N})\s+(?P<x>program|preview|off|on|auto|manual)", "{w} {c}, {d} {x}"),
        (r"all\s+(?:to\s+)?(?P<x>{N}.*)", "move all to {x}"),
        (r"move\s+(?P<c>{C})\s+(?:->|=|=>|→)\s*(?P<x>.+)", "move {c} to {x}"),
        (r"(?P<c>{N})\s*(?:->|=>|→)\s*(?P<x>{N})", "move {c} to {x}"),
        (r"zoom\s+(?P<x>in|out)\s+(?P<c>{C})(?P<r>\s.*)?", "zoom {c} {x}{r}"),
        (r"zoom_?(?P<x>in|out)\s+(?P<c>{C})(?P<r>\s.*)?", "zoom {c} {x}{r}"),
        (r"zoom\s+(?P<c>{C})\s+(?:in|out|wide|tele)\s+to\s+(?P<x>.+)", "zoom {c} to {x}"),
        (r"zoom\s+(?P<c>{C})\s+tele(?P<r>\s.*)?", "zoom {c} in{r}"),
        (r"zoom\s+(?P<c>{C})\s+wide(?P<r>\s.*)?", "zoom {c} out{r}"),
        (r"zoom\s+(?P<c>{C})\s+(?P<x>{A}.*)", "zoom {c} to {x}"),
        (r"zoom\s+(?:to\s+)?(?P<x>{A}.*)", "zoom CAMERA to {x}"),
        (r"focus\s+(?P<c>{C})\s+(?P<x>\d.*)", "focus {c} to {x}"),
        (r"(?:af|auto_?focus|auto\s+focus)\s+(?P<c>{C})(?:\s+on)?", "focus {c} auto"),
        (r"(?:mf|manual_?focus|manual\s+focus)\s+(?P<c>{C})(?:\s+on)?", "focus {c} manual"),
        (r"(?:wb|whitebalance|white\s+balance)\s+(?P<c>{C})\s+(?:to\s+)?(?P<x>{N})", "set {c} white_balance {x}"),
        (r"(?:wb|white\s*_?balance)(?:\s+(?P<x>{N}))?", "set CAMERA white_balance indoor"),
        (r"set\s+(?P<c>{C})\s+(?:wb|whitebalance)\s+(?P<x>\w+)", "set {c} white_balance {x}"),
        (r"set\s+(?P<c>{C})\s+(?P<p>{P})\s*(?:=|:|to)\s*(?P<x>.+)", "set {c} {p} {x}"),
        (r"(?P<p>{P})\s+(?P<c>{C})\s+(?:to\s+|=\s*)?(?P<x>\S+)", "set {c} {p} {x}"),
        (r"(?P<p>{P})(?:\s+(?:to\s+)?(?P<x>\S+))?", "set CAMERA {p} {x}"),
        (r"(?:photos?|pictures?|still|screenshot|shoot|grab)\s+(?P<c>{C}).*", "snapshot {c}"),
        (r"(?:follow|tracking|auto_?track(?:ing)?)\s+(?P<c>{C})(?:\s+on)?", "track {c} on"),
        (r"track\s+(?P<x>on|off)\s+(?P<c>{C})", "track {c} {x}"),
        (r"(?:delay|sleep|pre[-_\s]?wait|pause|hold|wait)\s*(?:for\s+|:\s*)?(?P<x>{A})", "wait {x}"),
        (r"(?:pause|hold|wait_?go|wait\s+go|wait\s+until\s+go|wait\s+on\s+go|wait\s+for\s+the\s+go|halt)", "wait for go"),
        (r"wait\s+until\s+(?P<c>{C})(?:\s+.*)?", "wait for {c}"),
        (r"(?:post[-_\s]?wait|auto[-_\s]?follow|auto[-_\s]?continue|continue|follow)\s*(?:after\s*)?(?P<x>{A})", "follow after {x}"),
        (r"(?:post[-_\s]?wait|auto[-_\s]?follow|auto[-_\s]?continue|continue|follow[-_\s]?on)", "follow"),
        (r"next(?:\s+cue)?", "go next"),
        (r"(?:loop|repeat|do)\s+(?P<n>\d+)\s*x?(?:\s*times)?(?:\s*:)?", "repeat {n} times"),
        (r"(?:loop|repeat)\s+(?P<n>\d+)\s*x?\s+every\s+(?P<x>{A})", "repeat {n} times every {x}"),
        (r"(?:loop|repeat|forever)(?:\s+forever)?\s+every\s+(?P<x>{A})", "repeat forever every {x}"),
        (r"(?:loop|forever|while|repeat)(?:\s+(?:forever|true|always|endlessly))?", "repeat forever every 10s"),
        (r"for\s+(?P<x>{N})\s+in\s+(?P<c>{N})\s+(?:and\s+)?(?P<d>{N})", "for {x} in {c}, {d}"),
        (r"(?P<h>.*\ball)\s+(?:the\s+)?cameras(?P<r>\s.*)?", "{h}{r}"),
        (r"(?:foreach|for\s+each)\s+(?P<x>{N})\s+in\s+(?P<c>{C})", "for {x} in {c}"),
        (r"for\s+(?P<c>all|each|every)(?:\s+.*)?", "for cam in all"),
        (r"(?:say|comment|text|print|echo|message|msg|remark|log|display|info|memo|caption)\s*:?\s+{T}", 'note "{t}"'),
        (r"(?P<w>note|standby)\s*:?\s+(?P<t>[^\"\s][^\"]*)", '{w} "{t}"'),
        (r"(?:stand\s+by|stby|stand-by|ready|warn|warning)\s+{T}", 'standby "{t}"'),
        (r"(?:elif|elseif|elsif|else-if)\s+(?P<x>.+)", "else if {x}"),
        (r"otherwise", "else"),
        (r"if\s+(?P<x>\w+(?:\s*[+\-*/]\s*\w+)*)\s*=\s*(?P<y>[^=]+)", "if {x} == {y}"),
        (r"(?P<w>if|else\s+if)\s+(?P<x>.+?)\s+then(?:\s.*)?", "{w} {x}"),
        (r"(?:parallel|simultaneously|both|same\s+time|at\s+once|simultaneous)", "together"),
        (r"(?:call|macro|run|do)\s+(?P<m>{N})\s*\(?\s*(?P<x>[^()]*?)\)?", "{m}({x})"),
        (r"(?:freeze)\s+(?P<c>{C})", "set {c} freeze on"),
        (r"(?:halt|abort)\s+(?P<c>{C})", "stop {c}"),
        (r"stop\s+(?P<n>{Q})", "stop cue {n}"),
        (r"stop", "stop all"),
        (r"osc\s+(?P<o>{N})\s+(?P<x>.+)", "send {o} {x}"),
        (r"(?:osc|send)\s+(?P<x>\"/.*)", "send OUTPUT {x}"),
        (r"send\s+(?P<o>{N})\s+(?P<x>/[^\s\"]+)(?P<r>.*)", 'send {o} "{x}"{r}'),
        (r"(?:var|const|set|let|def|define)\s+(?P<x>{N})\s*(?::=|=|:|to)\s*(?P<y>[^=].*)", "let {x} = {y}"),
        (r"(?P<x>{N})\s*:?=\s*(?P<y>[^=].*)", "let {x} = {y}"),
        (r"[@+]\s*(?P<x>{A})\s*:?\s*(?P<r>{N}.*)", "at {x} {r}"),
        (r"(?P<x>\d+(?::\d\d)+(?:\.\d+)?|{A})\s*[:\-–—|]?\s*(?P<r>{N}\s.*)", "at {x} {r}"),
        (r"after\s+(?P<x>{A})\s*,?\s*(?P<r>.*)", "at {x} {r}"),
    ),
    "top": (
        (r"cue\s+(?:no\.?|nr\.?|number|num\.?|\#)\s*(?P<n>{Q})(?P<r>\s.*)?", "cue {n}{r}"),
        (r"(?P<n>{Q})\s+(?P<x>\".*\")", "cue {n} {x}"),
        (r"(?:scene|q|queue)\s+(?P<x>\".*\")", "cue 1 {x}"),
        (r"(?P<w>act|part|chapter)\s+(?P<n>\w+)\s*:?\s*\"(?P<t>[^\"]*)\"", 'section "{w} {n} {t}"'),
        (r"(?:camera|cam)\s+cam(?:era)?\s+(?P<n>\d+)\s+(?P<x>\"[^\"]+\")", "camera cam{n} {x}"),
        (r"(?:camera|cam)\s+(?P<x>[^\W\d]\w*(?:[-\s]+\w+)+)\s+(?P<y>\"[^\"]+\")", "camera {x_} {y}"),
        (r"(?:camera|cam)\s+(?:\#|no\.?\s*)?(?P<n>\d+)\w*\s+(?P<x>\"[^\"]+\")", "camera cam{n} {x}"),
        (r"(?:camera|cam)\s+(?P<x>\"[a-z+-]+://[^\"]+\")", "camera cam1 {x}"),
        (r"input\s+(?P<x>\"[^\"]+\")", "input desk {x}"),
        (r"output\s+(?P<x>\"[^\"]+\")", "output eos {x}"),
        (r"group\s+(?P<c>{N})\s*[:=]\s*[\[\(\{{]?(?P<x>{N}(?:(?:\s*[,+&]\s*|\s+and\s+|\s+){N})*)[\]\)\}}]?", "group {c} = {x*}"),
        (r"let\s+(?P<x>{N}(?:[-\s]+{N})+)\s*=\s*(?P<y>[^=].*)", "let {x_} = {y}"),
        (r"let\s+(?P<x>{N})\s*==\s*(?P<y>.+)", "let {x} = {y}"),
        (r"define\s+(?P<m>{N})\s*\((?P<x>{N}(?:(?:\s*[,;]\s*|\s+){N})*)\)\s*:?", "define {m}({x*})"),
        (r"on\s+(?:midi\s+)?(?:cc|controller|control\s+change)\s*(?P<n>\d.*)", "on midi control {n}"),
        (r"on\s+(?:midi\s+)?(?:pc|prog|program\s+change|patch)\s*(?P<n>\d.*)", "on midi program {n}"),
        (r"on\s+(?:midi\s+)?(?:note\s*on|note|key)\s*(?P<n>\d.*)", "on midi note {n}"),
        (r"on\s+(?:tc|ltc|mtc|smpte|time\s+code)\s+(?P<n>\d.*)", "on timecode {n}"),
        (r"on\s+timecode\s+(?P<x>\d\d:\d\d:\d\d)(?P<r>\s.*)", "on timecode {x}:00{r}"),
        (r"on\s+timecode\s+(?P<x>\d:\d\d:\d\d:\d\d)(?P<r>\s.*)", "on timecode 0{x}{r}"),
        (r"on\s+msc\s+(?P<n>{Q})(?P<r>\s.*)", "on msc go {n}{r}"),
        (r"on\s+dmx\s+(?P<n>\d+)\s*>=?\s*(?P<r>\d.*)", "on dmx {n} above {r}"),
        (r"on\s+dmx\s+(?P<n>\d+)\s*<=?\s*(?P<r>\d.*)", "on dmx {n} below {r}"),
        (r"on\s+osc\s+(?P<x>\"/[^\"]*\")\s*(?:=|:|==)?\s*(?P<y>\d\S*\s+.*)", "on osc {x} with {y}"),
        (r"on\s+(?P<x>osc\s.+\swith\s.*?\d)\s+(?P<y>\d.*)", "on {x}, {y}"),
        (r"on\s+(?:key\s*press|keyboard|button|press)\s+(?P<x>\"[^\"]+\".*)", "on key {x}"),
        (r"on\s+cron\s+(?P<x>[\d*][\d*/,\-]*(?:\s+[\w*][\w*/,\-]*){4}(?:\s+(?:[\d*/,\-]+|mon|tue|wed|thu|fri|sat|sun))?)\s+(?P<r>{N}\s.*)", 'on cron "{x}" {r}'),
        (r"on\s+(?:once\s+)?(?P<x>\d{{4}}-\d\d-\d\d)\s+(?P<r>\d.*)", "on once {x} at {r}"),
        (r"on\s+every\s+(?P<x>\S+)\s+between\s+(?P<y>\S+)\s+(?:and|to|-)\s+(?P<r>.+)", "on every {x} from {y} to {r}"),
        (r"on\s+(?:every\s+)?half\s*(?:an?\s+)?hour\s+(?P<r>.+)", "on every 30m {r}"),
        (r"on\s+(?:every|each)\s+(?P<x>(?:{D})s?(?:\s*,\s*(?:{D}))*)\s+(?P<r>\d.*)", "on every {x} at {r}"),
        (r"on\s+each\s+(?P<x>.+)", "on every {x}"),
        (r"on\s+(?P<x>.+?)\s+(?:(?:goto|jump(?:\s+to)?)\s+cue|(?:load|cue\s+up)(?:\s+cue)?|jump(?:\s+to)?)\s*(?P<n>{Q})", "on {x} locate {n}"),
        (r"on\s+(?P<x>.+?)\s+(?:go\s+to|goto|go|fire|run|play|trigger|launch|start)?\s*cue\s+(?P<n>{Q})", "on {x} go {n}"),
        (r"on\s+(?P<x>.+?)\s+(?:go\s+to|goto|fire|run|play|trigger|launch|execute)\s+(?P<n>{Q})", "on {x} go {n}"),
        (r"on\s+(?P<x>.+?)\s+(?:go|next|next\s+cue|fire)", "on {x} go next"),
        (r"on\s+(?P<x>.+?)\s+stop\s+(?P<n>{Q})", "on {x} stop cue {n}"),
        (r"on\s+(?P<x>.+?)\s+(?P<w>pause|resume|go|start|standby|locate)\s+cue\s+(?P<n>{Q})", "on {x} {w} {n}"),
        (r"on\s+(?P<x>.+?)\s+(?P<w>panic|reload|back)\s+(?:all|now|everything)", "on {x} {w}"),
        (r"on\s+(?P<x>.+?)\s+(?P<w>go|start)\s+\"(?P<y>\{{\w+\}}|{Q})\"", "on {x} {w} {y}"),
        (r"on\s+(?P<x>(?:midi|osc|key|http)\s.+?)\s+(?P<n>{Q})", "on {x} go {n}"),
        (r"(?:q|qu|que|queue|scene|step|look|lx|lxq|shot|cue\s+no\.?|cue\s*#)\s*(?P<n>{Q})\s*:?(?P<r>\s.*)?", "cue {n}{r}"),
        (r"cue\s*(?P<n>\d+)[-/_](?P<m>\d+)(?P<r>\s.*)?", "cue {n}.{m}{r}"),
        (r"cue\s*(?P<n>{Q})\s*(?:[:\-–—.|]+)\s*(?P<x>\".*\")\s*:?", "cue {n} {x}"),
        (r"cue\s*(?P<n>{Q})\s*(?:[:\-–—.|]+)\s*(?P<t>[^\"]+?):?", 'cue {n} "{t}"'),
        (r"cue(?P<n>{Q})(?P<r>\s.*)?", "cue {n}{r}"),
        (r"cue\s+(?P<n>{Q})(?P<x>\s+\".*\")?\s*:", "cue {n}{x}"),
        (r"cue\s+(?P<n>{Q})\s+(?P<t>[^\W\d][^\":]*?)\s*:?", 'cue {n} "{t}"'),
        (r"cue\s+(?P<n>{Q})\s+'(?P<t>[^']*)'\s*:?", 'cue {n} "{t}"'),
        (r"cue\s+(?P<x>\".*\")", "cue 1 {x}"),
        (r"(?:cam|camara|kamera|ptz)\s+(?P<c>{N})(?P<r>\s.*)?", "camera {c}{r}"),
        (r"use\s+(?:stdlib|lib|modules?)\s*[/.]\s*(?P<x>\w+(?:[./]\w+)*?)(?:\.cues)?", "use {x}"),
        (r"switcher\s+(?P<c>{N})\s*(?:=|:|at)?\s*(?P<x>(?:obs|atem|vmix|sim)://[^\s\"]+)", 'switcher {c} "{x}"'),
        (r"camera\s+\"(?P<c>{N})\"(?P<r>.*)", "camera {c}{r}"),
        (r"camera\s+(?P<c>{N})\s*(?:=|:|at)\s*\"?(?P<x>[a-z+\-]+://[^\s\"]+)\"?", 'camera {c} "{x}"'),
        (r"camera\s+(?P<c>{N})\s*(?:=|:|at)?\s*\"?(?P<x>\d+\.\d+\.\d+\.\d+)\"?", 'camera {c} "visca+udp://{x}"'),
        (r"(?P<w>camera|input|output)\s+(?P<c>{N})\s*(?:=|:|at)?\s*(?P<x>[\w+\-]+:[^\s\"]+)", '{w} {c} "{x}"'),
        (r"(?:def|function|macro|func|sub|proc|fn)\s+(?P<m>{N})\s*(?P<x>\([^()]*\))?\s*[:{{]?", "define {m}{x}"),
        (r"define\s+(?P<m>{N})\s*:?", "define {m}(cam)"),
        (r"define\s+(?P<m>{N})\s+(?P<x>{C})\s*:?", "define {m}({x})"),
        (r"define\s+(?P<m>{N})\s*(?P<x>\([^()]*\))\s*[:{{]", "define {m}{x}"),
        (r"(?:import|include|require|load|source|using)\s+[<\"']?(?P<x>[^<>\"']+\.cues)[>\"']?", 'use "{x}"'),
        (r"(?:import|include|require|load|source|using)\s+(?P<x>{N})", "use {x}"),
        (r"(?P<w>act|part|heading|chapter)\s+(?P<t>[^\"]+)", 'section "{w} {t}"'),
        (r"(?P<w>section|show|rig)\s*:?\s+(?P<t>[^\"]+)", '{w} "{t}"'),
        (r"title\s+{T}", 'show "{t}"'),
        (r"(?P<x>(?:every|osc|midi|key|msc|timecode|cron|once)\s.+)", "on {x}"),
        (r"on\s+(?P<x>\d{{4}}-\d\d-\d\d.*)", "on once {x}"),
        (r"on\s+midi\s+(?P<x>\d.*)", "on midi note {x}"),
        (r"on\s+every\s+(?P<x>[^\d]+?)\s+and\s+(?P<d>{D})(?P<r>\s.*)", "on every {x}, {d}{r}"),
        (r"when\s+(?P<x>.+)", "on {x}"),
        (r"(?:on\s+)?(?P<d>{D})s?\s+(?:at\s+)?(?P<x>\d.*)", "on every {d} at {x}"),
        (r"(?:on\s+)?(?:daily|every\s+day|everyday)\s+(?:at\s+)?(?P<x>\d.*)", "on every day at {x}"),
        (r"(?:on\s+)?(?:at\s+)?(?P<x>\d{{1,2}}:\d\d(?::\d\d)?)\s+(?P<r>.+)", "on every day at {x} {r}"),
        (r"on\s+(?:key\s+)?(?P<k>f\d+|enter|[a-z])\s+(?P<r>.+)", 'on key "{k}" {r}'),
        (r"on\s+osc\s+(?P<x>/[^\s\"]+)(?P<r>.*)", 'on osc "{x}"{r}'),
        (r"on\s+(?P<x>\"/[^\"]*\".*)", "on osc {x}"),
        (r"on\s+(?P<x>.+?)\s*(?:->|=>|→|:|,|\bdo\b|\bthen\b)\s*(?P<r>{N}.*)", "on {x} {r}"),
        (r"group\s+(?P<c>{N})\s*:?\s+(?P<x>{C})", "group {c} = {x}"),
        (r"group\s+(?P<c>{N})\s*[:=]\s*\[?(?P<x>{N}(?:(?:\s*,\s*|\s+and\s+|\s+){N})*)\]?", "group {c} = {x*}"),
        (r"(?:var|const|set|let)?\s*(?P<x>{N})\s*(?::=|=|:)\s*(?P<y>[^=].*)", "let {x} = {y}"),
        (r"let\s+(?P<x>{N})\s+(?:be\s+)?(?P<y>[^=\s].*)", "let {x} = {y}"),
    ),
    "camera": (
        (r"(?:preset|shot|position)s?\s+\"?(?P<x>{N})\"?\s*(?:[:=]|is|at)?\s*(?P<n>\d+)(?P<r>\s+at\s.*)?", "preset {x} = {n}{r}"),
        (r"(?:preset|shot)\s+(?P<n>\d+)\s*[:=]?\s*\"?(?P<x>{N})\"?(?P<r>\s+at\s.*)?", "preset {x} = {n}{r}"),
        (r"preset\s+(?P<x>{N})\s*(?P<n>=\s*\d+)?\s*(?P<r>(?:pan|tilt|zoom)\s.*)", "preset {x} {n} at {r}"),
        (r"(?P<x>{N})\s*[:=]\s*(?P<n>\d+)", "preset {x} = {n}"),
        (r"(?P<w>model|http|login)\s*[:=]\s*\"?(?P<x>[^\"]+)\"?", '{w} "{x}"'),
        (r"(?P<w>{N})\s*[:=]\s*(?P<x>.+)", "{w} {x}"),
        (r"model\s+(?P<x>[^\"]+)", 'model "{x}"'),
    ),
    "show": ((r"(?P<w>{N})\s*[:=]\s*(?P<x>.+)", "{w} {x}"),),
    "port": (
        (r"(?P<w>{N})\s*[:=]\s*(?P<x>.+)", "{w} {x}"),
        (r"allow\s+(?P<x>\d[^\"\s]*)", 'allow "{x}"'),
    ),
}  # fmt: skip


@cache
def rewritings(context: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Of this context: the form of a whole statement, and the line that was meant. `{x*}` is a list, its commas put in,
    `{x_}` one name of several words, `{u!}` the first letter of a unit.

    Made when the first mistake asks: 120 expressions are half of what a check of a right sheet would cost."""
    holes = {
        "{C}": _C,
        "{N}": _N,
        "{A}": _A,
        "{Q}": _Q,
        "{T}": _TEXT,
        "{P}": _PROPERTY,
        "{T2}": _T2,
        "{D}": "|".join(WEEKDAYS),
    }

    def filled(form: str) -> str:
        return re.sub(r"\{\{|\}\}|\{(?:[CNAQTPD]|T2)\}", lambda hole: holes.get(hole[0], hole[0][0]), form)

    return tuple((re.compile(filled(form), re.IGNORECASE), line) for form, line in _REWRITINGS.get(context, ()))


PROPERTY_WORDS = {tuple(name.split("_")): name for name in PROPERTIES if "_" in name}
"""Properties whose name has several words: those words -> the name."""

VALUES = {
    "white_balance": {
        **dict.fromkeys(("tungsten", "incandescent", "3200k", "halogen", "lamp"), "indoor"),
        **dict.fromkeys(("daylight", "sun", "sunny", "outside", "5600k"), "outdoor"),
        **dict.fromkeys(("awb", "atw"), "auto"),
        **dict.fromkeys(("onepush", "one", "push"), "one_push"),
        "preset": "manual",
    },
    "exposure": {"full_auto": "auto", "shutter": "shutter_priority", "iris": "iris_priority"},
    "effect": {**dict.fromkeys(("black_and_white", "monochrome", "mono", "grey", "gray"), "bw"), "none": "off"},
    "flip": {"both": "hv", "horizontal": "h", "vertical": "v", "none": "off"},
}
"""Values of properties as other cameras call them."""

OTHER_NAMES = {
    **dict.fromkeys(
        ("kelvin", "ct", "cct", "color_temp", "colour_temp", "colour_temperature", "temperature"), "color_temperature"
    ),
    **dict.fromkeys(("wb", "whitebalance", "balance"), "white_balance"),
    **dict.fromkeys(("ae", "auto_exposure", "exposure_mode"), "exposure"),
    **dict.fromkeys(("ev", "exp_comp", "compensation"), "exposure_compensation"),
    **dict.fromkeys(("aperture", "f_stop", "fstop"), "iris"),
    **dict.fromkeys(("shutter_speed", "shutterspeed"), "shutter"),
    **dict.fromkeys(("iso", "agc"), "gain"),
    **dict.fromkeys(("blc", "back_light"), "backlight"),
    **dict.fromkeys(("mirror", "mirrored"), "reverse"),
    **dict.fromkeys(("rotate", "upside_down", "invert", "ceiling"), "flip"),
    **dict.fromkeys(("menu",), "osd"),
    **dict.fromkeys(("bw", "black_and_white", "monochrome", "mono"), "effect"),
    **dict.fromkeys(("saturation", "color", "colour", "chroma"), "color_gain"),
    **dict.fromkeys(("denoise", "noise", "nr"), "noise_2d"),
    **dict.fromkeys(("r_gain", "red"), "red_gain"),
    **dict.fromkeys(("b_gain", "blue"), "blue_gain"),
    **dict.fromkeys(("anti_flicker", "frequency"), "flicker"),
}
"""Properties as other programs call them."""

CHOICES = {
    **dict.fromkeys(("red", "on", "live", "pgm", "onair", "on_air", "air", "take"), "program"),
    **dict.fromkeys(("green", "pvw", "prv", "next", "ready"), "preview"),
    **dict.fromkeys(("none", "dark", "clear", "normal", "disable", "disabled", "false", "no"), "off"),
    **dict.fromkeys(("enable", "enabled", "true", "yes"), "on"),
    **dict.fromkeys(("af", "autofocus"), "auto"),
    **dict.fromkeys(("mf", "manualfocus"), "manual"),
    **dict.fromkeys(("onepush", "one_push", "once"), "snap"),
    **dict.fromkeys(("tele", "closer", "plus"), "in"),
    **dict.fromkeys(("wide", "away", "minus"), "out"),
    **dict.fromkeys(("photo", "picture", "pictures", "stills"), "photos"),
    **dict.fromkeys(("video", "clip", "clips"), "videos"),
    **dict.fromkeys(("ease_in", "in-quad"), "in"),
    **dict.fromkeys(("ease_out",), "out"),
    **dict.fromkeys(("both", "inout", "ease", "smooth", "ease_in_out"), "in_out"),
    **dict.fromkeys(("none", "constant"), "linear"),
    **dict.fromkeys(
        ("everything", "everyone", "every", "cameras", "every_camera", "all_cameras", "any", "alle"), "all"
    ),
    **dict.fromkeys(("cc", "controller", "controlchange", "control_change", "knob", "fader"), "control"),
    **dict.fromkeys(("pc", "prog", "programchange", "patch"), "program"),
    **dict.fromkeys(("pitch", "pitchbend", "pitch_bend", "wheel"), "bend"),
    **dict.fromkeys(("noteon", "note_on", "pad"), "note"),
    **dict.fromkeys(("links", "gauche", "izquierda", "sinistra", "west"), "left"),
    **dict.fromkeys(("rechts", "droite", "derecha", "destra", "east"), "right"),
    **dict.fromkeys(("hoch", "rauf", "oben", "haut", "upwards"), "up"),
    **dict.fromkeys(("runter", "unten", "bas", "abajo", "downwards"), "down"),
}
"""A word where one of a few is allowed -> the one that is meant, if it is one of them."""


def likely(word: str, known: Iterable[str], prop: str = "") -> str:
    """` Did you mean “program”?` or nothing: the meaning of a word before its letters, and nothing that destroys."""
    choices = tuple(known)
    for table in (VALUES.get(prop, {}), CHOICES, OTHER_NAMES):
        found = table.get(word.lower())
        if found in choices:
            return f" Did you mean “{found}”?"
    return nearest(word, [each for each in choices if each not in DESTRUCTIVE])
