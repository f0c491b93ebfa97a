"""Rules about the Tinkerbell kinds."""

from __future__ import annotations

from urllib.parse import urlsplit

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.tinkerbell_datacenter import TinkerbellDatacenterConfig
from bedplate.spec.models.tinkerbell_machine import (
    HardwareAffinity,
    LabelSelector,
    TinkerbellMachineConfig,
)
from bedplate.spec.models.tinkerbell_template import TinkerbellTemplateConfig
from bedplate.spec.rules.host_os import host_os_findings
from bedplate.spec.rules.text import address

WEIGHTS = range(1, 101)
WITH_VALUES = ("In", "NotIn")  # codespell:ignore notin
WITHOUT_VALUES = ("Exists", "DoesNotExist")


def datacenter_address(config: TinkerbellDatacenterConfig) -> Findings:
    """The address that machines boot from is given."""
    given = config.spec.tinkerbell_ip
    if not given:
        yield Finding("spec.tinkerbellIP", "is empty", "a free IP address of the node network")
    elif address(given) is None:
        said = f"{given!r} is not an IP address"
        yield Finding("spec.tinkerbellIP", said, "a free IP address of the node network")


def datacenter_urls(config: TinkerbellDatacenterConfig) -> Findings:
    """Where images are fetched from are addresses that a machine can ask."""
    spec = config.spec
    yield from _url("spec.osImageURL", spec.os_image_url)
    yield from _url("spec.hookImagesURLPath", spec.hook_images_url_path)
    yield from _url("spec.hookIsoURL", spec.hook_iso_url)


def _url(field: str, text: str) -> Findings:
    if text and not _is_url(text):
        yield Finding(field, f"{text!r} is not an address", "as https://images.example.com/os.gz")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.scheme and parts.netloc) or text.startswith("/")
    except ValueError:
        return False


def machine_hardware(config: TinkerbellMachineConfig) -> Findings:
    """Either a selector of one label or an affinity says which hardware is taken."""
    selector, affinity = config.spec.hardware_selector, config.spec.hardware_affinity
    if selector and affinity is not None:
        said = "hardwareSelector and hardwareAffinity are both set"
        yield Finding("spec.hardwareAffinity", said, "one of the two")
    elif not selector and affinity is None:
        said = "is empty, so nothing says which hardware is taken"
        yield Finding("spec.hardwareSelector", said, "one label, for example type: worker")
    elif len(selector) > 1:
        yield Finding("spec.hardwareSelector", f"{len(selector)} labels", "exactly one")
    if affinity is not None:
        yield from _affinity(affinity, "spec.hardwareAffinity")


def _affinity(affinity: HardwareAffinity, field: str) -> Findings:
    if not affinity.required:
        yield Finding(f"{field}.required", "is empty", "at least one term")
    for index, term in enumerate(affinity.required):
        yield from _selector(term.label_selector, f"{field}.required[{index}].labelSelector")
    for index, weighted in enumerate(affinity.preferred):
        where = f"{field}.preferred[{index}]"
        if weighted.weight not in WEIGHTS:
            yield Finding(f"{where}.weight", f"{weighted.weight} is out of range", "1 to 100")
        inner = weighted.hardware_affinity_term.label_selector
        yield from _selector(inner, f"{where}.hardwareAffinityTerm.labelSelector")


def _selector(selector: LabelSelector, field: str) -> Findings:
    for index, item in enumerate(selector.match_expressions):
        where = f"{field}.matchExpressions[{index}]"
        if item.operator not in WITH_VALUES + WITHOUT_VALUES:
            known = ", ".join(WITH_VALUES + WITHOUT_VALUES)
            said = f"{item.operator!r} is not an operator"
            yield Finding(f"{where}.operator", said, f"one of {known}")
        elif item.operator in WITH_VALUES and not item.values:
            yield Finding(f"{where}.values", f"is empty with {item.operator}", "at least one value")
        elif item.operator in WITHOUT_VALUES and item.values:
            yield Finding(f"{where}.values", f"is set with {item.operator}", "no values")


def machine_system(config: TinkerbellMachineConfig) -> Findings:
    """What is installed is known: a user, an image, a template, settings."""
    spec = config.spec
    if not spec.users:
        yield Finding("spec.users", "is empty", "a user with a name and an SSH key")
    yield from _url("spec.osImageURL", spec.os_image_url)
    kind = spec.template_ref.kind
    if spec.template_ref.name and kind != TinkerbellTemplateConfig.KIND:
        said = f"{kind!r} is not a kind of template"
        yield Finding("spec.templateRef.kind", said, TinkerbellTemplateConfig.KIND)
    yield from host_os_findings(spec.host_os_configuration, spec.os_family)


def template_tasks(config: TinkerbellTemplateConfig) -> Findings:
    """There is something to do, and every action has a name and an image."""
    tasks = config.spec.template.tasks
    if not tasks:
        yield Finding("spec.template.tasks", "is empty", "at least one task")
    for place, task in enumerate(tasks):
        for index, action in enumerate(task.actions):
            where = f"spec.template.tasks[{place}].actions[{index}]"
            for name, text in (("name", action.name), ("image", action.image)):
                if not text:
                    yield Finding(f"{where}.{name}", "is empty", f"the action's {name}")
