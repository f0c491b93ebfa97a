"""The TinkerbellDatacenterConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Flag, Text


class TinkerbellDatacenterSettings(Model):
    """The `spec` of a TinkerbellDatacenterConfig."""

    REQUIRED = frozenset({"tinkerbell_ip"})
    tinkerbell_ip: Text = ""
    os_image_url: Text = ""
    hook_images_url_path: Text = ""
    hook_iso_url: Text = ""
    iso_boot: Flag = False
    load_balancer_interface: Text = ""
    skip_load_balancer_deployment: Flag = False


class TinkerbellDatacenterConfig(Object):
    """Where bare-metal machines are booted from."""

    KIND: ClassVar[str] = "TinkerbellDatacenterConfig"
    spec: TinkerbellDatacenterSettings = Field(default_factory=TinkerbellDatacenterSettings)
