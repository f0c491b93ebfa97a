"""One row for each way to break a rule about an object that the Cluster refers to."""

import pytest

DC = "VSphereDatacenterConfig.spec"
MACHINE = "VSphereMachineConfig/w01.spec"
HOST_OS = f"{MACHINE}.hostOSConfiguration"
FLUX = "FluxConfig.spec"
OIDC = "OIDCConfig.spec"
IAM = "AWSIamConfig.spec"
DOMAIN = {
    "name": "a",
    "computeCluster": "c",
    "resourcePool": "r",
    "datastore": "d",
    "folder": "f",
    "network": "n",
}

VSPHERE = [
    ({f"{DC}.server": ""}, f"{DC}.server"),
    ({f"{DC}.datacenter": ""}, f"{DC}.datacenter"),
    ({f"{DC}.network": ""}, f"{DC}.network"),
    ({f"{DC}.network": "/DC1/network/n"}, f"{DC}.network"),
    ({f"{DC}.insecure": "no way"}, f"{DC}.insecure"),
    ({f"{DC}.failureDomains": [{**DOMAIN, "folder": ""}]}, f"{DC}.failureDomains[0].folder"),
    ({f"{DC}.failureDomains": [DOMAIN, DOMAIN]}, f"{DC}.failureDomains[1].name"),
    ({f"{MACHINE}.datastore": ""}, f"{MACHINE}.datastore"),
    ({f"{MACHINE}.resourcePool": ""}, f"{MACHINE}.resourcePool"),
    ({f"{MACHINE}.template": ""}, f"{MACHINE}.template"),
    ({f"{MACHINE}.diskGiB": 19}, f"{MACHINE}.diskGiB"),
    ({f"{MACHINE}.diskGiB": "25"}, f"{MACHINE}.diskGiB"),
    ({f"{MACHINE}.osFamily": "windows"}, f"{MACHINE}.osFamily"),
    ({f"{MACHINE}.cloneMode": "copy"}, f"{MACHINE}.cloneMode"),
    ({f"{MACHINE}.users": [{"name": "a"}, {"name": "b"}]}, f"{MACHINE}.users"),
    ({f"{MACHINE}.networks": ["a", "b", "c"]}, f"{MACHINE}.networks"),
    ({f"{MACHINE}.networks": [""]}, f"{MACHINE}.networks[0]"),
    (
        {"VSphereMachineConfig/w01-cp.spec.networks": ["a"]},
        "VSphereMachineConfig/w01-cp.spec.networks",
    ),
    (
        {f"{HOST_OS}.ntpConfiguration.servers": []},
        f"{HOST_OS}.ntpConfiguration.servers",
    ),
    (
        {f"{HOST_OS}.ntpConfiguration.servers": ["ok.example.com", "not a host"]},
        f"{HOST_OS}.ntpConfiguration.servers[1]",
    ),
    (
        {f"{HOST_OS}.bottlerocketConfiguration.kernel.sysctlSettings": {"a": "1"}},
        f"{HOST_OS}.bottlerocketConfiguration",
    ),
    ({f"{HOST_OS}.certBundles": [{"name": "", "data": ""}]}, f"{HOST_OS}.certBundles"),
    ({f"{HOST_OS}.certBundles": [{"name": "", "data": ""}]}, f"{HOST_OS}.certBundles[0].data"),
    (
        {f"{HOST_OS}.bottlerocketConfiguration.kubernetes": {"maxPods": -1}},
        f"{HOST_OS}.bottlerocketConfiguration",
    ),
]


@pytest.mark.parametrize(("edits", "field"), VSPHERE, ids=[field for _edits, field in VSPHERE])
def test_a_broken_vsphere_rule_names_its_field(fields, edits, field):
    assert field in fields(edits)


BOTTLEROCKET = [
    ({"maxPods": -1}, "maxPods"),
    ({"clusterDNSIPs": ["x"]}, "clusterDNSIPs[0]"),
    ({"allowedUnsafeSysctls": [""]}, "allowedUnsafeSysctls"),
]


@pytest.mark.parametrize(("settings", "name"), BOTTLEROCKET)
def test_a_broken_bottlerocket_setting_names_its_field(fields, settings, name):
    path = f"{HOST_OS}.bottlerocketConfiguration.kubernetes"
    found = fields({f"{MACHINE}.osFamily": "bottlerocket", path: settings})
    assert found == [f"{path}.{name}"]


def test_bottlerocket_needs_no_template(fields):
    assert fields({f"{MACHINE}.osFamily": "bottlerocket", f"{MACHINE}.template": ""}) == []


def test_a_group_lies_in_a_failure_domain_of_the_datacenter(fields):
    group = "Cluster.spec.workerNodeGroupConfigurations[0].failureDomains"
    domains = {f"{DC}.failureDomains": [DOMAIN, {**DOMAIN, "name": "b"}]}
    assert fields({**domains, group: ["a"]}) == []
    assert fields({**domains, group: ["c"]}) == [f"{group}[0]"]
    assert fields({**domains, group: ["a", "b"]}) == [group]


GIT = {"repositoryUrl": "ssh://git@git.example.com/r.git"}
GITOPS = [
    ({f"{FLUX}.git": None}, FLUX),
    ({f"{FLUX}.github": {"owner": "o", "repository": "r"}}, FLUX),
    ({f"{FLUX}.branch": "a..b"}, f"{FLUX}.branch"),
    ({f"{FLUX}.branch": "b" * 300}, f"{FLUX}.branch"),
    ({f"{FLUX}.git.repositoryUrl": ""}, f"{FLUX}.git.repositoryUrl"),
    ({f"{FLUX}.git.repositoryUrl": "https://a/b"}, f"{FLUX}.git.repositoryUrl"),
    ({f"{FLUX}.git.repositoryUrl": "ssh://host"}, f"{FLUX}.git.repositoryUrl"),
    ({f"{FLUX}.git.sshKeyAlgorithm": "dsa"}, f"{FLUX}.git.sshKeyAlgorithm"),
    ({f"{FLUX}.git": None, f"{FLUX}.github": {"repository": "r"}}, f"{FLUX}.github.owner"),
    (
        {f"{FLUX}.git": None, f"{FLUX}.github": {"owner": "o", "repository": "r!"}},
        f"{FLUX}.github.repository",
    ),
]


@pytest.mark.parametrize(("edits", "field"), GITOPS, ids=[field for _edits, field in GITOPS])
def test_a_broken_gitops_rule_names_its_field(fields, edits, field):
    assert field in fields(edits, "vsphere-gitops.yaml")


IDENTITY = [
    ({f"{OIDC}.clientId": ""}, f"{OIDC}.clientId"),
    ({f"{OIDC}.issuerUrl": ""}, f"{OIDC}.issuerUrl"),
    ({f"{OIDC}.issuerUrl": "http://a.example.com"}, f"{OIDC}.issuerUrl"),
    ({f"{OIDC}.issuerUrl": "https://[broken"}, f"{OIDC}.issuerUrl"),
    ({f"{OIDC}.requiredClaims": [{"claim": "a"}, {"claim": "b"}]}, f"{OIDC}.requiredClaims"),
    ({f"{OIDC}.requiredClaims": [{"value": "a"}]}, f"{OIDC}.requiredClaims[0].claim"),
    ({f"{IAM}.awsRegion": ""}, f"{IAM}.awsRegion"),
    ({f"{IAM}.backendMode": []}, f"{IAM}.backendMode"),
    ({f"{IAM}.backendMode": ["MountedFile"]}, f"{IAM}.backendMode[0]"),
    ({f"{IAM}.mapRoles[0].roleARN": ""}, f"{IAM}.mapRoles[0].roleARN"),
    ({f"{IAM}.mapRoles[0].username": ""}, f"{IAM}.mapRoles[0].username"),
    ({f"{IAM}.mapUsers": [{"username": "u"}]}, f"{IAM}.mapUsers[0].userARN"),
]


@pytest.mark.parametrize(("edits", "field"), IDENTITY, ids=[field for _edits, field in IDENTITY])
def test_a_broken_identity_rule_names_its_field(fields, identities, edits, field):
    assert fields({**identities, **edits}) == [field]


def test_both_kinds_of_identity_provider_may_be_used_together(fields, identities):
    assert fields(identities) == []
