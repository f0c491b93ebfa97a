"""Public keys: whose signature is believed."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bedplate.errors import BadInput, Owner

EKSA_BUNDLE_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFZU/Z6VVMU9HioT7rGkPdJg3frC2xyQZhWFIrz5HeZEfeQ2n"
    "AdnJMLrs2Qr3V9xVrJrHA54wnIHDoPGbEhojqg=="
)
"""EKS Anywhere's key for bundles (`KMSPublicKey` in its pkg/constants)."""

EKSA_DISTRO_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfqjUloL1WPdxB5JPOY18mIgjx0zD0SyWe9N1Fxjv7A8JwyKQ"
    "ycqirw2us7zoxoC5bnWD4lT53uv8skx3E/cHaw=="
)
"""Its key for EKS Distro releases (`EKSDistroKMSPublicKey`)."""

_PEM = "-----BEGIN"
_SHORT = 16  # hexadecimal digits of a key's name


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An ECDSA key on P-256."""

    key: ec.EllipticCurvePublicKey

    @property
    def name(self) -> str:
        """Return the beginning of the SHA-256 of the key, to tell keys apart."""
        der = self.key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hashlib.sha256(der).hexdigest()[:_SHORT]

    def made(self, signature: bytes, message: bytes) -> bool:
        """Return whether this key's owner signed the message (ASN.1 form, SHA-256)."""
        try:
            self.key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def public_key(text: str) -> PublicKey:
    """Return the key in PEM or in base64 of its DER form; raises BadInput KEY_INVALID."""
    try:
        if text.lstrip().startswith(_PEM):
            found = serialization.load_pem_public_key(text.strip().encode())
        else:
            der = base64.b64decode("".join(text.split()), validate=True)
            found = serialization.load_der_public_key(der)
    except (ValueError, TypeError, binascii.Error) as error:
        raise _invalid("the text is neither PEM nor base64 of a public key") from error
    if not isinstance(found, ec.EllipticCurvePublicKey) or found.curve.name != "secp256r1":
        raise _invalid("the key is not an ECDSA key on P-256")
    return PublicKey(found)


def _invalid(seen: str) -> BadInput:
    return BadInput(
        "KEY_INVALID",
        seen,
        why="manifests are signed with ECDSA on P-256",
        remedy="give the public half of the key that signs, as PEM or as base64 of its DER form",
        owner=Owner.PLATFORM,
    )
