"""A serial port as a line: two threads that touch the port, and a loop that never waits for it.

The reader opens the port, reads it and closes it; the writer only writes. Everything that they have to tell goes to
the loop by `call_soon_threadsafe`. pyserial opens whatever it has a name for: a device, `socket://host:port`,
`rfc2217://host:port`. A port whose cable was pulled is opened again and again until it is there.

Only a show with serial cameras has these threads; a rehearsal joins its cameras by memory lines and never comes here.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TypeVarTuple

import serial

from cuelang import clock
from cuelang.transports import Line, Listener, Nobody, backoff, explain
from cuelang.transports.gate import GATE, SHUT

Ts = TypeVarTuple("Ts")

READ_TIMEOUT_S = 0.1
"""Seconds after which a reader looks whether it is still wanted, where its reading cannot be broken off."""
WRITE_TIMEOUT_S = 1.0
BACKLOG = 256
"""Frames that wait for the writer at which the port counts as stuck."""


class SerialPort(Line):
    """`path` is a device or a URL of pyserial. 8 data bits, no parity, one stop bit."""

    stream = True

    def __init__(self, path: str, baud: int) -> None:
        self.listener: Listener = Nobody()
        self.path, self.baud = path, baud
        self._threads: _Threads | None = None
        self._is_up = False
        self._retry: clock.Handle | None = None
        self._attempts = 0
        self._closed = True
        GATE.join(self)

    def gate_moved(self, *, opened: bool) -> None:
        if self._is_up and opened:
            self.listener.line_up()
        elif self._is_up:
            self.listener.line_down(SHUT)

    def send(self, data: bytes) -> None:
        if self._threads is None or not self._is_up or not GATE.passes():
            return
        if self._threads.waiting >= BACKLOG:
            self.restart("the port no longer accepts data")
        else:
            self._threads.write(data)

    async def open(self) -> None:
        self._closed = False
        self._start()
        assert self._threads is not None
        await self._threads.opening

    async def close(self) -> None:
        self._closed, self._is_up = True, False
        if self._retry is not None:
            self._retry.cancel()
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.end()
            await threads.ended

    def restart(self, error: str) -> None:
        threads = self._threads
        if threads is not None and self._is_up:
            threads.end()
            self._gone(threads, error)

    def _start(self) -> None:
        if not self._closed:
            self._threads = _Threads(self.path, self.baud, self._opened, self._heard, self._gone)

    def _opened(self, threads: _Threads) -> None:
        if threads is self._threads:
            self._is_up = True
            if GATE.shut:
                self.listener.line_error(SHUT)
            else:
                self.listener.line_up()

    def _heard(self, threads: _Threads, data: bytes) -> None:
        if threads is self._threads:
            self._attempts = 0
            self.listener.line_data(data)

    def _gone(self, threads: _Threads, error: str) -> None:
        if threads is not self._threads:
            return
        was_up, self._is_up, self._threads = self._is_up, False, None
        if self._closed:
            return
        self._attempts += 1
        now = clock.current()
        self._retry = now.at(now.now() + backoff(self._attempts), self._start)
        if was_up:
            self.listener.line_down(error)
        else:
            self.listener.line_error(error)


class _Threads:
    """One opening of a port, from the attempt to the end. `gone` is called on the loop, unless `end` was before."""

    def __init__(
        self,
        path: str,
        baud: int,
        opened: Callable[[_Threads], None],
        heard: Callable[[_Threads, bytes], None],
        gone: Callable[[_Threads, str], None],
    ) -> None:
        self._path, self._baud = path, baud
        self._opened, self._heard, self._gone = opened, heard, gone
        self._loop = asyncio.get_running_loop()
        self._frames: SimpleQueue[bytes | None] = SimpleQueue()
        self._port: serial.Serial | None = None
        self._unwanted = False
        self._fault = ""
        self.opening: asyncio.Future[None] = self._loop.create_future()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        Thread(target=self._read, name=f"reads {path}", daemon=True).start()

    # --- on the loop ---------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        return self._frames.qsize()

    def write(self, data: bytes) -> None:
        self._frames.put(data)

    def end(self) -> None:
        """What has been written before still leaves, if the port takes it."""
        self._unwanted = True
        self._frames.put(None)
        port = self._port
        if port is not None and hasattr(port, "cancel_read"):  # not with every kind of port; the others time out
            with suppress(OSError, TypeError):  # it has just been closed
                port.cancel_read()

    def _tell_opened(self) -> None:
        try:
            if not self._unwanted:
                self._opened(self)
        finally:
            _settle(self.opening)

    def _tell_heard(self, data: bytes) -> None:
        self._heard(self, data)

    def _tell_ended(self, error: str) -> None:
        try:
            if not self._unwanted:
                self._gone(self, error)
        finally:
            _settle(self.opening)
            _settle(self.ended)

    # --- on the threads ------------------------------------------------------------------------------------

    def _tell(self, call: Callable[[*Ts], None], *args: *Ts) -> None:
        with suppress(RuntimeError):  # the loop has been closed meanwhile, and there is no listener left
            self._loop.call_soon_threadsafe(call, *args)

    def _read(self) -> None:
        try:
            port = self._port = self._open()
        except Exception as error:  # a port that ends for good would take all its cameras with it
            self._tell(self._tell_ended, why(self._path, error))
            return
        writer = Thread(target=self._write, args=(port,), name=f"writes {self._path}", daemon=True)
        writer.start()
        self._tell(self._tell_opened)
        reason = ""
        try:
            while not self._unwanted and not self._fault:
                data = port.read(1)
                while data and (more := port.in_waiting):
                    data += port.read(more)
                if data:
                    self._tell(self._tell_heard, data)
        except Exception as error:  # as above; pyserial lets a TypeError or termios.error out of a port that has gone
            reason = why(self._path, error)
        self._frames.put(None)
        writer.join()
        with suppress(Exception):  # it was gone before
            port.close()
        self._tell(self._tell_ended, self._fault or reason)

    def _write(self, port: serial.Serial) -> None:
        try:
            while (data := self._frames.get()) is not None:
                port.write(data)
        except Exception as error:  # as above
            self._fault = why(self._path, error)
            if hasattr(port, "cancel_read"):
                with suppress(Exception):
                    port.cancel_read()

    def _open(self) -> serial.Serial:
        timeout = None if self._path.startswith("rfc2217:") else WRITE_TIMEOUT_S  # pyserial has none there
        return serial.serial_for_url(
            self._path, baudrate=self._baud, timeout=READ_TIMEOUT_S, write_timeout=timeout, exclusive=True
        )


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _on_windows(name: str, error: Exception) -> bool:
    """Whether pyserial could not open a port there because of this error, which its text names."""
    return str(error).startswith("could not open port") and f"{name}(" in str(error)


def why(path: str, error: Exception) -> str:
    """A port's error as a technician reads it."""
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.ENOENT or _on_windows("FileNotFoundError", error):
        return f"there is no port {path}; is it plugged in?"
    if code == errno.EACCES:
        return f"permission denied for {path}; on Linux, join the dialout group"
    if code in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in str(error) or _on_windows("PermissionError", error):
        return f"{path} is in use by another program"
    if code == errno.ECONNREFUSED:
        return f"connection refused at {path}"
    if isinstance(error, serial.SerialTimeoutException):
        return "the port no longer accepts data"
    if isinstance(error, serial.SerialException) and code is None:
        text = str(error)
        gone = "disconnected" in text or "returned no data" in text or "failed" in text
        return "the port is gone; was the cable pulled?" if gone else text[:1].lower() + text[1:]
    if code in (errno.EIO, errno.ENXIO, errno.ENODEV):
        return "the port is gone; was the cable pulled?"
    return explain(error)
