"""What an upgrade may not do: one row for each rule, of every provider."""

import pytest

from bedplate.spec import upgrade_findings

SPEC = "Cluster.spec"
CP = f"{SPEC}.controlPlaneConfiguration"
GROUP = f"{SPEC}.workerNodeGroupConfigurations[0]"
CILIUM = f"{SPEC}.clusterNetwork.cniConfig.cilium"
PREFIX = "anywhere.eks.amazonaws.com"
PAUSED = {f"{PREFIX}/paused": "true"}
VSPHERE = "vsphere-standalone.yaml"

TAINTS = [{"key": "a", "value": "b", "effect": "PreferNoSchedule"}]
ZONE = "CloudStackDatacenterConfig.spec.availabilityZones"
OTHER_ZONE = {
    "name": "az-2",
    "credentialsRef": "global",
    "domain": "ROOT",
    "managementApiEndpoint": "https://c.example.com/client/api",
    "zone": {"name": "zone2", "network": {"name": "n"}},
}


def version(text):
    return {f"{SPEC}.kubernetesVersion": text}


def worker(text):
    return {f"{GROUP}.kubernetesVersion": text}


def eksa(text):
    return {f"{SPEC}.eksaVersion": text}


REFUSED = [
    # provider, edits of the old, edits of the new, the field that is named
    (VSPHERE, {}, version("1.36"), f"{SPEC}.kubernetesVersion"),
    (VSPHERE, {}, version("1.33"), f"{SPEC}.kubernetesVersion"),
    (VSPHERE, worker("1.32"), worker("1.34"), f"{GROUP}.kubernetesVersion"),
    (VSPHERE, worker("1.33"), worker("1.32"), f"{GROUP}.kubernetesVersion"),
    (VSPHERE, {}, {**version("1.35"), **worker("1.33")}, f"{GROUP}.kubernetesVersion"),
    (VSPHERE, worker("1.34"), version("1.35"), f"{GROUP}.kubernetesVersion"),
    (VSPHERE, worker("1.32"), {}, f"{GROUP}.kubernetesVersion"),
    (VSPHERE, eksa("v0.24.0"), eksa("v0.26.0"), f"{SPEC}.eksaVersion"),
    (VSPHERE, eksa("v0.26.0"), eksa("v1.0.0"), f"{SPEC}.eksaVersion"),
    (VSPHERE, eksa("v0.26.0"), eksa("v0.25.3"), f"{SPEC}.eksaVersion"),
    (VSPHERE, eksa("v0.26.0"), {}, f"{SPEC}.eksaVersion"),
    (
        VSPHERE,
        {f"{SPEC}.bundlesRef": {"apiVersion": "a", "name": "b", "namespace": "c"}},
        {},
        f"{SPEC}.bundlesRef",
    ),
    (VSPHERE, {f"{CILIUM}.skipUpgrade": True}, {}, f"{CILIUM}.skipUpgrade"),
    (VSPHERE, {}, {f"{SPEC}.externalEtcdConfiguration.count": 5},
     f"{SPEC}.externalEtcdConfiguration.count"),
    ("vsphere-gitops.yaml", {}, {f"{SPEC}.gitOpsRef": None}, f"{SPEC}.gitOpsRef"),
    ("tinkerbell", {}, {"TinkerbellDatacenterConfig.spec.tinkerbellIP": "198.18.0.12"},
     "TinkerbellDatacenterConfig.spec.tinkerbellIP"),
    ("tinkerbell", {}, {"TinkerbellDatacenterConfig.spec.hookImagesURLPath": "http://h/h"},
     "TinkerbellDatacenterConfig.spec.hookImagesURLPath"),
    ("tinkerbell", {}, {"TinkerbellMachineConfig/w01.spec.osFamily": "redhat"},
     "TinkerbellMachineConfig/w01.spec.osFamily"),
    ("tinkerbell", {}, {"TinkerbellMachineConfig/w01.spec.users[0].name": "root"},
     "TinkerbellMachineConfig/w01.spec.users[0].name"),
    ("tinkerbell", {}, {f"{CP}.labels": {"a": "b"}}, f"{CP}.labels"),
    ("tinkerbell", {}, {f"{CP}.taints": TAINTS}, f"{CP}.taints"),
    ("tinkerbell", {}, {f"{GROUP}.labels": {"a": "b"}}, f"{GROUP}.labels"),
    ("tinkerbell", {}, {f"{GROUP}.taints": TAINTS}, f"{GROUP}.taints"),
    ("tinkerbell", version("1.35"), {f"{CP}.count": 3}, f"{CP}.count"),
    ("tinkerbell", version("1.35"), {f"{GROUP}.count": 2}, f"{GROUP}.count"),
    ("tinkerbell", version("1.35"), {f"{GROUP}.name": "md-1"}, GROUP),
    ("cloudstack", {}, {f"{ZONE}[0].domain": "ROOT/a"}, f"{ZONE}[0]"),
    ("cloudstack", {}, {ZONE: [OTHER_ZONE]}, ZONE),
    ("cloudstack", {}, {"CloudStackMachineConfig/w01.spec.affinity": "anti"},
     "CloudStackMachineConfig/w01.spec.affinity"),
    ("cloudstack", {}, {"CloudStackMachineConfig/w01.spec.affinityGroupIds": ["a"]},
     "CloudStackMachineConfig/w01.spec.affinityGroupIds"),
    ("cloudstack", {}, {f"{CP}.endpoint.host": "198.18.0.10:443"}, f"{CP}.endpoint.host"),
    ("nutanix", {}, {"NutanixDatacenterConfig.spec.endpoint": "other.example.com"},
     "NutanixDatacenterConfig.spec.endpoint"),
    ("nutanix", {}, {"NutanixMachineConfig/w01.spec.subnet.name": "other"},
     "NutanixMachineConfig/w01.spec.subnet.name"),
    ("nutanix", {}, {"NutanixMachineConfig/w01.spec.bootType": "uefi"},
     "NutanixMachineConfig/w01.spec.bootType"),
    ("nutanix", {}, {"NutanixMachineConfig/w01-cp.spec.memorySize": "8Gi"},
     "NutanixMachineConfig/w01-cp.spec.memorySize"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("example", "before", "after", "field"),
    REFUSED,
    ids=[f"{number} {row[3]}" for number, row in enumerate(REFUSED)],
)
def test_an_upgrade_that_breaks_a_rule_names_the_field(load, example, before, after, field):
    old, new = load(before, example), load(after, example)
    assert field in [problem.field for problem in upgrade_findings(old, new)]


ALLOWED = [
    (VSPHERE, {}, {**version("1.35"), f"{CP}.count": 3}),
    (VSPHERE, worker("1.33"), worker("1.34")),
    (VSPHERE, worker("1.34"), {}),
    (VSPHERE, {}, {**version("1.35"), **worker("1.34")}),
    (VSPHERE, eksa("v0.25.2"), eksa("v0.26.0")),
    (VSPHERE, eksa("v0.26.1"), eksa("v0.26.0")),
    (VSPHERE, {}, eksa("v0.26.0")),
    (VSPHERE, eksa("v0.26.0"), eksa("v0.0.0-dev+build.1")),
    (
        VSPHERE,
        eksa("v0.24.0"),
        {
            **eksa("v0.26.0"),
            "Cluster.metadata.annotations": {f"{PREFIX}/skip-eksa-version-skew-check": "true"},
        },
    ),
    (VSPHERE, {}, {f"{CILIUM}.skipUpgrade": True}),
    ("tinkerbell", {}, {f"{CP}.count": 3, f"{GROUP}.count": 2}),
    (
        "tinkerbell",
        {},
        {
            "TinkerbellDatacenterConfig.spec.hookImagesURLPath": "http://h/h",
            "TinkerbellDatacenterConfig.metadata.annotations": {f"{PREFIX}/managed-by-cli": "true"},
        },
    ),
    ("cloudstack", {}, {f"{CP}.endpoint.host": "198.18.0.10:6443"}),
    ("cloudstack", {}, {f"{ZONE}[1]": OTHER_ZONE}),
    ("nutanix", {}, {"NutanixMachineConfig/w01.spec.memorySize": "8Gi"}),
    ("nutanix", {}, {"NutanixMachineConfig/w01-cp.spec.image.name": "other"}),
    ("snow", {}, {"SnowMachineConfig/w01.spec.devices": ["10.0.0.1", "10.0.0.2"]}),
]


@pytest.mark.parametrize(("example", "before", "after"), ALLOWED)
def test_an_upgrade_that_breaks_no_rule_has_no_findings(load, example, before, after):
    assert upgrade_findings(load(before, example), load(after, example)) == ()


def test_an_object_whose_reconciliation_is_paused_may_change_freely(load):
    fixed = {"VSphereDatacenterConfig.spec.server": "other.example.com"}
    paused = load({"VSphereDatacenterConfig.metadata.annotations": PAUSED})
    assert upgrade_findings(paused, load(fixed)) == ()
    # Each object answers for itself.
    cluster = load({"Cluster.metadata.annotations": PAUSED})
    assert len(upgrade_findings(cluster, load(fixed))) == 1


def test_versions_count_also_while_a_cluster_is_paused(load):
    old = load({"Cluster.metadata.annotations": PAUSED})
    assert len(upgrade_findings(old, load(version("1.36")))) == 1


def test_bare_metal_machines_keep_their_system_also_while_they_are_paused(load):
    machine = "TinkerbellMachineConfig/w01"
    old = load({f"{machine}.metadata.annotations": PAUSED}, "tinkerbell")
    new = load({f"{machine}.spec.osFamily": "redhat"}, "tinkerbell")
    assert [p.field for p in upgrade_findings(old, new)] == [f"{machine}.spec.osFamily"]


def test_a_pool_of_addresses_keeps_its_ranges_in_any_order(load):
    first = {
        "ipStart": "10.0.0.5",
        "ipEnd": "10.0.0.9",
        "subnet": "10.0.0.0/24",
        "gateway": "10.0.0.1",
    }
    second = {**first, "ipStart": "10.0.0.15", "ipEnd": "10.0.0.19"}

    def pool(*ranges):
        path = "SnowMachineConfig/w01.spec.network.directNetworkInterfaces[0].ipPoolRef"
        return {
            path: {"kind": "SnowIPPool", "name": "p"},
            "SnowIPPool/p": {
                "apiVersion": f"{PREFIX}/v1alpha1",
                "kind": "SnowIPPool",
                "metadata": {"name": "p"},
                "spec": {"pools": list(ranges)},
            },
        }

    old = load(pool(first, second), "snow")
    assert upgrade_findings(old, load(pool(second, first), "snow")) == ()
    (found,) = upgrade_findings(old, load(pool(first), "snow"))
    assert found.field == "SnowIPPool/p.spec.pools"


def test_every_finding_shows_its_place_in_the_new_file_and_what_would_be_right(load):
    new = load({**version("1.36"), f"{CP}.endpoint.host": "198.18.0.99"})
    first, second = upgrade_findings(load(), new)
    assert (first.field, second.field) == (f"{SPEC}.kubernetesVersion", f"{CP}.endpoint.host")
    assert 1 < first.line < second.line
    assert first.expected == "1.35 first, then on from there"
    assert second.expected == "'198.18.0.10', as before"
