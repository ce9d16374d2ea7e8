"""cuelang: a cue sheet becomes a timed plan, and the plan runs on cameras.

For programs there is a small interface, which is what `__all__` names; everything else may change with any release:

    import cuelang

    compiled = cuelang.compile_sheet("sunday.cues")
    for finding in compiled.diagnostics:
        print(finding.severity, finding.code, finding.span.line, finding.message)
    if compiled.plan is not None:
        for record in cuelang.rehearse(compiled.plan):
            print(record["t_ms"], record["kind"])
        cuelang.run_show("sunday.cues", simulate=True)

What a function needs is loaded when it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuelang.diagnostics import Diagnostic
    from cuelang.lang.compile import Compiled
    from cuelang.plan import Plan

__all__ = ["Compiled", "Diagnostic", "Plan", "__version__", "compile_sheet", "rehearse", "run_show"]

__version__ = "0.1.0"

_CLASSES = {"Compiled": "cuelang.lang.compile", "Diagnostic": "cuelang.diagnostics", "Plan": "cuelang.plan"}

if not TYPE_CHECKING:  # a type checker reads the imports above

    def __getattr__(name):
        if name not in _CLASSES:
            raise AttributeError(f"module 'cuelang' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_CLASSES[name]), name)


def compile_sheet(
    path: str, *, rig: str | None = None, settings: Mapping[str, str] | None = None, without: Iterable[str] = ()
) -> Compiled:
    """Compile the sheet in this file and all that it uses.

    `rig`, `settings` and `without` are the options `--rig FILE`, `--set NAME=VALUE` and `--without NAME`. In what is
    returned, `diagnostics` are the findings in order, and `plan` is None if one of them is an error. Raises ValueError,
    with a sentence for people, for a file that cannot be read and for an option that names nothing."""
    from cuelang import sheets

    pairs = [f"{name}={value}" for name, value in (settings or {}).items()]
    try:
        return sheets.compile_sheet(path, rig=rig, settings=pairs, without=without)
    except (sheets.Unreadable, sheets.Usage) as error:
        raise ValueError(str(error)) from None


def rehearse(plan: Plan, *, script: str | None = None) -> list[dict[str, Any]]:
    """Play the whole show in virtual time on simulated cameras, and return the records of its as-run log, each as the
    log has it.

    `script` is a file of timed requests; without one every cue gets GO when the one before it is done. Two rehearsals
    of the same plan and script are identical. Not inside a running event loop. Raises ValueError for a script that
    cannot be read, and for a show that cannot continue."""
    from cuelang import sheets
    from cuelang.clock import Deadlock
    from cuelang.rehearsal.rehearse import rehearse as play
    from cuelang.runtime.record_json import as_json

    try:
        asks = sheets.read_script(script, plan) if script is not None else None
        return [as_json(record) for record in play(plan, script=asks).records]
    except (sheets.Unreadable, sheets.Usage) as error:
        raise ValueError(str(error)) from None
    except Deadlock as error:
        raise ValueError(f"The rehearsal cannot continue: {error}") from None


def run_show(  # noqa: PLR0913 - the options of `cuelang run`
    sheet: str,
    *,
    rig: str | None = None,
    simulate: bool = False,
    settings: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    inputs: Iterable[str] = (),
    start: str | None = None,
    script: str | None = None,
    http: str | None = None,
    log: str | None = None,
) -> int:
    """Run the show until it is ended by Ctrl-C, SIGTERM or the end of its script, as `cuelang run` does without a
    terminal: what happens is printed, and mistakes go to standard error.

    `http` is the address of the operator page (`auto`: a free port of this machine; None: no page), `start` the first
    cue on standby; the others are the options of `cuelang run`. Returns its exit code: 0 when the show ended in order,
    1 when the sheet has errors or an input cannot be opened, 2 for a file that cannot be read. In the main thread, not
    inside a running event loop."""
    from cuelang.app import RunOptions
    from cuelang.app import run_show as run

    pairs = tuple(f"{name}={value}" for name, value in (settings or {}).items())
    return run(
        RunOptions(
            sheet=sheet,
            rig=rig,
            simulate=simulate,
            settings=pairs,
            without=tuple(without),
            inputs=tuple(inputs),
            start=start,
            script=script,
            http=http,
            log=log,
        )
    )
