"""The login at a simulated camera's web end: digest (MD5 or SHA-256, RFC 7616), basic, or either."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from typing import Literal

from msgspec import Struct, field

REALM = "PTZ camera"
NONCES = 64
"""Challenges that are remembered; an older one is challenged again."""

_PAIR = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]*))')


class HttpAuth(Struct):
    """One account. A nonce can be used once with each count."""

    name: str
    password: str
    kind: Literal["digest", "basic", "both"] = "digest"
    algorithm: Literal["MD5", "SHA-256"] = "MD5"
    _nonces: dict[str, set[str]] = field(default_factory=dict)
    """Nonce -> the counts that have been used with it."""

    def lets_in(self, method: str, path: str, header: str) -> bool:
        """Whether the Authorization header of a request opens this door. Never raises."""
        scheme, _, rest = header.partition(" ")
        wanted = scheme.lower()
        if wanted not in ("digest", "basic") or self.kind not in (wanted, "both"):
            return False
        return self._basic(rest) if wanted == "basic" else self._digest(method, path, rest)

    def challenges(self) -> list[str]:
        """The WWW-Authenticate headers. One that has both puts the worse first, as cameras do."""
        basic = [f'Basic realm="{REALM}"'] if self.kind != "digest" else []
        return basic + ([self._challenge()] if self.kind != "basic" else [])

    def _challenge(self) -> str:
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
