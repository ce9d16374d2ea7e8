"""The login at a simulated camera's web end: digest (MD5 or SHA-256, RFC 7616) or basic, as its password is set."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Literal

REALM = "PTZ camera"
NONCES = 64
"""Challenges that are remembered; an older one is asked anew."""

_PAIR = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]*))')


@dataclass(slots=True)
class Guard:
    name: str
    password: str
    kind: Literal["digest", "basic"] = "digest"
    algorithm: Literal["MD5", "SHA-256"] = "MD5"
    _nonces: dict[str, set[str]] = field(default_factory=dict)
    """Nonce -> the counts that have been used with it."""

    def lets_in(self, method: str, path: str, header: str) -> bool:
        """Whether the Authorization header of a request opens this door. Never raises."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() != self.kind:
            return False
        return self._basic(rest) if self.kind == "basic" else self._digest(method, path, rest)

    def challenge(self) -> str:
        """The WWW-Authenticate header."""
        if self.kind == "basic":
            return f'Basic realm="{REALM}"'
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = set()
        while len(self._nonces) > NONCES:
            del self._nonces[next(iter(self._nonces))]
        return f'Digest realm="{REALM}", qop="auth", nonce="{nonce}", algorithm={self.algorithm}'

    def _basic(self, text: str) -> bool:
        try:
            given = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return secrets.compare_digest(given, f"{self.name}:{self.password}".encode())

    def _digest(self, method: str, path: str, text: str) -> bool:
        said = {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(text)}
        nonce, count = said.get("nonce", ""), said.get("nc", "")
        if said.get("username") != self.name or said.get("uri") != path or said.get("qop") != "auth":
            return False
        if nonce not in self._nonces or count in self._nonces[nonce]:
            return False
        mine = self._hash(f"{self.name}:{REALM}:{self.password}")
        asked = self._hash(f"{method}:{path}")
        right = self._hash(f"{mine}:{nonce}:{count}:{said.get('cnonce', '')}:auth:{asked}")
        if not secrets.compare_digest(right.encode(), said.get("response", "").encode(errors="replace")):
            return False
        self._nonces[nonce].add(count)
        return True

    def _hash(self, text: str) -> str:
        maker = hashlib.md5 if self.algorithm == "MD5" else hashlib.sha256
        return maker(text.encode()).hexdigest()
