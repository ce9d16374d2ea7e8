"""The technician's words on the command line: `cuelang camera …` and `cuelang preflight`.

What they do is in `cuelang/technician/`; it is imported when it is asked for.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from cuelang.cli import camera_tools as cameras
from cuelang.cli import preflight as preflights
from cuelang.cli.commands import Stop, add_allow_env

Add = Callable[..., argparse.ArgumentParser]

CAMERA = """\
  cuelang camera probe 10.0.0.21              which protocol answers there, and what it is
  cuelang camera inspect URL                  every setting by name
  cuelang camera save URL FILE                all settings as a file …
  cuelang camera restore FILE URL             … and put back
  cuelang camera send URL "zoom to 50% over 2s"
  cuelang camera learn RIGFILE [CAMERA …]     where its presets lie, written into the rig file
  cuelang camera calibrate URL                how fast it is, as a model file
  cuelang camera reset URL head               pan and tilt find their ends again
  cuelang camera reset URL settings|network --yes-really

URL is a camera's address, as in visca+udp://10.0.0.21; with --rig FILE it may be
the name of a camera of that file. Ctrl-C stops whatever the command has set going.
"""

SEND = """\
The statement is written as in a sheet, and the camera is left out or called `it`:

  cuelang camera send visca+udp://10.0.0.21 "zoom to 50% over 2s"
  cuelang camera send visca+udp://10.0.0.21 "drive it left speed 4"

A drive without `for` goes on until Ctrl-C. What the language has no words for goes
out as bytes of VISCA; the answer is shown as it comes:

  cuelang camera send visca+udp://10.0.0.21 --hex "81 01 06 05 FF"
"""


def add_words(add: Add) -> None:
    """Add `camera` and `preflight` to the commands. `add(name, command, about, epilog)` makes one."""
    _add_preflight(add)
    camera = add(
        "camera", _no_deed, "one camera: who are you, every setting, presets' positions, one statement", CAMERA
    )
    deeds = camera.add_subparsers(title="what to do", metavar="ACTION", required=True)

    def deed(
        name: str, command: Callable[[argparse.Namespace], int], about: str, epilog: str = ""
    ) -> argparse.ArgumentParser:
        sub = deeds.add_parser(
            name, help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=epilog, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        sub.set_defaults(command=command)
        return sub

    probe = deed("probe", cameras.probe, "find the protocol that answers, and say what the camera is")
    probe.add_argument("target", metavar="HOST|URL", help="a host (every protocol is tried) or one whole address")
    probe.add_argument("--json", action="store_true", help="for programs")

    inspect = deed("inspect", cameras.inspect, "print every setting by name")
    _where(inspect)
    inspect.add_argument("--json", action="store_true", help="for programs")

    save = deed("save", cameras.save, "write all settings into a profile file")
    _where(save)
    save.add_argument("file", metavar="FILE", help="where to: TOML, or JSON if it ends in .json")

    restore = deed("restore", cameras.restore, "put a profile back, and list what could not be restored")
    restore.add_argument("file", metavar="FILE", help="what `save` wrote")
    _where(restore)

    send = deed("send", cameras.send, "carry out one statement of the language", SEND)
    _where(send)
    send.add_argument("--hex", action="store_true", help='bytes of VISCA instead, as in --hex "81 01 06 05 FF"')
    send.add_argument("statement", metavar="STATEMENT", help="in quotes")

    learn = deed("learn", cameras.learn, "recall each preset, read where it lies, and write that into the rig file")
    learn.add_argument("file", metavar="RIGFILE", help="the file that declares the cameras")
    learn.add_argument("cameras", nargs="*", metavar="CAMERA", help="these only (default: all of the file)")
    learn.add_argument("--dry-run", action="store_true", help="move and read, but show the changes only")
    _moving(learn)

    calibrate = deed(
        "calibrate", cameras.calibrate, "measure how fast it pans, tilts and zooms, and write a model file",
        'The camera moves over its whole range for some minutes. In the rig, write the file\'s\n'
        'name as the camera\'s model: model "foh.model.toml"',
    )  # fmt: skip
    _where(calibrate)
    calibrate.add_argument("--out", metavar="FILE", help="the model file (default: NAME.model.toml)")
    calibrate.add_argument(
        "--quick", action="store_true", help="measure every fourth step; the others keep the table's shape"
    )
    calibrate.add_argument("--yes", action="store_true", help="it may move; nobody is asked")

    reset = deed(
        "reset", cameras.reset, "all settings, or the network, as the factory set them; or the head finds its ends",
        "head: pan and tilt find their ends again, as when the camera starts, and the camera\n"
        "moves. It helps a head that was knocked or has lost its way; nothing else changes.",
    )  # fmt: skip
    _where(reset)
    reset.add_argument(
        "what", choices=("settings", "network", "head"), help="network: the camera may leave this network"
    )
    reset.add_argument(
        "--yes-really", action="store_true", help="settings and network: without this nothing is sent"
    )  # fmt: skip


def _add_preflight(add: Add) -> None:
    preflight = add(
        "preflight", preflights.preflight,
        "before doors: every camera answers, is the one that the rig says, lights its tally",
        "The result is a table to print and sign. With --walk cameras move; those on program are\n"
        "left alone, as far as the last log or --on-air says so. Exit code 1: something is wrong.",
    )  # fmt: skip
    preflight.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    preflight.add_argument("--walk", action="store_true", help="visit each preset that the show uses, and compare")
    preflight.add_argument("--simulate", action="store_true", help="simulated cameras in the place of those of the rig")
    preflight.add_argument("--json", action="store_true", help="for programs")
    preflight.add_argument("--rig", metavar="FILE", help="the cameras of this venue, in the place of the sheet's own")
    preflight.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE",
                           help="another value for a `let` of the sheet")  # fmt: skip
    preflight.add_argument("--without", action="append", default=[], metavar="NAME", help="leave this camera out")
    add_allow_env(preflight)
    _moving(preflight)


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="the camera's address, or its name with --rig")
    add_allow_env(parser)
    parser.add_argument("--model", metavar="M", help="its model (default: the rig's, or PTZOptics' figures)")
    parser.add_argument("--rig", metavar="FILE", help="the file whose camera is meant")


def _moving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="cameras may move; nobody is asked")
    parser.add_argument(
        "--on-air", action="append", default=[], metavar="NAME",
        help="this camera is on program and is left alone, besides those that the last log shows there",
    )  # fmt: skip


def _no_deed(options: argparse.Namespace) -> int:
    raise Stop("camera wants to know what to do; `cuelang camera --help` lists it.")
