"""The Docker engine: each limit just met and just missed."""

from dataclasses import replace

import pytest

from bedplate.checks import host_checks
from bedplate.errors import Owner, TemporaryError
from bedplate.simulation import Fault
from bedplate.simulation.host import USUAL, set_up_host
from bedplate.spec import load_text
from tests.unit.checks.place import blocks, setting, spec_of, warnings

WATCHES = "fs.inotify.max_user_watches"
INSTANCES = "fs.inotify.max_user_instances"
TRACKED, TRACK = "net.netfilter.nf_conntrack_count", "net.netfilter.nf_conntrack_max"


@pytest.fixture
def engine(place, look):
    """Run a check on an engine that differs from the usual."""

    def run(name, spec=None, **changes):
        sysctls = {**USUAL.sysctls, **changes.pop("sysctls", {})}
        set_up_host(place.world, replace(USUAL, sysctls=sysctls, **changes))
        return look(name, spec or spec_of())

    return run


def docker_cluster():
    return load_text(
        """
apiVersion: anywhere.eks.amazonaws.com/v1alpha1
kind: Cluster
metadata: {name: d01}
spec:
  kubernetesVersion: "1.34"
  controlPlaneConfiguration: {count: 1}
  workerNodeGroupConfigurations: [{name: md-0, count: 1}]
  datacenterRef: {kind: DockerDatacenterConfig, name: d01}
  clusterNetwork:
    cniConfig: {cilium: {}}
    pods: {cidrBlocks: [192.168.0.0/16]}
    services: {cidrBlocks: [10.96.0.0/12]}
  managementCluster: {name: d01}
---
apiVersion: anywhere.eks.amazonaws.com/v1alpha1
kind: DockerDatacenterConfig
metadata: {name: d01}
spec: {}
"""
    )


def kubernetes(version):
    return spec_of(setting("kubernetesVersion", version))


@pytest.mark.parametrize("version", ["20.10.24+dfsg1", "29.1.3"])
def test_an_engine_of_version_20_or_newer_passes(engine, version):
    assert engine("docker-version", version=version) == ()


@pytest.mark.parametrize("version", ["19.03.15", "", "dev"])
def test_an_older_engine_or_one_that_does_not_say_is_refused(engine, version):
    (finding,) = engine("docker-version", version=version)
    assert finding.owner is Owner.PLATFORM


def test_little_memory_is_a_warning(engine):
    assert engine("docker-memory", memory_mib=5913) == ()
    findings = engine("docker-memory", memory_mib=5912)
    assert warnings(findings) == ["Docker engine"]
    assert "5912 MiB" in findings[0].seen


@pytest.mark.parametrize(
    ("version", "blocked", "warned"),
    [("1.30", 0, 0), ("1.31", 0, 1), ("1.34", 0, 1), ("1.35", 1, 0), ("1.36", 1, 0)],
)
def test_old_control_groups_age_with_the_version_of_kubernetes(engine, version, blocked, warned):
    findings = engine("docker-cgroups", kubernetes(version), cgroup_version=1)
    assert (len(blocks(findings)), len(warnings(findings))) == (blocked, warned)
    assert all("failCgroupV1" in finding.seen for finding in findings)
    assert all("unified_cgroup_hierarchy=1" in finding.remedy for finding in findings)
    assert engine("docker-cgroups", kubernetes(version), cgroup_version=2) == ()


def test_an_engine_that_cannot_limit_containers_is_refused(engine):
    (finding,) = engine("docker-cgroups", cgroup_driver="none")
    assert "rootless" in finding.remedy


@pytest.mark.parametrize("driver", ["overlay2", "overlayfs", "btrfs"])
def test_a_storage_driver_with_layers_passes(engine, driver):
    assert engine("docker-storage", storage_driver=driver) == ()


@pytest.mark.parametrize("driver", ["vfs", "aufs", "devicemapper"])
def test_a_storage_driver_without_layers_is_a_warning(engine, driver):
    (finding,) = engine("docker-storage", storage_driver=driver)
    assert driver in finding.seen


@pytest.mark.parametrize(
    ("free", "blocked", "warned"), [(30.0, 0, 0), (29.9, 0, 1), (10.0, 0, 1), (9.9, 1, 0)]
)
def test_free_disk_is_recommended_and_then_needed(engine, free, blocked, warned):
    findings = engine("docker-disk", disk_free_gib=free)
    assert (len(blocks(findings)), len(warnings(findings))) == (blocked, warned)


def test_a_disk_that_cannot_be_seen_is_said_to_be_so(engine):
    (finding,) = engine("docker-disk", disk_free_gib=None)
    assert "cannot be seen" in finding.seen


@pytest.mark.parametrize(("name", "least"), [(WATCHES, 524_288), (INSTANCES, 512)])
def test_a_kernel_limit_comes_with_the_line_that_raises_it(engine, name, least):
    assert engine("docker-inotify", sysctls={name: least}) == ()
    findings = engine("docker-inotify", sysctls={name: least - 1})
    assert warnings(findings) == ["Docker engine"]
    assert f"sysctl -w {name}={least}" in findings[0].remedy
    assert "/etc/sysctl.d/" in findings[0].remedy


def test_a_cluster_of_containers_needs_the_kernel_limits_for_sure(engine):
    findings = engine("docker-inotify", docker_cluster(), sysctls={INSTANCES: 128})
    assert blocks(findings) == ["Docker engine"]


@pytest.mark.parametrize(("cpus", "least"), [(1, 131_072), (4, 131_072), (8, 262_144)])
def test_the_table_of_connections_grows_with_the_processors(engine, cpus, least):
    assert engine("docker-conntrack", cpus=cpus, sysctls={TRACK: least}) == ()
    findings = engine("docker-conntrack", cpus=cpus, sysctls={TRACK: least - 1})
    assert warnings(findings) == ["Docker engine"]
    assert f"sysctl -w {TRACK}={least}" in findings[0].remedy


def test_a_cluster_of_containers_needs_the_table_for_sure(engine):
    findings = engine("docker-conntrack", docker_cluster(), sysctls={TRACK: 65_536})
    assert blocks(findings) == ["Docker engine"]


def test_a_table_of_connections_that_is_nearly_full_is_a_warning(engine):
    assert engine("docker-conntrack", sysctls={TRACK: 200_000, TRACKED: 179_999}) == ()
    (finding,) = engine("docker-conntrack", sysctls={TRACK: 200_000, TRACKED: 180_000})
    assert f"sysctl -w {TRACK}=400000" in finding.remedy


def test_what_the_kernel_does_not_say_is_no_finding(place, look):
    set_up_host(place.world, replace(USUAL, sysctls={}))
    assert look("docker-inotify", spec_of()) == ()
    assert look("docker-conntrack", spec_of()) == ()


def test_the_engine_is_asked_once_for_all_checks(place):
    spec = spec_of()
    scene = place.scene(spec)
    assert host_checks(spec)[0].probe(scene) == ()
    place.world.inject(Fault("host", "look", error="timeout"))
    assert [check.probe(scene) for check in host_checks(spec)] == [()] * len(host_checks(spec))


def test_an_engine_that_does_not_answer_is_no_answer(place, look):
    place.world.inject(Fault("host", "look", error="timeout"))
    with pytest.raises(TemporaryError) as caught:
        look("docker-version", spec_of())
    assert caught.value.code == "DOCKER_UNREACHABLE"
