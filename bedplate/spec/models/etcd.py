"""External etcd, and encryption of what etcd stores."""

from __future__ import annotations

from bedplate.spec.models.common import Ref
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text, Texts, Whole


class ExternalEtcd(Model):
    """etcd on machines of its own."""

    count: Whole = 0
    machine_group_ref: Ref | None = None


class KMS(Model):
    """A key management plugin that listens on a Unix socket."""

    REQUIRED = frozenset({"name", "socket_listen_address"})
    name: Text = ""
    socket_listen_address: Text = ""
    cache_size: Whole | None = None
    timeout: Text = ""


class EncryptionProvider(Model):
    """One way to encrypt."""

    REQUIRED = frozenset({"kms"})
    kms: KMS | None = None


class EtcdEncryption(Model):
    """Which resources are encrypted, and by what."""

    REQUIRED = frozenset({"providers", "resources"})
    providers: tuple[EncryptionProvider, ...] = ()
    resources: Texts = ()
