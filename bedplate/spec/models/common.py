"""Parts that several kinds share."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from bedplate.spec.frozen import FrozenMap

API_GROUP = "anywhere.eks.amazonaws.com"
API_VERSION = f"{API_GROUP}/v1alpha1"
DEFAULT_NAMESPACE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The name, namespace, labels and annotations of an object."""

    IGNORED: ClassVar[frozenset[str]] = frozenset(
        {
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "finalizers",
            "generateName",
            "generation",
            "managedFields",
            "ownerReferences",
            "resourceVersion",
            "selfLink",
            "uid",
        }
    )
    name: str = ""
    namespace: str = ""
    labels: FrozenMap[str] = FrozenMap()
    annotations: FrozenMap[str] = FrozenMap()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A reference to another object of the same file."""

    kind: str = ""
    name: str = ""


class TaintEffect(enum.StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """A taint of a node."""

    IGNORED: ClassVar[frozenset[str]] = frozenset({"timeAdded"})
    key: str = ""
    value: str = ""
    effect: TaintEffect | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineHealthCheck:
    """When a machine counts as unhealthy; timeouts are durations such as `5m0s`."""

    node_startup_timeout: str = ""
    unhealthy_machine_timeout: str = ""
    max_unhealthy: int | str | None = None


class RolloutType(enum.StrEnum):
    """How nodes are replaced in an upgrade."""

    ROLLING_UPDATE = "RollingUpdate"
    IN_PLACE = "InPlace"


class OSFamily(enum.StrEnum):
    """The operating system of a node."""

    BOTTLEROCKET = "bottlerocket"
    UBUNTU = "ubuntu"
    REDHAT = "redhat"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user made on every machine; only the first key is used."""

    name: str = ""
    ssh_authorized_keys: tuple[str, ...] = ()
