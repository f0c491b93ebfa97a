"""The key that signs the lab's bundles: made once per lab, its public half for the site."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bedplate.adapters.files import FolderFiles
from lab.authority import private_pem

PRIVATE = "bundle.key"
PUBLIC = "bundle.pub"


def signing_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key of a folder, made now where there is none; its public half is beside it."""
    private, files = folder / PRIVATE, FolderFiles(folder)
    if not private.is_file():
        files.write(PRIVATE, private_pem(ec.generate_private_key(ec.SECP256R1())), private=True)
    found = serialization.load_pem_private_key(private.read_bytes(), password=None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{private} holds no elliptic curve key")
    files.write(PUBLIC, _public_pem(found))
    return found


def _public_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
