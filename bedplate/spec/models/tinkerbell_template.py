"""The TinkerbellTemplateConfig kind."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.common import Object
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text, Texts, Whole


class Action(Model):
    """One container that is run on the machine; timeout in seconds."""

    REQUIRED = frozenset({"image", "name", "timeout"})
    name: Text = ""
    image: Text = ""
    timeout: Whole = 0
    command: Texts = ()
    on_timeout: Texts = ()
    on_failure: Texts = ()
    volumes: Texts = ()
    environment: FrozenMap[Text] = Field(default_factory=FrozenMap)
    pid: Text = ""


class Task(Model):
    """Actions that one machine runs in order."""

    REQUIRED = frozenset({"actions", "name", "worker"})
    name: Text = ""
    worker: Text = ""
    actions: tuple[Action, ...] = ()
    volumes: Texts = ()
    environment: FrozenMap[Text] = Field(default_factory=FrozenMap)


class Workflow(Model):
    """All tasks; timeout in seconds."""

    REQUIRED = frozenset({"global_timeout", "id", "name", "tasks", "version"})
    version: Text = ""
    name: Text = ""
    id: Text = ""
    global_timeout: Whole = 0
    tasks: tuple[Task, ...] = ()


class TinkerbellTemplateSettings(Model):
    """The `spec` of a TinkerbellTemplateConfig."""

    REQUIRED = frozenset({"template"})
    template: Workflow = Field(default_factory=Workflow)


class TinkerbellTemplateConfig(Object):
    """How an operating system is put on a bare-metal machine."""

    KIND: ClassVar[str] = "TinkerbellTemplateConfig"
    spec: TinkerbellTemplateSettings = Field(default_factory=TinkerbellTemplateSettings)
