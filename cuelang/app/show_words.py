"""What a show says of itself."""

from __future__ import annotations

from cuelang.output.triggers import length
from cuelang.plan import Plan
from cuelang.runtime.asrun import UNTOLD, text_line
from cuelang.runtime.command_records import SentRecord
from cuelang.runtime.records import Record
from cuelang.screen.printer import LinePrinter
from cuelang.units import NS


def slept(ns: int) -> str:
    return (
        f"This show missed {length(ns // NS * NS)}: the machine slept or stood still, or its clock was set ahead."
        " Check where the cameras are; links that broke are opened again."
    )


def simulated(plan: Plan, live_outputs: bool) -> str:
    said = "Simulated cameras"
    if plan.outputs and live_outputs:
        said += f"; outputs are live: {', '.join(port.name for port in plan.outputs)}"
    elif plan.outputs:
        said += f"; nothing is sent to {', '.join(port.name for port in plan.outputs)} (use --live-outputs to send)"
    return f"{said}."


def print_record(printer: LinePrinter, record: Record) -> None:
    if not isinstance(record, (*UNTOLD, SentRecord)):
        printer.say(lambda: text_line(record).rstrip())
