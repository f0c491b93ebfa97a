"""One row for each way to break a rule of a provider other than vSphere."""

import base64

import pytest

CERTIFICATE = f"""-----BEGIN CERTIFICATE-----
{base64.b64encode(b"anything").decode()}
-----END CERTIFICATE-----
"""
CP = "Cluster.spec.controlPlaneConfiguration"

TINK = "TinkerbellDatacenterConfig.spec"
TINK_MACHINE = "TinkerbellMachineConfig/w01.spec"
AFFINITY = f"{TINK_MACHINE}.hardwareAffinity"


def affinity(**expression):
    """Edit the machine to take hardware by an affinity with this one condition."""
    term = {"labelSelector": {"matchExpressions": [{"key": "a", **expression}]}}
    return {f"{TINK_MACHINE}.hardwareSelector": {}, AFFINITY: {"required": [term]}}


EXPRESSION = f"{AFFINITY}.required[0].labelSelector.matchExpressions[0]"
TINKERBELL = [
    ({f"{TINK}.tinkerbellIP": ""}, f"{TINK}.tinkerbellIP"),
    ({f"{TINK}.tinkerbellIP": "boots"}, f"{TINK}.tinkerbellIP"),
    ({f"{TINK}.osImageURL": "image.gz"}, f"{TINK}.osImageURL"),
    ({f"{TINK}.hookImagesURLPath": "hook"}, f"{TINK}.hookImagesURLPath"),
    ({f"{TINK}.hookIsoURL": "http://[x"}, f"{TINK}.hookIsoURL"),
    ({f"{TINK_MACHINE}.hardwareSelector": {}}, f"{TINK_MACHINE}.hardwareSelector"),
    ({f"{TINK_MACHINE}.hardwareSelector.b": "c"}, f"{TINK_MACHINE}.hardwareSelector"),
    ({AFFINITY: {"required": [{}]}}, AFFINITY),
    ({**affinity(operator="In"), f"{AFFINITY}.required": []}, f"{AFFINITY}.required"),
    (affinity(operator="Near", values=["b"]), f"{EXPRESSION}.operator"),
    (affinity(operator="In"), f"{EXPRESSION}.values"),
    (affinity(operator="Exists", values=["b"]), f"{EXPRESSION}.values"),
    (
        {**affinity(operator="Exists"), f"{AFFINITY}.preferred": [{"weight": 101}]},
        f"{AFFINITY}.preferred[0].weight",
    ),
    ({f"{TINK_MACHINE}.users": []}, f"{TINK_MACHINE}.users"),
    ({f"{TINK_MACHINE}.osFamily": "windows"}, f"{TINK_MACHINE}.osFamily"),
    ({f"{TINK_MACHINE}.osImageURL": "1-36.gz"}, f"{TINK_MACHINE}.osImageURL"),
    (
        {f"{TINK_MACHINE}.templateRef": {"kind": "Secret", "name": "t"}},
        f"{TINK_MACHINE}.templateRef.kind",
    ),
    (
        {f"{TINK_MACHINE}.templateRef": {"kind": "TinkerbellTemplateConfig", "name": "t"}},
        f"{TINK_MACHINE}.templateRef.name",
    ),
    ({f"{TINK_MACHINE}.hostOSConfiguration.ntpConfiguration.servers": []},
     f"{TINK_MACHINE}.hostOSConfiguration.ntpConfiguration.servers"),
    ({"Cluster.spec.externalEtcdConfiguration.count": 3}, "Cluster.spec.externalEtcdConfiguration"),
]  # fmt: skip

STACK = "CloudStackDatacenterConfig.spec"
ZONE = f"{STACK}.availabilityZones[0]"
STACK_MACHINE = "CloudStackMachineConfig/w01.spec"
DISK = {"name": "d", "mountPath": "/data", "device": "/dev/vdb", "filesystem": "ext4", "label": "l"}
CLOUDSTACK = [
    ({f"{STACK}.availabilityZones": []}, f"{STACK}.availabilityZones"),
    ({f"{ZONE}.name": ""}, f"{ZONE}.name"),
    ({f"{ZONE}.credentialsRef": ""}, f"{ZONE}.credentialsRef"),
    ({f"{ZONE}.domain": ""}, f"{ZONE}.domain"),
    ({f"{ZONE}.managementApiEndpoint": ""}, f"{ZONE}.managementApiEndpoint"),
    ({f"{ZONE}.zone.name": ""}, f"{ZONE}.zone"),
    ({f"{ZONE}.zone.network.name": ""}, f"{ZONE}.zone.network"),
    ({f"{STACK}.availabilityZones[1]": {"name": "az-1"}}, f"{STACK}.availabilityZones[1].name"),
    ({f"{STACK_MACHINE}.computeOffering.name": ""}, f"{STACK_MACHINE}.computeOffering"),
    ({f"{STACK_MACHINE}.template.name": ""}, f"{STACK_MACHINE}.template"),
    ({f"{STACK_MACHINE}.diskOffering": {"label": "l"}}, f"{STACK_MACHINE}.diskOffering"),
    (
        {f"{STACK_MACHINE}.diskOffering": {**DISK, "mountPath": "data"}},
        f"{STACK_MACHINE}.diskOffering.mountPath",
    ),
    (
        {f"{STACK_MACHINE}.diskOffering": {**DISK, "device": ""}},
        f"{STACK_MACHINE}.diskOffering.device",
    ),
    (
        {f"{STACK_MACHINE}.userCustomDetails": {"memory": "1"}},
        f"{STACK_MACHINE}.userCustomDetails.memory",
    ),
    ({f"{STACK_MACHINE}.symlinks": {"/a": "b"}}, f"{STACK_MACHINE}.symlinks./a"),
    ({f"{STACK_MACHINE}.symlinks": {"/a/": "/b"}}, f"{STACK_MACHINE}.symlinks./a/"),
    ({f"{STACK_MACHINE}.affinity": "near"}, f"{STACK_MACHINE}.affinity"),
    (
        {f"{STACK_MACHINE}.affinity": "pro", f"{STACK_MACHINE}.affinityGroupIds": ["a"]},
        f"{STACK_MACHINE}.affinityGroupIds",
    ),
]

NTNX = "NutanixDatacenterConfig.spec"
DOMAIN = {
    "name": "pe1",
    "cluster": {"type": "name", "name": "pe1"},
    "subnets": [{"type": "uuid", "uuid": "1"}],
}
NTNX_MACHINE = "NutanixMachineConfig/w01.spec"
NUTANIX = [
    ({f"{NTNX}.endpoint": ""}, f"{NTNX}.endpoint"),
    ({f"{NTNX}.port": 0}, f"{NTNX}.port"),
    ({f"{NTNX}.port": 70000}, f"{NTNX}.port"),
    ({f"{NTNX}.additionalTrustBundle": "no PEM"}, f"{NTNX}.additionalTrustBundle"),
    (
        {f"{NTNX}.additionalTrustBundle": CERTIFICATE.replace("=", "!")},
        f"{NTNX}.additionalTrustBundle",
    ),
    ({f"{NTNX}.credentialRef.kind": "ConfigMap"}, f"{NTNX}.credentialRef.kind"),
    ({f"{NTNX}.credentialRef.name": ""}, f"{NTNX}.credentialRef.name"),
    ({f"{NTNX}.ccmExcludeNodeIPs": ["10.0.0.5-"]}, f"{NTNX}.ccmExcludeNodeIPs[0]"),
    ({f"{NTNX}.failureDomains": [{**DOMAIN, "name": "PE_1"}]}, f"{NTNX}.failureDomains[0].name"),
    ({f"{NTNX}.failureDomains": [DOMAIN, DOMAIN]}, f"{NTNX}.failureDomains[1].name"),
    ({f"{NTNX}.failureDomains": [{**DOMAIN, "subnets": []}]}, f"{NTNX}.failureDomains[0].subnets"),
    (
        {f"{NTNX}.failureDomains": [{**DOMAIN, "workerMachineGroups": ["md-7"]}]},
        f"{NTNX}.failureDomains[0].workerMachineGroups[0]",
    ),
    ({f"{NTNX_MACHINE}.image": {}}, f"{NTNX_MACHINE}.image.type"),
    ({f"{NTNX_MACHINE}.cluster": {"type": "uuid", "name": "a"}}, f"{NTNX_MACHINE}.cluster.uuid"),
    ({f"{NTNX_MACHINE}.subnet.name": ""}, f"{NTNX_MACHINE}.subnet.name"),
    ({f"{NTNX_MACHINE}.project": {"type": "name"}}, f"{NTNX_MACHINE}.project.name"),
    ({f"{NTNX_MACHINE}.subnet.type": "label"}, f"{NTNX_MACHINE}.subnet.type"),
    ({f"{NTNX_MACHINE}.vcpuSockets": 1}, f"{NTNX_MACHINE}.vcpuSockets"),
    ({f"{NTNX_MACHINE}.vcpusPerSocket": 0}, f"{NTNX_MACHINE}.vcpusPerSocket"),
    ({f"{NTNX_MACHINE}.memorySize": "4095Mi"}, f"{NTNX_MACHINE}.memorySize"),
    ({f"{NTNX_MACHINE}.memorySize": "4 GB"}, f"{NTNX_MACHINE}.memorySize"),
    ({f"{NTNX_MACHINE}.systemDiskSize": "39e9"}, f"{NTNX_MACHINE}.systemDiskSize"),
    ({f"{NTNX_MACHINE}.osFamily": "bottlerocket"}, f"{NTNX_MACHINE}.osFamily"),
    ({f"{NTNX_MACHINE}.users": [{"name": "a"}, {"name": "b"}]}, f"{NTNX_MACHINE}.users"),
    ({f"{NTNX_MACHINE}.gpus": [{}]}, f"{NTNX_MACHINE}.gpus[0].type"),
    ({f"{NTNX_MACHINE}.gpus": [{"type": "deviceID"}]}, f"{NTNX_MACHINE}.gpus[0].deviceID"),
    ({f"{NTNX_MACHINE}.gpus": [{"type": "name"}]}, f"{NTNX_MACHINE}.gpus[0].name"),
    (
        {f"{NTNX_MACHINE}.additionalCategories": [{"key": "a"}]},
        f"{NTNX_MACHINE}.additionalCategories[0].value",
    ),
    ({f"{NTNX_MACHINE}.bootType": "bios"}, f"{NTNX_MACHINE}.bootType"),
]

SNOW = "SnowDatacenterConfig.spec"
SNOW_MACHINE = "SnowMachineConfig/w01.spec"
DNI = f"{SNOW_MACHINE}.network.directNetworkInterfaces"
POOL = "SnowIPPool/pool.spec.pools[0]"
RANGE = {
    "ipStart": "10.0.0.5",
    "ipEnd": "10.0.0.9",
    "subnet": "10.0.0.0/24",
    "gateway": "10.0.0.1",
}


def pool(**changes):
    """Edit the machine to take its address from a pool with one range."""
    return {
        f"{DNI}[0].ipPoolRef": {"kind": "SnowIPPool", "name": "pool"},
        "SnowIPPool/pool": {
            "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
            "kind": "SnowIPPool",
            "metadata": {"name": "pool"},
            "spec": {"pools": [{**RANGE, **changes}]},
        },
    }


SNOW_ROWS = [
    ({f"{SNOW}.identityRef": {}}, f"{SNOW}.identityRef.kind"),
    ({f"{SNOW}.identityRef.kind": "ConfigMap"}, f"{SNOW}.identityRef.kind"),
    ({f"{SNOW}.identityRef.name": ""}, f"{SNOW}.identityRef.name"),
    ({f"{SNOW_MACHINE}.devices": []}, f"{SNOW_MACHINE}.devices"),
    ({f"{SNOW_MACHINE}.instanceType": "m5.large"}, f"{SNOW_MACHINE}.instanceType"),
    ({f"{SNOW_MACHINE}.physicalNetworkConnector": "USB"},
     f"{SNOW_MACHINE}.physicalNetworkConnector"),
    ({f"{SNOW_MACHINE}.osFamily": "redhat"}, f"{SNOW_MACHINE}.osFamily"),
    ({f"{SNOW_MACHINE}.osFamily": ""}, f"{SNOW_MACHINE}.osFamily"),
    ({f"{SNOW_MACHINE}.osFamily": "bottlerocket"}, f"{SNOW_MACHINE}.containersVolume"),
    ({f"{SNOW_MACHINE}.containersVolume.size": 7}, f"{SNOW_MACHINE}.containersVolume.size"),
    ({f"{SNOW_MACHINE}.nonRootVolumes": [{"size": 8}]},
     f"{SNOW_MACHINE}.nonRootVolumes[0].deviceName"),
    ({f"{SNOW_MACHINE}.nonRootVolumes": [{"size": 8, "deviceName": "/dev/sda2"}]},
     f"{SNOW_MACHINE}.nonRootVolumes[0].deviceName"),
    ({f"{SNOW_MACHINE}.nonRootVolumes": [{"size": 7, "deviceName": "/dev/sdc"}]},
     f"{SNOW_MACHINE}.nonRootVolumes[0].size"),
    ({DNI: []}, DNI),
    ({f"{DNI}[0].primary": False}, DNI),
    ({f"{DNI}[1]": {"primary": True}}, DNI),
    ({f"{DNI}[0].index": 9}, f"{DNI}[0].index"),
    ({f"{DNI}[0].vlanID": 4096}, f"{DNI}[0].vlanID"),
    ({f"{DNI}[0].ipPoolRef": {"kind": "Pool", "name": "p"}}, f"{DNI}[0].ipPoolRef.kind"),
    ({f"{DNI}[0].ipPoolRef": {"kind": "SnowIPPool", "name": "p"}}, f"{DNI}[0].ipPoolRef.name"),
    (pool(ipStart=""), f"{POOL}.ipStart"),
    (pool(ipEnd="10.0.0.300"), f"{POOL}.ipEnd"),
    (pool(ipEnd="10.0.0.5"), f"{POOL}.ipEnd"),
    (pool(gateway="x"), f"{POOL}.gateway"),
    (pool(subnet="10.0.0.0"), f"{POOL}.subnet"),
    (pool(ipStart="10.0.1.5", ipEnd="10.0.1.9"), f"{POOL}.ipStart"),
]  # fmt: skip

ROWS = [
    (provider, edits, field)
    for provider, rows in (
        ("tinkerbell", TINKERBELL),
        ("cloudstack", CLOUDSTACK),
        ("nutanix", NUTANIX),
        ("snow", SNOW_ROWS),
    )
    for edits, field in rows
]


@pytest.mark.parametrize(
    ("provider", "edits", "field"), ROWS, ids=[f"{provider} {row[1]}" for provider, *row in ROWS]
)
def test_a_broken_rule_of_a_provider_names_its_field(fields, provider, edits, field):
    assert field in fields(edits, provider)


VALID = [
    ("tinkerbell", affinity(operator="Exists")),
    ("tinkerbell", {f"{TINK}.osImageURL": "http://img.example.com/1_36.gz"}),
    ("cloudstack", {f"{STACK_MACHINE}.diskOffering": DISK}),
    ("cloudstack", {f"{STACK_MACHINE}.symlinks": {"/var/log/pods": "/data/pods"}}),
    ("cloudstack", {f"{CP}.endpoint.host": "198.18.0.10:6443"}),
    ("nutanix", {f"{NTNX}.additionalTrustBundle": CERTIFICATE}),
    ("nutanix", {f"{NTNX_MACHINE}.memorySize": 4294967296}),
    ("nutanix", {f"{NTNX_MACHINE}.gpus": [{"type": "deviceID", "deviceID": 7}]}),
    ("nutanix", {f"{NTNX}.failureDomains": [{**DOMAIN, "workerMachineGroups": ["md-0"]}]}),
    (
        "nutanix",
        {f"{NTNX}.ccmExcludeNodeIPs": ["10.0.0.5", "10.0.0.5-10.0.0.9", "10.0.0.0/29"]},
    ),
    ("snow", pool()),
    ("snow", {f"{SNOW_MACHINE}.containersVolume.size": 8}),
]


@pytest.mark.parametrize(("provider", "edits"), VALID)
def test_what_a_provider_allows_is_valid(fields, provider, edits):
    assert fields(edits, provider) == []


def test_deprecated_zones_become_availability_zones(load, removed):
    zone = {"name": "zone1", "network": {"name": "shared"}}
    old = {
        f"{STACK}.availabilityZones": removed,
        f"{STACK}.zones": [zone],
        f"{STACK}.domain": "ROOT",
        f"{STACK}.managementApiEndpoint": "https://c.example.com/client/api",
    }
    spec = load(old, "cloudstack").datacenter.spec
    (found,) = spec.availability_zones
    assert (found.name, found.credentials_ref, found.domain) == ("default-az-0", "global", "ROOT")
    assert spec.zones == ()


def test_defaults_of_a_provider_are_filled_in(load, removed):
    edits = {f"{NTNX}.credentialRef": removed, f"{NTNX_MACHINE}.users": removed}
    spec = load({**edits, f"{NTNX_MACHINE}.osFamily": removed}, "nutanix")
    assert spec.datacenter.spec.credential_ref.name == "nutanix-credentials"
    machine = spec.machine_configs["w01"].spec
    assert (machine.users[0].name, machine.os_family) == ("eksa", "ubuntu")
    bare = load({f"{TINK_MACHINE}.osFamily": removed}, "tinkerbell")
    assert bare.machine_configs["w01"].spec.os_family == "bottlerocket"
    assert bare.control_plane_health_check.node_startup_timeout == "20m0s"


def test_templates_and_pools_that_machines_refer_to_are_part_of_the_whole(load):
    spec = load(pool(), "snow")
    assert [part.metadata.name for part in spec.parts] == ["pool"]
    assert "SnowIPPool" in [item["kind"] for item in spec.documents()]
