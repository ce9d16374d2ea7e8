"""The shapes of the API's bodies as JSON Schema; what the values mean is in `cuelang/web/state.py`. Pure data."""

from __future__ import annotations

from typing import Any, get_args

from cuelang.commands import TallyMode
from cuelang.playback.effects import VerdictWord
from cuelang.playback.hands import DrivenState
from cuelang.playback.sight import GoDoes, WaitKind
from cuelang.runtime.record_json import KINDS, keys
from cuelang.runtime.view import CueMark, LinkMark, PauseDoes

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MS: Schema = {"type": "number", "description": "milliseconds"}
WHEN: Schema = {"type": "string", "format": "date-time"}
CUE: Schema = {
    "description": "A cue's number, as text or as a number.",
    "oneOf": [{"type": "string", "minLength": 1, "maxLength": 100}, {"type": "number"}],
}
KEY: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z0-9._-]{8,80}$",
    "description": "Idempotency key, new for each request: sent twice, it is carried out once.",
}

WHO: Schema = {**TEXT, "minLength": 1, "maxLength": 40, "description": "The name of the person, for the log."}


def maybe(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


def words(of: Any) -> Schema:
    return {"type": "string", "enum": list(get_args(of))}


def shape(**properties: Schema) -> Schema:
    """An object that has all of these, and maybe more in a later version."""
    return {"type": "object", "required": list(properties), "properties": properties}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def named(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def body(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """What is sent: it may contain nothing else. What has a key may have the name of the person, too."""
    if "id" in properties:
        properties["who"] = WHO
    shown: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return shown | {"required": list(required)} if required else shown


def record(kind: str) -> Schema:
    """A record of the as-run log: what it always has, and what it may have."""
    properties: dict[str, Schema] = {"seq": COUNT, "wall": WHEN, "t_ms": MS, "kind": {"enum": [kind]}}
    for key in keys(kind):
        properties[key.name] = (
            {"enum": sorted(key.words)} if key.words else {"type": sorted({_JSON_TYPES[one] for one in key.types})}
        )
    optional = {key.name for key in keys(kind) if not key.required}
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


_JSON_TYPES = {
    dict: "object",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "array",
    type(None): "null",
}

_CLOCK = shape(wall=WHEN, elapsed_ms=MS)
_ERROR = shape(code=TEXT, message=TEXT, hint=TEXT)
_TRIGGER = shape(at_ms=MS, time=TEXT, source=TEXT, request=TEXT, verdict=words(VerdictWord), reason=TEXT, did=TEXT)
_NOTE = shape(at_ms=MS, time=TEXT, kind={"enum": ["note", "warning", "trouble"]}, cue=TEXT, text=TEXT)
_EVENT = shape(
    at_ms=MS,
    until_ms=maybe(MS),
    action=TEXT,
    label=TEXT,
    line=COUNT,
    file=TEXT,
    estimated=FLAG,
    wait_line=maybe(COUNT),
    repeat_ms=maybe(MS),
)
_GO = shape(
    does=words(GoDoes),
    cue=TEXT,
    label=TEXT,
    after=TEXT,
    then=maybe(TEXT),
    reason=TEXT,
    cuts=many(shape(switcher=TEXT, action=TEXT, source=maybe(TEXT), at_ms=MS)),
)
_AIR = shape(
    off_air=FLAG,
    cutting={"enum": ["sheet", "hand"]},
    lamps_off=FLAG,
    prompts=many(shape(text=TEXT, switcher=TEXT, source=maybe(TEXT), cue=TEXT, since_ms=MS)),
)
_MISTAKE = shape(place=TEXT, text=TEXT, hint=TEXT)
_COUNTS = shape(commands=COUNT, troubles=COUNT)
_HEARD = shape(seq=COUNT, time=TEXT, input=TEXT, sender=TEXT, line=TEXT, note=TEXT, taken=TEXT)
_INPUTS = {
    "inputs": many(shape(name=TEXT, url=TEXT, muted=TEXT, last=maybe(_HEARD), untaken=maybe(_HEARD))),
    "heard": many(_HEARD),
}
_SHOW = shape(title=TEXT, file=TEXT, timezone=maybe(TEXT))
_VERDICT = {
    "request": TEXT, "verdict": words(VerdictWord), "reason": TEXT, "did": TEXT, "repeated": FLAG,
}  # fmt: skip

_FINDING = shape(
    code=TEXT,
    severity={"enum": ["error", "warning"]},
    line={"type": "integer"},
    column=COUNT,
    end_line={"type": "integer"},
    end_column=COUNT,
    message=TEXT,
    hint=TEXT,
)

SCHEMAS: dict[str, Schema] = {
    "Cue": shape(
        number=TEXT, title=TEXT, section=TEXT, state={"enum": [*get_args(CueMark), "failed"]}, standby_text=TEXT,
        duration_ms=maybe(MS), troubles=COUNT, warnings=many(TEXT), aside=FLAG, does=TEXT, triggers=many(TEXT),
        flag=TEXT,
    ),
    "Camera": shape(
        name=TEXT, url=TEXT, link=words(LinkMark), heard_ms=maybe(MS), tally=maybe(words(TallyMode)),
        pan=maybe({"type": "number"}), tilt=maybe({"type": "number"}), zoom=maybe({"type": "number"}),
        power=maybe(FLAG), doing=TEXT, error=TEXT, driven_by=TEXT, cast=TEXT, offer=TEXT, tracing=TEXT,
        picture=maybe(TEXT),
    ),
    "Switcher": shape(
        name=TEXT, url=TEXT, link={"enum": ["connected", "lost"]}, heard_ms=maybe(MS), error=TEXT, model=TEXT,
        no_air=FLAG, program=maybe(TEXT), preview=maybe(TEXT), cut_by=TEXT, cut_ms=maybe(MS), transition=FLAG,
        outputs=named(shape(on=FLAG, since_ms=maybe(MS))), sources=many(shape(
            name=TEXT, label=TEXT, bus=words(TallyMode), cameras=many(TEXT), there_ms=maybe(MS),
        )),
        transitions=many(TEXT), pictures=maybe(shape(program=TEXT, preview=TEXT)),
    ),
    "Run": shape(
        run=COUNT, cue=TEXT, title=TEXT, paused=FLAG, zero_ms=maybe(MS), elapsed_ms=maybe(MS), duration_ms=maybe(MS),
        waited_ms=maybe(MS), doing=COUNT, waiting=many(TEXT), waits=many(shape(
            **{"for": words(WaitKind)}, what=TEXT, until_ms=maybe(MS), limit_ms=maybe(MS), left_ms=maybe(MS),
        )), then=maybe(TEXT),
    ),
    "Follow": shape(
        run=COUNT, cue=TEXT, title=TEXT, next=TEXT, next_title=TEXT, due_ms=maybe(MS), left_ms=maybe(MS), paused=FLAG,
    ),
    "Timeline": shape(
        cue=TEXT, duration_ms=maybe(MS), more=COUNT,
        lanes=many(shape(camera=maybe(TEXT), switcher=maybe(TEXT), events=many(_EVENT))),
    ),
    "Show": shape(
        **_SHOW["properties"], session=TEXT, clock=_CLOCK, cues=COUNT, cameras=COUNT, standby=maybe(TEXT),
        show_mode=FLAG, stopping=FLAG, counts=_COUNTS,
    ),
    "State": shape(
        show=_SHOW, show_mode=FLAG, stopping=FLAG, simulated=FLAG, standby=maybe(TEXT), go=_GO,
        pause_does=words(PauseDoes), panic=maybe(shape(at_ms=MS, time=TEXT, source=TEXT)), mistakes=many(_MISTAKE),
        keys=many(shape(key=TEXT, does=TEXT)), follows=named(ref("Follow")),
        order=shape(cues=many(TEXT), cameras=many(TEXT), switchers=many(TEXT)), switchers=named(ref("Switcher")),
        air=_AIR, alarms=many(shape(at_ms=MS, time=TEXT, text=TEXT)), cues=named(ref("Cue")), running=named(ref("Run")),
        cameras=named(ref("Camera")), timelines=named(ref("Timeline")), triggers=many(_TRIGGER), notes=many(_NOTE),
        last_fired=maybe(_TRIGGER),
        next_firing=maybe(shape(at=WHEN, cue=maybe(TEXT), action=TEXT, line=COUNT, skipped=FLAG)),
        next_times=named(WHEN), last_cue=maybe(TEXT),
        timing=maybe(shape(name=TEXT, late_ms=maybe(MS), due_ms=maybe(MS))),
        remarks=many(shape(at_ms=MS, time=TEXT, cue=TEXT, text=TEXT, by=TEXT)),
        counts=_COUNTS, **_INPUTS,
    ),
    "Inputs": shape(**_INPUTS),
    "StateAt": shape(
        format=TEXT, cue=TEXT, at_ms=MS,
        cameras=named(shape(
            pan=maybe({"type": "number"}), tilt=maybe({"type": "number"}), zoom=maybe({"type": "number"}),
            preset=maybe(TEXT), focus=maybe(TEXT), focus_position=maybe(COUNT), tracking=FLAG,
            air=words(TallyMode), settings={"type": "object"}, estimated=FLAG, unknown=named(TEXT),
        )),
        switchers=named(shape(program=maybe(TEXT), preview=maybe(TEXT))),
    ),
    "Lines": shape(
        cue=TEXT, file=TEXT, line=COUNT, text=TEXT, tag=TEXT, findings=many(_FINDING), elsewhere=COUNT, why=TEXT,
        undo=TEXT,
    ),
    "Checked": shape(findings=many(_FINDING), elsewhere=many(TEXT)),
    "Saved": shape(saved=TEXT, reload=shape(**_VERDICT), undo=TEXT),
    "Moment": shape(seq=COUNT, clock=_CLOCK, state=ref("State")),
    "Answer": shape(**_VERDICT),
    "Presets": shape(presets=many(shape(
        name=TEXT, number=maybe(COUNT), pan=maybe({"type": "number"}), tilt=maybe({"type": "number"}),
        zoom=maybe({"type": "number"}), focus=maybe(COUNT), stale=FLAG, file=TEXT, line=COUNT, locked=TEXT,
        picture=maybe({"type": "integer"}),
    ))),
    "Changes": shape(changes=many(shape(kind=TEXT, who=TEXT, wall=TEXT, did=TEXT))),
    "Driven": shape(state=words(DrivenState), reason=TEXT),
    "Refused": shape(**_VERDICT, error=_ERROR),
    "Error": shape(error=_ERROR),
    "Me": shape(role=maybe({"enum": ["view", "operate"]}), pin=FLAG),
    "Cues": shape(cues=many(ref("Cue"))),
    "Cameras": shape(cameras=many(ref("Camera"))),
    "Leads": shape(leads=FLAG, night=TEXT),
    "Journal": shape(
        leads=FLAG, night=TEXT, seq=COUNT, elapsed_ms=MS, plan=TEXT,
        cameras={"type": "object"}, records=many({"oneOf": [record(kind) for kind in KINDS]}),
    ),
    "JournalFile": shape(text=TEXT),
    "Log": shape(records=many({"oneOf": [record(kind) for kind in KINDS]})),
}  # fmt: skip
