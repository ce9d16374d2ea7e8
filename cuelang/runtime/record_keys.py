"""How the effects of another machine's list are found again in its log: the record of each. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from typing import assert_never

from cuelang.playback.effects import (
    Begin,
    CueChanged,
    Effect,
    End,
    Halt,
    Hold,
    Narrow,
    OnAir,
    PlacesAsked,
    ReloadAsked,
    Resume,
    Say,
    SendOut,
    SkipAsked,
    Spoken,
    StandbyMoved,
    SupposeCut,
    SwapAsked,
    Switch,
    Verdict,
    Withhold,
    WithholdOrder,
)
from cuelang.runtime.command_records import CommandRecord, HaltRecord, PlaceRecord, SendRecord, SentRecord
from cuelang.runtime.input_records import InputRecord
from cuelang.runtime.records import (
    AirRecord,
    CueRecord,
    EndRecord,
    NoteRecord,
    OtherRecord,
    Record,
    ShowRecord,
    StandbyRecord,
    TallyRecord,
    TriggerRecord,
)


def key_of_effect(effect: Effect) -> Hashable | None:  # noqa: C901 - a case for each effect
    """What its record will have (`key_of_record`); None: it has none, or it is found by its job."""
    match effect:
        case CueChanged():
            return "cue", effect.run, effect.state
        case StandbyMoved():
            return "standby", effect.cue
        case OnAir():
            return "air", effect.camera, effect.mode
        case Spoken() if effect.speaker.kind == "switcher":
            return "tally", effect.camera, effect.mode, effect.speaker.name
        case Say():
            return "note", effect.cue, effect.text
        case Verdict() if effect.request.own:
            return "own", effect.request.source, effect.request.text
        case Halt():
            return "halt", effect.camera, tuple(sorted(effect.axes))
        case Withhold():
            return "withheld", effect.run, effect.camera, effect.command.action
        case WithholdOrder():
            return "withheld", effect.run, effect.switcher
        case SendOut():
            return "send", effect.output, effect.address, effect.arguments
        case End():
            return "end", effect.job
        case (
            Spoken()
            | Verdict()
            | Begin()
            | Switch()
            | Narrow()
            | Hold()
            | Resume()
            | SupposeCut()
            | ReloadAsked()
            | SkipAsked()
            | SwapAsked()
            | PlacesAsked()
        ):
            return None
        case _:
            assert_never(effect)


def key_of_record(record: Record) -> Hashable | None:  # noqa: C901 - a case for each record
    """What the effect had (`key_of_effect`) that this says was carried out; None: there is none."""
    if isinstance(record, InputRecord):
        return None
    match record:
        case CueRecord():
            return "cue", record.run, record.state
        case StandbyRecord():
            return "standby", record.cue
        case AirRecord():
            return "air", record.camera, record.mode
        case TallyRecord(by="switcher"):
            return "tally", record.camera, record.mode, record.speaker
        case NoteRecord():
            return "note", record.cue, record.text
        case TriggerRecord(judged="cue"):
            return "own", record.source, record.request
        case HaltRecord():
            return "halt", record.camera, tuple(record.axes)
        case CommandRecord(job=None, camera=str(camera)):
            return "withheld", record.run, camera, record.action
        case CommandRecord(job=None, switcher=str(switcher)):
            return "withheld", record.run, switcher
        case SendRecord():
            return "send", record.output, record.address, tuple(record.arguments)
        case CommandRecord(job=int(job)):
            return "end", job
        case (
            TallyRecord()
            | TriggerRecord()
            | CommandRecord()
            | ShowRecord()
            | EndRecord()
            | OtherRecord()
            | SentRecord()
            | PlaceRecord()
        ):
            return None
        case _:
            assert_never(record)
