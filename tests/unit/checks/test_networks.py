"""Address ranges, names, and the proxy."""

import pytest

from bedplate.errors import Owner, TemporaryError
from bedplate.ports.network import Answer
from bedplate.simulation import Fault
from bedplate.simulation.network import answer_with, hide_name
from tests.unit.checks.place import blocks, setting, spec_of, warnings

PODS = setting("clusterNetwork.pods.cidrBlocks", ["10.200.0.0/16"])
MIRROR = setting("registryMirrorConfiguration", {"endpoint": "mirror.example.com"})


def proxied(no_proxy=(), proxy="http://proxy.example.com:3128"):
    configuration = {"httpProxy": proxy, "httpsProxy": proxy, "noProxy": list(no_proxy)}
    return setting("proxyConfiguration", configuration)


# -- ranges --------------------------------------------------------------------------------------


def test_ranges_apart_from_each_other_and_from_servers_pass(look):
    spec = spec_of(PODS, MIRROR, proxied(), example="vsphere-gitops")
    assert look("cluster-networks", spec) == ()


@pytest.mark.parametrize("services", ["10.200.0.0/16", "10.200.128.0/24", "10.0.0.0/8"])
def test_pods_and_services_may_not_overlap(look, services):
    spec = spec_of(PODS, setting("clusterNetwork.services.cidrBlocks", [services]))
    (finding,) = look("cluster-networks", spec)
    assert services in finding.seen
    assert finding.owner is Owner.SPEC_AUTHOR


def test_ipv6_ranges_do_not_meet_those_of_ipv4(look):
    spec = spec_of(PODS, setting("clusterNetwork.services.cidrBlocks", ["fd00::/112"]))
    assert look("cluster-networks", spec) == ()


def test_a_server_within_a_range_is_swallowed_by_it(look):
    spec = spec_of(PODS, setting("registryMirrorConfiguration", {"endpoint": "10.200.3.4"}))
    (finding,) = look("cluster-networks", spec)
    assert finding.target.endswith("pods.cidrBlocks")
    assert "the registry mirror 10.200.3.4" in finding.seen


def test_a_server_is_found_in_a_range_by_its_name_too(place, look):
    elsewhere = setting("controlPlaneConfiguration.endpoint.host", "203.0.113.10")
    services = setting("clusterNetwork.services.cidrBlocks", ["198.18.0.0/16"])
    spec = spec_of(elsewhere, services, proxied())
    (finding,) = look("cluster-networks", spec)
    assert "the proxy proxy.example.com (198.18." in finding.seen


def test_a_name_server_that_is_down_does_not_stop_the_arithmetic(place, look):
    place.world.inject(Fault("network", "resolve", error="timeout"))
    assert look("cluster-networks", spec_of(MIRROR)) == ()


def test_the_pods_range_has_a_block_for_every_node_of_an_upgrade(look):
    # Two control planes and two workers, and one more of each while they are replaced: six.
    assert look("pod-network-size", spec_of()) == ()
    enough = setting("clusterNetwork.pods.cidrBlocks", ["10.200.0.0/21"])
    assert look("pod-network-size", spec_of(enough)) == ()
    small = setting("clusterNetwork.pods.cidrBlocks", ["10.200.0.0/22"])
    (finding,) = look("pod-network-size", spec_of(small))
    assert "holds 4 blocks of /24" in finding.seen
    assert "up to 6 nodes" in finding.seen
    mask = setting("clusterNetwork.nodes", {"cidrMaskSize": 25})
    assert look("pod-network-size", spec_of(small, mask)) == ()


def test_the_pods_range_is_large_enough_for_what_the_autoscaler_may_add(look):
    enough = setting("clusterNetwork.pods.cidrBlocks", ["10.200.0.0/21"])
    scaling = {"minCount": 1, "maxCount": 5}
    group = setting("workerNodeGroupConfigurations.0.autoscalingConfiguration", scaling)
    (finding,) = look("pod-network-size", spec_of(enough, group))
    assert "up to 9 nodes" in finding.seen


# -- names ---------------------------------------------------------------------------------------


def test_every_name_has_an_address(look):
    assert look("dns", spec_of(MIRROR, proxied(), example="vsphere-gitops")) == ()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("mirror.example.com", "the registry mirror"),
        ("proxy.example.com", "the proxy"),
        ("git.example.com", "the Git server"),
    ],
)
def test_a_name_without_an_address_is_told_with_what_it_is(place, look, name, what):
    hide_name(place.world, name)
    spec = spec_of(MIRROR, proxied(), example="vsphere-gitops")
    (finding,) = look("dns", spec)
    assert finding.target == name
    assert what in finding.seen
    assert f"getent hosts {name}" in finding.remedy


def test_upstream_registries_are_looked_up_where_no_proxy_does_it(place, look):
    hide_name(place.world, "public.ecr.aws")
    assert blocks(look("dns", spec_of())) == ["public.ecr.aws"]
    assert look("dns", spec_of(proxied())) == ()
    assert look("dns", spec_of(MIRROR)) == ()


def test_an_address_needs_no_name_server(place, look):
    hide_name(place.world, "*")
    spec = spec_of(setting("registryMirrorConfiguration", {"endpoint": "203.0.113.9"}))
    assert look("dns", spec) == ()


def test_a_name_server_that_is_down_is_no_answer(place, look):
    place.world.inject(Fault("network", "resolve", error="timeout"))
    with pytest.raises(TemporaryError):
        look("dns", spec_of(MIRROR))


# -- the proxy -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400, 403, 407])
def test_a_proxy_that_answers_anything_passes(place, look, status):
    answer_with(place.world, "http://proxy.example.com:3128/", Answer(status))
    assert look("proxy", spec_of(proxied())) == ()


def test_a_proxy_that_does_not_answer_is_told_without_its_password(place, look):
    answer_with(place.world, "http://proxy.example.com:3128/", Answer(None, "Connection refused"))
    findings = look("proxy", spec_of(proxied(proxy="http://me:pass-word@proxy.example.com:3128")))
    assert blocks(findings) == [
        "Cluster.spec.proxyConfiguration.httpProxy",
        "Cluster.spec.proxyConfiguration.httpsProxy",
    ]
    assert "Connection refused" in findings[0].seen
    assert "pass-word" not in str(findings)


@pytest.mark.parametrize(
    "entries",
    [
        ["mirror.example.com"],
        ["MIRROR.example.com"],
        [".example.com"],
        ["*.example.com"],
        ["example.com"],
        ["*"],
        ["10.0.0.0/8", "mirror.example.com"],
    ],
)
def test_a_mirror_that_goes_past_the_proxy_passes(look, entries):
    assert look("no-proxy", spec_of(MIRROR, proxied(entries))) == ()


@pytest.mark.parametrize(
    "entries", [[], ["198.18.0.0/16"], [".mirror.example.com"], ["ror.example.com"]]
)
def test_a_mirror_behind_the_proxy_is_a_warning(look, entries):
    findings = look("no-proxy", spec_of(MIRROR, proxied(entries)))
    assert blocks(findings) == []
    assert warnings(findings) == ["Cluster.spec.proxyConfiguration.noProxy"]
    assert "add mirror.example.com" in findings[0].remedy


def test_a_mirror_by_address_is_covered_by_a_range(look):
    mirror = setting("registryMirrorConfiguration", {"endpoint": "203.0.113.9"})
    assert look("no-proxy", spec_of(mirror, proxied(["203.0.113.0/24"]))) == ()
    assert look("no-proxy", spec_of(mirror, proxied(["203.0.113.9"]))) == ()
    assert look("no-proxy", spec_of(mirror, proxied(["203.0.114.0/24"]))) != ()


@pytest.mark.parametrize("entry", ["10.0.0.*", "192.168.", "10.0.0.1-10.0.0.9", "10.0.0.0/33"])
def test_an_entry_that_matches_nothing_is_a_warning(look, entry):
    (finding,) = look("no-proxy", spec_of(proxied([entry])))
    assert repr(entry) in finding.seen


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "fd00::/8", "::1", ".svc", "host:8080", "a-b.c"])
def test_an_entry_that_means_something_passes(look, entry):
    assert look("no-proxy", spec_of(proxied([entry]))) == ()
