"""An opener of `https://` that trusts one certificate, known by its fingerprint."""

from __future__ import annotations

import hashlib
import http.client
import ssl
from typing import Any
from urllib import parse, request

from cuelang.web.tls import fingerprint_at, read_fingerprint, shown

LOOK_S = 3.0
"""Seconds for a look at a certificate that is not trusted, to tell its fingerprint."""


class OtherCertificate(ssl.SSLError):
    """The fingerprint is another one."""


def pinned(fingerprint: str) -> request.BaseHandler:
    """Raises BadFingerprint."""
    return _Handler(read_fingerprint(fingerprint))


class _Handler(request.HTTPSHandler):
    def __init__(self, wanted: bytes) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        super().__init__(context=context)
        self._wanted, self._pinning = wanted, context

    def https_open(self, req: request.Request) -> http.client.HTTPResponse:
        def connect(host: str, **given: Any) -> http.client.HTTPSConnection:
            return _Connection(host, wanted=self._wanted, context=self._pinning, **given)

        return self.do_open(connect, req)


class _Connection(http.client.HTTPSConnection):
    def __init__(self, host: str, *, wanted: bytes, **given: Any) -> None:
        super().__init__(host, **given)
        self._wanted = wanted

    def connect(self) -> None:
        """Nothing is sent to what shows another certificate."""
        super().connect()
        found = hashlib.sha256(self.sock.getpeercert(binary_form=True) or b"").digest()
        if found != self._wanted:
            self.close()
            raise OtherCertificate(f"its certificate is {shown(found)}")


def is_certificate_trouble(reason: object) -> bool:
    return isinstance(reason, OtherCertificate | ssl.SSLCertVerificationError)


def distrusted(url: str, reason: object) -> str:
    """What to say of a certificate that is not trusted, and what to do."""
    if isinstance(reason, OtherCertificate):
        return f"{url} shows another certificate than --fingerprint names: {reason.args[0]}. Nothing was sent."
    parts = parse.urlsplit(url)
    try:
        found = shown(fingerprint_at(parts.hostname or "", parts.port or 443, LOOK_S))
    except (OSError, ValueError):
        return f"The certificate of {url} is not trusted. Give its fingerprint, from the show's screen: --fingerprint."
    return (
        f"The certificate of {url} is not trusted. If the show's screen has the same fingerprint, add\n"
        f"--fingerprint {found}"
    )
