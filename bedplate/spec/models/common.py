"""Parts that several kinds share."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, GetJsonSchemaHandler

from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Choice, Text, Texts, WholeOrText

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

API_GROUP = "anywhere.eks.amazonaws.com"
API_VERSION = f"{API_GROUP}/v1alpha1"
DEFAULT_NAMESPACE = "default"


class Metadata(Model):
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
    name: Text = ""
    namespace: Text = ""
    labels: FrozenMap[Text] = Field(default_factory=FrozenMap)
    annotations: FrozenMap[Text] = Field(default_factory=FrozenMap)


class Object(Model):
    """What every kind begins with; a kind adds its `spec`."""

    KIND: ClassVar[str]
    IGNORED: ClassVar[frozenset[str]] = frozenset({"kind", "status"})
    api_version: Text = API_VERSION
    metadata: Metadata = Field(default_factory=Metadata)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the JSON schema of a whole document: it names its version and its kind."""
        described = super().__get_pydantic_json_schema__(schema, handler)
        document = handler.resolve_ref_schema(described)
        document["properties"]["kind"] = {"const": cls.KIND}
        document["required"] = ["apiVersion", "kind"]
        return described


class MachineObject(Object):
    """What says how machines are made; several objects of one kind may be in a file."""

    @property
    def name(self) -> str:
        """Return the object's name."""
        return self.metadata.name


class Ref(Model):
    """A reference to another object of the same file."""

    kind: Text = ""
    name: Text = ""


class TaintEffect(Choice):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


class Taint(Model):
    """A taint of a node."""

    REQUIRED = frozenset({"effect", "key"})
    IGNORED: ClassVar[frozenset[str]] = frozenset({"timeAdded"})
    key: Text = ""
    value: Text = ""
    effect: TaintEffect | None = None


class MachineHealthCheck(Model):
    """When a machine counts as unhealthy; timeouts are durations such as `5m0s`."""

    node_startup_timeout: Text = ""
    unhealthy_machine_timeout: Text = ""
    max_unhealthy: WholeOrText | None = None


class RolloutType(Choice):
    """How nodes are replaced in an upgrade."""

    ROLLING_UPDATE = "RollingUpdate"
    IN_PLACE = "InPlace"


class OSFamily(Choice):
    """The operating system of a node."""

    BOTTLEROCKET = "bottlerocket"
    UBUNTU = "ubuntu"
    REDHAT = "redhat"


class User(Model):
    """A user made on every machine; only the first key is used."""

    REQUIRED = frozenset({"name", "ssh_authorized_keys"})
    name: Text = ""
    ssh_authorized_keys: Texts = ()
