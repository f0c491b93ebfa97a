"""The SSH key pair made where a specification leaves the key to us.

The private half lives in the vault and in the user's own file (0600), nowhere else.
"""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from bedplate.errors import Owner, PermanentError
from bedplate.ports.tools import Tools
from bedplate.providers import KeyAlgorithm, provider_of

KEY_BITS = 4096

# EKS Anywhere's names, which people know, whatever kind of key is in it.
PRIVATE_FILE = "eks-a-id_rsa"
PUBLIC_FILE = "eks-a-id_rsa.pub"


def vault_name(cluster: str) -> str:
    """Return the vault's name of the private key."""
    return f"{cluster}/ssh-private-key"


def make_private_key(algorithm: KeyAlgorithm) -> str:
    """Return a new private key in OpenSSH's format."""
    key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
    match algorithm:
        case KeyAlgorithm.ED25519:
            key = ed25519.Ed25519PrivateKey.generate()
        case KeyAlgorithm.RSA:
            key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def public_key(private: str) -> str:
    """Return the public half, as an authorized_keys line without a comment."""
    key = load_ssh_private_key(private.encode(), password=None)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def ensure_key(tools: Tools, algorithm: KeyAlgorithm) -> str:
    """Make the key pair once, keep it, write the user's files; returns the private file's path."""
    vault, files = tools.ports.vault, tools.ports.files
    private = vault.get(vault_name(tools.spec.name))
    if private is None:
        # Another key would lock its owner out of the machines that know the first.
        private = files.read(PRIVATE_FILE) or make_private_key(algorithm)
        vault.put(vault_name(tools.spec.name), private)
    if files.read(PRIVATE_FILE) != private:
        files.write(PRIVATE_FILE, private, private=True)
        files.write(PUBLIC_FILE, public_key(private) + "\n")
    return files.path(PRIVATE_FILE)


def forget_key(tools: Tools) -> None:
    """Remove the key pair from the vault and the user's folder."""
    tools.ports.vault.delete(vault_name(tools.spec.name))
    tools.ports.files.remove(PRIVATE_FILE)
    tools.ports.files.remove(PUBLIC_FILE)


def generated_public_key(tools: Tools) -> str:
    """Return the public half of the generated key, or "" where none is wanted.

    Raises PermanentError AUTH_MISSING where one is wanted and lost, AUTH_UNREADABLE where it is no
    key: machines ordered without it would let nobody in.
    """
    name = vault_name(tools.spec.name)
    private = tools.ports.vault.get(name)
    if private is None:
        if provider_of(tools.spec).ssh_user(tools.spec) is None:
            return ""
        raise _unusable(tools, "AUTH_MISSING", f"the vault holds no {name!r}")
    try:
        return public_key(private)
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable(tools, "AUTH_UNREADABLE", f"the vault's {name!r} is no SSH key") from None


def _unusable(tools: Tools, code: str, seen: str) -> PermanentError:
    return PermanentError(
        code,
        seen,
        why="the machines' users get its public half",
        remedy=f"put the text of {tools.ports.files.path(PRIVATE_FILE)} there, then resume",
        owner=Owner.PLATFORM,
    )
