"""MIDI ports by their names, through mido. Every call here may block, and belongs on a thread of its own.

mido's own choice of a backend holds: python-rtmidi, or what MIDO_BACKEND names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cuelang.plain import UserError
from cuelang.transports.named import the_one_called

EXTRA = 'MIDI needs python-rtmidi, which is not installed: pip install "cuelang[midi]"'


class NoMidi(UserError):
    """This machine has no MIDI. The message says what to do; asking again changes nothing."""

    code = 1


class NoPort(UserError):
    """No port, or more than one, goes by this name."""

    code = 1


def input_names() -> list[str]:
    """The ports that can be heard now. Raises NoMidi."""
    return _names("get_input_names")


def output_names() -> list[str]:
    """The ports that can be sent to now. Raises NoMidi."""
    return _names("get_output_names")


def _names(question: str) -> list[str]:
    import mido  # 70 ms, and few shows have MIDI

    # The one broad catch: a backend is a plug-in, and rtmidi raises exceptions of its own (its SystemError is no
    # OSError) where a machine has no sound. It hides nothing, the operator reads the error.
    try:
        return list(dict.fromkeys(getattr(mido, question)()))
    except ImportError:
        raise NoMidi(EXTRA) from None
    except Exception as error:
        raise NoMidi(f"this machine's MIDI does not work ({str(error).rstrip('.')})") from error


def choose(wanted: str, names: Sequence[str]) -> str:
    """The port that is meant: the one of that name, or else the only one that contains it. Raises NoPort."""
    try:
        return the_one_called(wanted, names, "MIDI port")
    except ValueError as error:
        raise NoPort(str(error)) from None


def open_input(name: str, heard: Callable[[Any], None]) -> Any:
    """A mido port that calls `heard` with each message, on a thread of its own. Raises NoPort."""
    import mido

    try:
        return mido.open_input(name, callback=heard)
    except Exception as error:  # as above
        raise NoPort(f"the MIDI port {name} cannot be opened: {error}") from error


def open_output(name: str) -> Any:
    """A mido port. Raises NoPort."""
    import mido

    try:
        return mido.open_output(name)
    except Exception as error:  # as above
        raise NoPort(f"the MIDI port {name} cannot be opened: {error}") from error
