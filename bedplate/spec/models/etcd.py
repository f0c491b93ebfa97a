"""External etcd, and encryption of what etcd stores."""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.spec.models.common import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalEtcd:
    """etcd on machines of its own."""

    count: int = 0
    machine_group_ref: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KMS:
    """A key management plugin that listens on a Unix socket."""

    name: str = ""
    socket_listen_address: str = ""
    cache_size: int | None = None
    timeout: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionProvider:
    """One way to encrypt."""

    kms: KMS | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EtcdEncryption:
    """Which resources are encrypted, and by what."""

    providers: tuple[EncryptionProvider, ...] = ()
    resources: tuple[str, ...] = ()
