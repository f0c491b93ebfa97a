"""The live site in the lab: KinD as the phases rely on it, and the components of the lab's bundle.

BEDPLATE_LAB names the lab's home: the folder with its `sites.yaml`, where the site is called `lab`,
and with `cluster.yaml`, a specification for it; the vCenter's user is in EKSA_VSPHERE_USERNAME and
EKSA_VSPHERE_PASSWORD, as for a create. Without BEDPLATE_LAB these tests are skipped with a warning.
"""

import multiprocessing
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bedplate.capi import objects
from bedplate.capi.rendering.kind import kind_config
from bedplate.errors import TemporaryError
from bedplate.phases.providers import wanted
from bedplate.ports.bootstrap import BootstrapState
from bedplate.ports.components import Component
from bedplate.ports.kube import Kube, Reach, Ref, Side
from bedplate.ports.tools import Ports
from bedplate.sites import Site, open_site
from bedplate.spec import ClusterSpec, load_text
from blocks.secret_environment import secrets_for
from deployments.home import Home
from tests.contract.sites import CONFIG_MAP, NAMESPACE, config_map, kind_name, thing, wait

VARIABLE = "BEDPLATE_LAB"


def lab() -> Path:
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    text = f"the lab is not up: {VARIABLE} names no home"
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(pytest.PytestWarning(text), stacklevel=2)
    pytest.skip(text)


@pytest.fixture(scope="module")
def site() -> Site:
    config = Home(lab()).site("lab")
    return open_site(config, secrets_for(config))


@pytest.fixture(scope="module")
def spec() -> ClusterSpec:
    found = load_text((lab() / "cluster.yaml").read_text())
    metadata = found.cluster.metadata.model_copy(update={"name": "contract"})
    return replace(found, cluster=found.cluster.model_copy(update={"metadata": metadata}))


@pytest.fixture
def ports(site: Site, spec: ClusterSpec) -> Iterator[Ports]:
    opened = site.open(spec)
    opened.bootstrap.delete(kind_name(spec))
    yield opened
    opened.bootstrap.delete(kind_name(spec))


def create(site: Site, ports: Ports, spec: ClusterSpec) -> Kube:
    ports.bootstrap.create(kind_name(spec), kind_config(spec, site.bundle(spec)))
    kube = ports.kube[Side.BOOTSTRAP]
    wait(ports, lambda: kube.reach() is Reach.ANSWERS, seconds=120, poll=1)
    kube.apply(*thing("v1", "Namespace", NAMESPACE, namespace=""))
    return kube


def test_kind_keeps_what_phases_rely_on(site, ports, spec):
    """One cluster for all of it: each takes half a minute."""
    name = kind_name(spec)
    assert ports.bootstrap.state(name) is BootstrapState.ABSENT
    assert ports.kube[Side.BOOTSTRAP].reach() is Reach.ABSENT

    kube = create(site, ports, spec)
    assert ports.bootstrap.exists(name)
    mine = Ref(CONFIG_MAP, NAMESPACE, "mine")
    kube.apply(*config_map("mine", data={"a": "1"}))
    ports.bootstrap.create(name, {})
    assert objects.text(kube.get(mine) or {}, "data", "a") == "1"

    ports.bootstrap.delete(name)
    ports.bootstrap.delete(name)
    assert not ports.bootstrap.exists(name)
    wait(ports, lambda: kube.reach() is Reach.ABSENT, seconds=30, poll=1)


def test_a_kind_that_is_killed_half_way_is_made_anew(site, ports, spec):
    name = kind_name(spec)
    process = multiprocessing.get_context("fork").Process(target=create, args=(site, ports, spec))
    process.start()
    wait(ports, lambda: ports.bootstrap.exists(name), seconds=120, poll=0.2)
    process.kill()
    process.join()
    assert ports.bootstrap.state(name) is BootstrapState.UNFINISHED

    def made() -> bool:
        try:
            create(site, ports, spec)
        except TemporaryError as error:
            if error.code == "BOOTSTRAP_BUSY":
                return False
            raise
        return True

    wait(ports, made, seconds=300, poll=2)
    assert ports.bootstrap.state(name) is BootstrapState.RUNNING


@pytest.mark.parametrize("component", [*Component])
def test_every_component_that_a_create_needs_can_be_applied(site, spec, component):
    needed = {*wanted(spec), Component.CILIUM, Component.EKS_ANYWHERE}
    if component not in needed:
        pytest.skip(f"{component} is not asked for")
    release = site.open(spec).components.release(component)
    assert release.version
    assert any(one["kind"] in ("Deployment", "DaemonSet") for one in release.manifests)
