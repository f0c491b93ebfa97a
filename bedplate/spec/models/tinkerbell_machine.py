"""The TinkerbellMachineConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.common import MachineObject, OSFamily, Ref, User
from bedplate.spec.models.host_os import HostOSConfiguration
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text, Texts, Whole


class MatchExpression(Model):
    """One condition on a label; which operators there are is a rule, as in the API."""

    REQUIRED = frozenset({"key", "operator"})
    key: Text = ""
    operator: Text = ""
    values: Texts = ()


class LabelSelector(Model):
    """Conditions on labels, all of which must hold."""

    match_labels: FrozenMap[Text] = Field(default_factory=FrozenMap)
    match_expressions: tuple[MatchExpression, ...] = ()


class HardwareTerm(Model):
    """Hardware whose labels match."""

    REQUIRED = frozenset({"label_selector"})
    label_selector: LabelSelector = Field(default_factory=LabelSelector)


class WeightedHardwareTerm(Model):
    """Hardware that is rather taken than other."""

    REQUIRED = frozenset({"hardware_affinity_term", "weight"})
    weight: Whole = 0
    hardware_affinity_term: HardwareTerm = Field(default_factory=HardwareTerm)


class HardwareAffinity(Model):
    """Which hardware may be taken, and which is liked best."""

    REQUIRED = frozenset({"required"})
    required: tuple[HardwareTerm, ...] = ()
    preferred: tuple[WeightedHardwareTerm, ...] = ()


class TinkerbellMachineSettings(Model):
    """The `spec` of a TinkerbellMachineConfig."""

    REQUIRED = frozenset({"os_family"})
    hardware_selector: FrozenMap[Text] = Field(default_factory=FrozenMap)
    hardware_affinity: HardwareAffinity | None = None
    template_ref: Ref = Field(default_factory=Ref)
    os_family: OSFamily | None = None
    os_image_url: Text = ""
    users: tuple[User, ...] = ()
    host_os_configuration: HostOSConfiguration | None = None


class TinkerbellMachineConfig(MachineObject):
    """Which bare-metal machines a group takes, and what is installed on them."""

    KIND: ClassVar[str] = "TinkerbellMachineConfig"
    spec: TinkerbellMachineSettings = Field(default_factory=TinkerbellMachineSettings)
