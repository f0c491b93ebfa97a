"""Rules about the Nutanix kinds."""

from __future__ import annotations

import re
from fractions import Fraction

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.common import OSFamily
from bedplate.spec.models.nutanix_datacenter import (
    IdentifierType,
    NutanixDatacenterConfig,
    NutanixFailureDomain,
    NutanixResource,
)
from bedplate.spec.models.nutanix_machine import GPU, GPUIdentifierType, NutanixMachineConfig
from bedplate.spec.rules.text import address, is_certificate, is_port, network, quantity

SECRET = "Secret"  # noqa: S105 - the name of a kind
SMALLEST_SOCKETS = 2
SMALLEST_CORES = 1
SMALLEST_MEMORY = "4Gi"
SMALLEST_DISK = "40Gi"
FAMILIES = (OSFamily.UBUNTU, OSFamily.REDHAT)

_DOMAIN = re.compile(r"(?=.{1,64}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def datacenter_endpoint(config: NutanixDatacenterConfig) -> Findings:
    """Prism Central has an address and a port, and its certificate can be read."""
    spec = config.spec
    if not spec.endpoint:
        yield Finding("spec.endpoint", "is empty", "the host name or address of Prism Central")
    if not is_port(str(spec.port)):
        said = "is not set" if spec.port == 0 else f"{spec.port} is not a port"
        yield Finding("spec.port", said, "1 to 65535, usually 9440")
    if spec.additional_trust_bundle and not is_certificate(spec.additional_trust_bundle):
        yield Finding("spec.additionalTrustBundle", "holds no certificate", "certificates as PEM")


def datacenter_credentials(config: NutanixDatacenterConfig) -> Findings:
    """User and password are in a Secret."""
    ref = config.spec.credential_ref
    if ref is None:
        return
    if ref.kind != SECRET:
        yield Finding("spec.credentialRef.kind", f"{ref.kind!r} holds no credentials", SECRET)
    if not ref.name:
        yield Finding("spec.credentialRef.name", "is empty", "the name of the Secret")


def datacenter_excluded_addresses(config: NutanixDatacenterConfig) -> Findings:
    """Addresses that belong to no node are addresses, ranges or networks."""
    for index, text in enumerate(config.spec.ccm_exclude_node_ips):
        first, dash, last = text.partition("-")
        ends = (first.strip(), last.strip()) if dash else (first.strip(),)
        if network(text) is None and not all(address(end) is not None for end in ends):
            said = f"{text!r} is no IP address, range or network"
            yield Finding(
                f"spec.ccmExcludeNodeIPs[{index}]", said, "as 10.0.0.5 or 10.0.0.5-10.0.0.9"
            )


def failure_domains(config: NutanixDatacenterConfig) -> Findings:
    """Every failure domain is complete and has a name of its own."""
    seen: set[str] = set()
    for index, domain in enumerate(config.spec.failure_domains):
        field = f"spec.failureDomains[{index}]"
        yield from _domain(domain, field)
        if domain.name and domain.name in seen:
            said = f"a failure domain above is already named {domain.name!r}"
            yield Finding(f"{field}.name", said, "a name of its own")
        seen.add(domain.name)


def _domain(domain: NutanixFailureDomain, field: str) -> Findings:
    if not _DOMAIN.fullmatch(domain.name):
        said = f"{domain.name!r} cannot be a failure domain's name"
        yield Finding(f"{field}.name", said, "1 to 64 small letters, digits and dashes")
    yield from _resource(domain.cluster, f"{field}.cluster")
    if not domain.subnets:
        yield Finding(f"{field}.subnets", "is empty", "at least one subnet")
    for index, subnet in enumerate(domain.subnets):
        yield from _resource(subnet, f"{field}.subnets[{index}]")


def machine_resources(config: NutanixMachineConfig) -> Findings:
    """Everything that Prism has to find is named."""
    spec = config.spec
    yield from _resource(spec.cluster, "spec.cluster")
    yield from _resource(spec.subnet, "spec.subnet")
    yield from _resource(spec.image, "spec.image")
    if spec.project is not None:
        yield from _resource(spec.project, "spec.project")


def _resource(given: NutanixResource, field: str) -> Findings:
    if given.type is None:
        yield Finding(f"{field}.type", "is not set", "uuid or name")
        return
    value = given.uuid if given.type is IdentifierType.UUID else given.name
    if not value:
        said = f"is empty, and type is {given.type}"
        yield Finding(f"{field}.{given.type}", said, "what Prism shows for it")


def machine_sizes(config: NutanixMachineConfig) -> Findings:
    """Processors, memory and disk are enough for a node."""
    spec = config.spec
    for field, count, least in (
        ("vcpuSockets", spec.vcpu_sockets, SMALLEST_SOCKETS),
        ("vcpusPerSocket", spec.vcpus_per_socket, SMALLEST_CORES),
    ):
        if count < least:
            yield Finding(f"spec.{field}", f"{count} is too few", f"{least} or more")
    for field, text, smallest in (
        ("memorySize", spec.memory_size, SMALLEST_MEMORY),
        ("systemDiskSize", spec.system_disk_size, SMALLEST_DISK),
    ):
        amount = quantity(text)
        if amount is None:
            said = f"{text!r} is not an amount" if text else "is not set"
            yield Finding(f"spec.{field}", said, f"as {smallest}, or more")
        elif amount < (quantity(smallest) or Fraction(0)):
            yield Finding(f"spec.{field}", f"{text} is too small", f"{smallest} or more")


def machine_system(config: NutanixMachineConfig) -> Findings:
    """There is an operating system that Nutanix supports, and exactly one user."""
    family, users = config.spec.os_family, config.spec.users
    if family not in FAMILIES:
        yield Finding("spec.osFamily", f"{family} does not run on Nutanix", " or ".join(FAMILIES))
    if len(users) != 1:
        yield Finding("spec.users", f"{len(users)} users", "exactly one")


def machine_gpus(config: NutanixMachineConfig) -> Findings:
    """Every GPU can be found."""
    for index, gpu in enumerate(config.spec.gpus):
        yield from _gpu(gpu, f"spec.gpus[{index}]")


def _gpu(gpu: GPU, field: str) -> Findings:
    if gpu.type is None:
        yield Finding(f"{field}.type", "is not set", " or ".join(GPUIdentifierType))
    elif gpu.type is GPUIdentifierType.DEVICE_ID and gpu.device_id is None:
        yield Finding(f"{field}.deviceID", "is not set, and type is deviceID", "a number")
    elif gpu.type is GPUIdentifierType.NAME and not gpu.name:
        yield Finding(f"{field}.name", "is empty, and type is name", "the GPU's name in Prism")


def machine_categories(config: NutanixMachineConfig) -> Findings:
    """Every category has a key and a value."""
    for index, category in enumerate(config.spec.additional_categories):
        for name, text in (("key", category.key), ("value", category.value)):
            if not text:
                field = f"spec.additionalCategories[{index}].{name}"
                yield Finding(field, "is empty", f"the category's {name}")
