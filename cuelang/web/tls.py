"""The page's certificate: files of the user's, or one of its own making, and how people compare it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import socket
import ssl
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cuelang.clock import RealClock
from cuelang.plain import UserError

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

EXTRA = 'a certificate of its own needs cryptography, which is not installed: pip install "cuelang[tls]"'
VALID = timedelta(days=820)
"""Apple's systems take no certificate that is valid for longer than 825 days."""
RENEWED = timedelta(days=30)
"""Its own certificate is made again so long before its end."""


class BadCertificate(UserError):
    """There is no certificate to use; the message says why and what to do."""

    code = 1


class BadFingerprint(UserError, ValueError):
    """What was given is not the fingerprint of a certificate."""


class Certificate(NamedTuple):
    context: ssl.SSLContext
    fingerprint: bytes
    """SHA-256 of the certificate."""


def shown(fingerprint: bytes) -> str:
    """As browsers show it: `AB:CD:…`."""
    return fingerprint.hex(":").upper()


def read_fingerprint(text: str) -> bytes:
    """`AB:CD:…`, with or without colons, spaces and `sha256:` before it. Raises BadFingerprint."""
    digits = re.sub(r"^sha-?256[:= ]*(fingerprint[:= ]*)?|[\s:]", "", text.strip(), flags=re.IGNORECASE)
    digits = digits.replace(":", "")
    if not re.fullmatch(r"[0-9A-Fa-f]{64}", digits):
        raise BadFingerprint("A fingerprint has 64 hexadecimal digits, as the show's screen has them: AB:CD:…")
    return bytes.fromhex(digits)


def fingerprint_at(host: str, port: int, timeout: float) -> bytes:
    """Of what answers there. Raises OSError and ValueError."""
    return _digest(ssl.get_server_certificate((host, port), timeout=timeout))


def of_files(certificate: str, key: str | None) -> Certificate:
    """A PEM file with the certificate (and those that vouch for it), and its key, in a file of its own or in the same.
    Raises BadCertificate."""
    for path in filter(None, (certificate, key)):
        try:
            with open(path, "rb"):
                pass
        except OSError as error:
            raise BadCertificate(f"{path} cannot be read: {error.strerror or error}.") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
        return Certificate(context, _digest(_first(Path(certificate).read_text(encoding="ascii"))))
    except _Encrypted:
        raise BadCertificate(f"The key in {key or certificate} is encrypted; save it without a password.") from None
    except (OSError, ValueError) as error:
        why = "they do not belong together" if "KEY_VALUES_MISMATCH" in str(error) else "not PEM, or incomplete"
        named = f"{certificate} and {key}" if key else certificate
        beside = "" if key else " Is the key in another file? Add --key FILE."
        raise BadCertificate(f"{named} cannot be used as certificate and key: {why}.{beside}") from None


class _Encrypted(ValueError):
    pass


def _no_password() -> str:
    raise _Encrypted


def _first(text: str) -> str:
    """Raises ValueError."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return text[text.index(begin) : text.index(end) + len(end)]


def _digest(pem: str) -> bytes:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()


# --- its own -------------------------------------------------------------------------------------------------


def data_folder(platform: str = sys.platform) -> Path:
    """Where this system has its users' programs keep what is theirs."""
    if named := os.environ.get("XDG_DATA_HOME") or (platform == "win32" and os.environ.get("LOCALAPPDATA")):
        return Path(named) / "cuelang"
    return Path.home() / ("Library/Application Support" if platform == "darwin" else ".local/share") / "cuelang"


def of_its_own(names: Iterable[str], folder: Path | None = None) -> Certificate:
    """Made once and kept in the user's folder, so that its fingerprint stays the same until it is renewed. `names` are
    those of this machine. Raises BadCertificate."""
    path = (folder or data_folder()) / "page.pem"
    try:
        from cryptography import x509
    except ImportError:
        raise BadCertificate(f"--http https://…: {EXTRA}, or bring one with --certificate FILE --key FILE.") from None
    now = RealClock().wall(UTC)
    with contextlib.suppress(OSError, ValueError, BadCertificate):
        kept = x509.load_pem_x509_certificate(_first(path.read_text(encoding="ascii")).encode())
        if kept.not_valid_before_utc <= now < kept.not_valid_after_utc - RENEWED:
            return of_files(str(path), None)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}.new")
        with open(new, "wb", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)) as file:
            file.write(_made(names, now))
        new.replace(path)
    except OSError as error:
        raise BadCertificate(f"The page's certificate cannot be kept in {path}: {error.strerror or error}.") from None
    return of_files(str(path), None)


def _made(names: Iterable[str], now: datetime) -> bytes:
    """Key and certificate, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    me = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"cuelang on {socket.gethostname()[:40]}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(me)
        .issuer_name(me)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(list(map(_named, _known(names)))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem)


def _known(names: Iterable[str]) -> list[str]:
    found = ["localhost", "127.0.0.1", "::1", *sorted(names)]
    return [name for name in dict.fromkeys(found) if name and name.isascii() and name not in ("0.0.0.0", "::")]


def _named(name: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
