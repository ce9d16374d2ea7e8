# ruff: noqa: E501 - a rewriting stands on one line, its form beside its meaning
"""What people write who know another program, and what it is called here. Data alone; `mistakes` applies it.

A rewriting takes a whole statement apart and gives the line that was probably meant. None of them makes a line that
stores, clears, resets, switches power or drives a camera home: those are never suggested.
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
_Q = r"\d+(?:\.\d+)?"
_TEXT = r'"?(?P<t>[^"]*?)"?'
_PROPERTY = "|".join(sorted(PROPERTIES, key=len, reverse=True))

_REWRITINGS = {
    "body": (
        (r"(?:take|cut|program|pgm|switch|on_?air|go_?live|live)(?:\s+(?:to|program))?\s+(?P<c>{C})", "tally {c} program"),
        (r"(?:mix|fade|cross_?fade|xfade)(?:\s+to)?\s+(?P<c>{N})(?P<r>\s+over\s.*)?", "dissolve to {c}{r}"),
        (r"(?:auto|trans|transition)(?:\s+(?:over\s+)?(?P<x>{A}))?", "take over 1s"),
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
            r"(?:goto|go\s+to|recall|moveto|move_to|call|point|aim|turn|position|shot|preset)\s+(?P<c>{C})\s+(?:to\s+|on\s+)?"
            r"(?:preset\s+)?(?P<n>\d+)(?P<r>\s.*)?",
            "move {c} to preset {n}{r}",
        ),
        (
            r"(?:goto|go\s+to|recall|moveto|move_to|call|point|aim|turn|position|shot|pan|tilt)\s+(?P<c>{C})\s+"
            r"(?:to\s+|on\s+|preset\s+)*(?P<x>{N})(?P<r>\s.*)?",
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
        (r"move\s+(?P<c>{C})\s+(?:up|down|left|right)(?:\s+(?:by\s+)?(?P<x>{A}))", "move {c} by pan {x}"),
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
        (r"(?:call|macro)\s+(?P<m>{N})\s*\(?\s*(?P<x>[^()]*?)\)?", "{m}({x})"),
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
        (r"on\s+(?:key\s+)?(?P<k>f\d+|space|enter|escape|[a-z])\s+(?P<r>.+)", 'on key "{k}" {r}'),
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
    """Of this context: the form of a whole statement, and the line that was meant. `{x*}` is a list, its commas put in.

    Made when the first mistake asks: 120 expressions are half of what a check of a right sheet would cost."""
    holes = {"{C}": _C, "{N}": _N, "{A}": _A, "{Q}": _Q, "{T}": _TEXT, "{P}": _PROPERTY, "{D}": "|".join(WEEKDAYS)}

    def filled(form: str) -> str:
        return re.sub(r"\{\{|\}\}|\{[CNAQTPD]\}", lambda hole: holes.get(hole[0], hole[0][0]), form)

    return tuple((re.compile(filled(form), re.I), line) for form, line in _REWRITINGS.get(context, ()))


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
}
"""A word where one of a few may stand -> the one that is meant, if it is one of them."""


def likely(word: str, known: Iterable[str], prop: str = "") -> str:
    """` Did you mean “program”?` or nothing: the meaning of a word before its letters, and nothing that destroys."""
    choices = tuple(known)
    for table in (VALUES.get(prop, {}), CHOICES):
        found = table.get(word.lower())
        if found in choices:
            return f" Did you mean “{found}”?"
    return nearest(word, [each for each in choices if each not in DESTRUCTIVE])
