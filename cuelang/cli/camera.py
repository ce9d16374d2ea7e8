"""The technician's words on the command line: `cuelang camera …` and `cuelang preflight`.

What they do is in `cuelang/technician/`; it is imported when it is asked for.
"""

from __future__ import annotations

import argparse

from cuelang.cli import camera_tools as cameras
from cuelang.cli import preflight as preflights
from cuelang.cli.arguments import Add, under
from cuelang.cli.common import CliStop, add_allow_env

CAMERA = """\
  cuelang camera probe 10.0.0.21              find the protocol that answers, and identify the camera
  cuelang camera inspect URL                  every setting by name
  cuelang camera save URL FILE                all settings as a file …
  cuelang camera restore FILE URL             … and put back
  cuelang camera save --rig RIGFILE FOLDER    the same of every camera of a rig: FOLDER/NAME.toml
  cuelang camera restore --rig RIGFILE FOLDER
  cuelang camera save wings FOLDER --rig RIGFILE    of a group, or of several: left,right
  cuelang camera send URL "zoom to 50% over 2s"
  cuelang camera learn RIGFILE [CAMERA …]     read preset positions into the rig file
  cuelang camera calibrate URL                measure its speeds into a model file
  cuelang camera trace URL walk.trace         record the path along which it is driven, for `replay`
  cuelang camera reset URL head               re-home pan and tilt
  cuelang camera reset URL settings|network --yes-really

URL is a camera address, for example visca+udp://10.0.0.21; with --rig FILE it may be
the name of a camera of that file, for `save` and `restore` also a group. Ctrl-C stops everything the command started.
"""

SEND = """\
Write the statement as in a sheet; omit the camera, or write `it`:

  cuelang camera send visca+udp://10.0.0.21 "zoom to 50% over 2s"
  cuelang camera send visca+udp://10.0.0.21 "drive it left speed 4"

A drive without `for` runs until Ctrl-C. --hex sends raw VISCA bytes and prints the
raw reply:

  cuelang camera send visca+udp://10.0.0.21 --hex "81 01 06 05 FF"
"""


def add_words(add: Add) -> None:
    """Add `camera` and `preflight` to the commands."""
    _add_preflight(add)
    camera = add("camera", _no_action, "inspect and set up one camera", CAMERA)
    action = under(camera.add_subparsers(title="action", metavar="ACTION", required=True))
    for add_action in (
        _add_probe,
        _add_inspect,
        _add_save,
        _add_restore,
        _add_fetch,
        _add_send,
        _add_learn,
        _add_calibrate,
        _add_trace,
        _add_reset,
    ):
        add_action(action)


def _add_probe(action: Add) -> None:
    probe = action("probe", cameras.probe, "find the protocol that answers, and identify the camera")
    probe.add_argument("target", metavar="HOST|URL", help="a host (tries every protocol) or a full camera address")
    probe.add_argument("--json", action="store_true", help="machine-readable output")


def _add_inspect(action: Add) -> None:
    inspect = action("inspect", cameras.inspect, "print every setting by name")
    _where(inspect)
    inspect.add_argument("--json", action="store_true", help="machine-readable output")


def _add_save(action: Add) -> None:
    save = action("save", cameras.save, "write all settings into a profile file")
    _where(save, all_cameras=True)
    save.add_argument(
        "file", metavar="FILE", help="output file: TOML, or JSON if it ends in .json; of several cameras, a folder"
    )


def _add_restore(action: Add) -> None:
    restore = action("restore", cameras.restore, "restore a profile and list what failed")
    restore.add_argument("file", metavar="FILE", help="a file written by `save`; of several cameras, their folder")
    _where(restore, all_cameras=True)


def _add_fetch(action: Add) -> None:
    fetch = action(
        "fetch",
        cameras.fetch,
        "fetch the files of the last booth again",
        "For a booth whose line broke. They stay in the camera until its next booth.",
    )
    _where(fetch)
    fetch.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="where they go (default: here)")
    fetch.add_argument("--videos", action="store_true", help="the booth took videos")


def _add_send(action: Add) -> None:
    send = action("send", cameras.send, "run one statement", SEND)
    _where(send)
    send.add_argument("--hex", action="store_true", help='VISCA bytes instead, for example --hex "81 01 06 05 FF"')
    send.add_argument("statement", metavar="STATEMENT", help="the statement, in quotes")


def _add_learn(action: Add) -> None:
    learn = action("learn", cameras.learn, "recall each preset, and write its position into the rig file")
    learn.add_argument("file", metavar="RIGFILE", help="the file that declares the cameras")
    learn.add_argument("cameras", nargs="*", metavar="CAMERA", help="only these cameras (default: all in the file)")
    learn.add_argument("--dry-run", action="store_true", help="move and read, but only show the changes")
    _moving(learn)


def _add_calibrate(action: Add) -> None:
    calibrate = action(
        "calibrate",
        cameras.calibrate,
        "measure pan, tilt and zoom speeds, and write a model file",
        "The camera moves through its full range for several minutes. In the rig, use\n"
        'the file as the camera\'s model: model "foh.model.toml"',
    )
    _where(calibrate)
    calibrate.add_argument("--out", metavar="FILE", help="the model file (default: NAME.model.toml)")
    calibrate.add_argument(
        "--quick", action="store_true", help="measure every fourth step; the others keep the table's shape"
    )
    calibrate.add_argument("--yes", action="store_true", help="do not ask before moving")


def _add_trace(action: Add) -> None:
    trace = action(
        "trace",
        cameras.trace,
        "record the path along which a person drives the camera, until Ctrl-C",
        "Drive the camera with its remote control or a joystick. In a sheet, use the file as in\n"
        'replay foh "walk.trace"',
    )
    _where(trace)
    trace.add_argument("file", metavar="FILE", help="output file, which must end in .trace")
    trace.add_argument("--for", dest="longest", metavar="T", help="end by itself after this time, for example 30s")


def _add_reset(action: Add) -> None:
    reset = action(
        "reset",
        cameras.reset,
        "restore factory settings, reset the network address, or re-home the head",
        "head: pan and tilt find their ends again, as at power-on, and the camera moves. Use it\n"
        "when the head was knocked out of position; no setting changes.",
    )
    _where(reset)
    reset.add_argument(
        "what", choices=("settings", "network", "head"), help="network: the camera may become unreachable"
    )
    reset.add_argument(
        "--yes-really", action="store_true", help="settings and network: required; without it nothing is sent"
    )


def _add_preflight(add: Add) -> None:
    preflight = add(
        "preflight",
        preflights.preflight,
        "pre-show check of every camera: connection, identity, tally",
        "The result is a table to print and sign. With --walk cameras move, except those that the\n"
        "last log or --on-air shows on program. Exit code 1: a problem was found.",
    )
    preflight.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    preflight.add_argument(
        "--walk",
        action="store_true",
        help="visit each preset that the show uses, and compare positions",
    )
    preflight.add_argument("--lamps", action="store_true", help="light the tally lamps one after the other, and ask")
    preflight.add_argument("--simulate", action="store_true", help="use simulated cameras instead of the rig")
    preflight.add_argument("--json", action="store_true", help="machine-readable output")
    preflight.add_argument("--rig", metavar="FILE", help="rig file whose cameras replace the sheet's own")
    preflight.add_argument(
        "--set", dest="settings", action="append", default=[], metavar="NAME=VALUE", help="override a `let`"
    )
    preflight.add_argument("--without", action="append", default=[], metavar="NAME", help="disable this camera")
    add_allow_env(preflight)
    _moving(preflight)


def _where(parser: argparse.ArgumentParser, *, all_cameras: bool = False) -> None:
    parser.add_argument(
        "url",
        metavar="URL",
        nargs="?" if all_cameras else None,
        help="camera address, or camera name with --rig"
        + (" (or a group, or names with commas); without it, every camera of --rig" * all_cameras),
    )
    add_allow_env(parser)
    parser.add_argument("--model", metavar="M", help="camera model (default: the rig's, or PTZOptics figures)")
    parser.add_argument("--rig", metavar="FILE", help="rig file that declares the camera")


def _moving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask before moving")
    parser.add_argument(
        "--on-air",
        action="append",
        default=[],
        metavar="NAME",
        help="do not move this camera: it is on program (in addition to those in the last log)",
    )


def _no_action(_options: argparse.Namespace) -> int:
    raise CliStop("camera: an action is required; `cuelang camera --help` lists them.")
