"""Machines that a group's status still counts as up to date, told by what they were made of."""

from typing import Any

import pytest

from bedplate.capi import kinds, objects
from bedplate.phases.upgrade.origins import CLONED_FROM, outdated
from bedplate.ports.kube import JSON
from tests.unit.capi.vsphere_set import thing
from tests.unit.phases.one_side import Api

NEW, OLD = "w01-md-0-2", "w01-md-0-1"
VERSION = "v1.35.1-eks-1-35-8"


def node(version: str, infrastructure: str, config: str) -> dict[str, Any]:
    return {
        "version": version,
        "infrastructureRef": {"kind": "VSphereMachineTemplate", "name": infrastructure},
        "bootstrap": {"configRef": {"kind": "KubeadmConfigTemplate", "name": config}},
    }


def made_of(api: Api, version: str, kind: str, template: str | None) -> None:
    labels: dict[str, JSON] = {kinds.CLUSTER_NAME_LABEL: "w01"}
    made = thing(version, kind, "w01-md-0-abcde", labels=labels)
    made["metadata"]["annotations"] = {} if template is None else {CLONED_FROM: template}
    api.objects[objects.ref(made)] = made


@pytest.mark.parametrize(
    ("version", "infrastructure", "config", "found"),
    [
        (VERSION, NEW, NEW, ()),
        ("v1.34.4-eks-1-34-12", NEW, NEW, ("w01-md-0-abcde",)),
        (VERSION, OLD, NEW, ("w01-md-0-abcde",)),
        (VERSION, NEW, OLD, ("w01-md-0-abcde",)),
        (VERSION, None, None, ()),
    ],
)
def test_a_machine_of_another_version_or_template_is_outdated(
    version, infrastructure, config, found
):
    api = Api("own", {})
    made_of(api, kinds.INFRASTRUCTURE, "VSphereMachine", infrastructure)
    made_of(api, kinds.BOOTSTRAP, "KubeadmConfig", config)
    name = "w01-md-0-abcde"
    machine = thing(kinds.MACHINE.api_version, "Machine", name, spec=node(version, name, name))
    spec: dict[str, JSON] = {"clusterName": "w01", "template": {"spec": node(VERSION, NEW, NEW)}}
    deployment = thing(kinds.CORE, "MachineDeployment", "w01-md-0", spec=spec)

    assert outdated(api, deployment, [machine]) == found
