"""What machines were made of, as they say it themselves: their owner's status comes later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bedplate.capi import kinds, names, objects
from bedplate.ports.kube import Kind, Kube, Manifest

CLONED_FROM = "cluster.x-k8s.io/cloned-from-name"
NODE = ("spec", "template", "spec")


def outdated(kube: Kube, deployment: Manifest, machines: Sequence[Manifest]) -> tuple[str, ...]:
    """Return the machines of another version or template than their MachineDeployment asks for now.

    Its own controller may have seen the newest of it before that of its machines has: in between
    its status counts all as up to date, since they were before.
    """
    version = objects.text(deployment, *NODE, "version")
    found = {
        *(objects.name(one) for one in machines if objects.text(one, "spec", "version") != version),
        *_made_otherwise(kube, deployment, machines, kinds.INFRASTRUCTURE, "infrastructureRef"),
        *_made_otherwise(kube, deployment, machines, kinds.BOOTSTRAP, "bootstrap", "configRef"),
    }
    return tuple(sorted(found))


def _made_otherwise(
    kube: Kube, deployment: Manifest, machines: Sequence[Manifest], version: str, *path: str
) -> Iterator[str]:
    """Yield the machines whose part at a path was made of another template; some do not say it."""
    template = objects.mapping(deployment, *NODE, *path)
    kind = Kind(version, objects.text(template, "kind").removesuffix("Template"))
    labels = {kinds.CLUSTER_NAME_LABEL: objects.text(deployment, "spec", "clusterName")}
    origins = {
        objects.name(one): objects.annotations_of(one).get(CLONED_FROM, "")
        for one in kube.list(kind, names.NAMESPACE, labels)
    }
    for machine in machines:
        part = objects.text(machine, "spec", *path, "name")
        if origins.get(part, "") not in ("", objects.text(template, "name")):
            yield objects.name(machine)
