"""A Kubernetes API server, as the phases see it."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bedplate.ports.effect import effect

JSON: TypeAlias = "None | bool | int | float | str | Sequence[JSON] | Mapping[str, JSON]"
Manifest: TypeAlias = Mapping[str, JSON]


class Side(enum.StrEnum):
    """Which cluster of an operation; `MANAGEMENT` only where another cluster manages this one."""

    BOOTSTRAP = "bootstrap"
    CLUSTER = "cluster"
    MANAGEMENT = "management"


class Reach(enum.Enum):
    """Whether an API server can be spoken to."""

    ABSENT = "there is no such cluster, as far as is known"
    SILENT = "it is known but does not answer"
    ANSWERS = "it answers"


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A kind of object: `Kind("cluster.x-k8s.io/v1beta2", "Machine")`."""

    api_version: str
    kind: str

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def resource(self) -> str:
        """The kind as kubectl takes it, with its group: `cluster` alone is EKS Anywhere's."""
        return f"{self.kind.lower()}.{self.group}" if self.group else self.kind.lower()


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """The address of one object; the namespace is empty for cluster-scoped kinds."""

    kind: Kind
    namespace: str
    name: str

    @property
    def identity(self) -> str:
        """The text that the journal and messages show."""
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind.kind} {place}{self.name}"


class Kube(Protocol):
    """One API server. Every method has a deadline of its own and raises what follows.

    TemporaryError: NET_UNREACHABLE, RATE_LIMITED (429), API_UNAVAILABLE (5xx), CONFLICT (409),
    WEBHOOK_SILENT.
    PermanentError: AUTH_DENIED, API_INVALID (the object is not accepted), API_UNKNOWN_KIND.
    """

    def reach(self) -> Reach:
        """Say whether the API server can be spoken to; never raises."""
        ...

    def get(self, ref: Ref) -> Manifest | None:
        """Return the object, or None where there is none.

        A kind that the API server does not know at all has no objects; one that it knows only in
        other versions raises API_UNKNOWN_KIND, since there may be some.
        """
        ...

    def list(
        self, kind: Kind, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Sequence[Manifest]:
        """Return the objects of a kind, in one namespace or all (""), that carry all `labels`."""
        ...

    def logs(self, workload: Ref, lines: int) -> Mapping[str, str]:
        """Return the last lines that each container of a workload's pods wrote, by pod/container.

        One that restarted has its earlier log too, as `pod/container (before)`. A log that cannot
        be read says why in its place; a workload that is gone has none. May hold secrets.
        """
        ...

    @effect("ref")
    def apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Server-side apply with our field manager; makes the object where there is none.

        A field that somebody else manages becomes ours, which is logged.
        """
        ...

    def dry_run(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Ask the API server to create `manifest` without keeping it; raises as a create would."""
        ...

    def would_apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Return what `apply` would make of the object, without keeping it; raises as it would."""
        ...

    @effect("ref")
    def create(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Create the object with a status as given; an object that exists is returned as it is.

        One whose own `create` was killed before it wrote the status gets it now, but for what
        controllers have written there meanwhile.
        """
        ...

    @effect("ref")
    def patch(self, ref: Ref, patch: Manifest) -> Manifest | None:
        """JSON merge patch; None where the object is gone."""
        ...

    @effect("ref")
    def patch_status(self, ref: Ref, status: Manifest) -> Manifest | None:
        """JSON merge patch of a status; None where the object is gone or has none of its own."""
        ...

    @effect("ref")
    def delete(self, ref: Ref) -> None:
        """Delete the object (background propagation); one that is gone is success."""
        ...
