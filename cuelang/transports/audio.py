"""Sound that comes in: a device of this machine, a WAV file, or a pipe.

Devices are opened by sounddevice (PortAudio), which calls from a thread of its own; every call here that may take long
belongs on a thread, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cuelang.plain import UserError
from cuelang.protocols.pcm import Pcm
from cuelang.transports.named import the_one_called

EXTRA = 'LTC from a sound device needs sounddevice, which is not installed: pip install "cuelang[ltc]"'
_BLOCK_S = 0.005


class NoAudio(UserError):
    """This machine hears no sound. The message says what to do; asking again changes nothing."""

    code = 1


class NoDevice(UserError):
    """No device, or more than one, goes by this name, or it cannot be opened."""

    code = 1


def _library() -> Any:
    try:
        import sounddevice  # loads PortAudio: half a second that shows without LTC do not wait for
    except ImportError:
        raise NoAudio(EXTRA) from None
    except OSError as error:
        raise NoAudio(f"this machine has no PortAudio ({error}); on Debian: apt install libportaudio2") from error
    return sounddevice


def input_names(*, again: bool = False) -> list[str]:
    """The devices that can be heard now. Raises NoAudio. `again`: look for what has been plugged in since, which is
    possible only while none is open."""
    library = _library()
    # The one broad catch: PortAudioError is the library's own, and the operator reads it.
    try:
        if again:
            library._terminate()  # PortAudio looks for devices once, when it is initialised
            library._initialize()
        found = [device["name"] for device in library.query_devices() if device["max_input_channels"] > 0]
    except Exception as error:
        raise NoDevice(f"this machine's sound does not work ({str(error).rstrip('.')})") from error
    return list(dict.fromkeys(found))


def choose(wanted: str, names: Sequence[str]) -> str:
    """The device that is meant: the one of that name, or else the only one that contains it. Raises NoDevice."""
    try:
        return the_one_called(wanted, names, "sound device")
    except ValueError as error:
        raise NoDevice(str(error)) from None


def open_input(name: str, channel: int, heard: Callable[[bytes, Pcm, float], None]) -> Any:
    """A stream that calls `heard` on a thread of its own with sound, its format, and for how many seconds its end has
    been past when it is called. Raises NoDevice."""
    library = _library()
    try:
        about = library.query_devices(name, "input")
        if channel > about["max_input_channels"]:
            raise NoDevice(f"{name} has {about['max_input_channels']} channels, and no channel {channel}")
        pcm = Pcm(int(about["default_samplerate"]), channel)

        def called(data: Any, frames: int, time: Any, _status: object) -> None:
            past = time.currentTime - time.inputBufferAdcTime - frames / pcm.rate
            heard(bytes(data), pcm, past if 0 <= past < 1 else 0.0)

        stream = library.RawInputStream(
            samplerate=pcm.rate,
            blocksize=int(pcm.rate * _BLOCK_S),
            device=name,
            channels=channel,
            dtype="int16",
            latency="low",
            callback=called,
        )
        stream.start()
    except NoDevice:
        raise
    except Exception as error:  # as above
        raise NoDevice(f"the sound device {name} cannot be opened: {str(error).rstrip('.')}") from error
    return stream
