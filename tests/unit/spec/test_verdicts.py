"""EKS Anywhere's own specifications get the verdict that EKS Anywhere gives them."""

import pytest

from bedplate.errors import SpecError
from bedplate.spec import load_file, read_text


def is_valid(path):
    try:
        load_file(path)
    except SpecError:
        return False
    return True


def test_every_specification_gets_its_verdict(shared):
    rows = (shared / "specs" / "verdicts.tsv").read_text().split()
    wanted = dict(zip(rows[::2], rows[1::2], strict=True))
    assert len(wanted) > 30
    seen = {name: "valid" if is_valid(shared / "specs" / name) else "invalid" for name in wanted}
    assert seen == wanted


@pytest.mark.parametrize("folder", ["vsphere", "docker"])
def test_the_specifications_that_are_rendered_can_be_read(shared, folder):
    paths = sorted((shared / "render" / folder).glob("cluster_*.yaml"))
    assert paths
    for path in paths:
        spec = read_text(path.read_text(), str(path))
        assert spec.control_plane.count > 0


@pytest.mark.parametrize("provider", ["docker", "vsphere"])
def test_a_field_in_another_case_is_read_as_go_reads_it(shared, provider):
    path = shared / "render" / provider / "cluster_api_server_cert_san_ip.yaml"
    assert "certSANs:" in path.read_text()
    assert read_text(path.read_text()).control_plane.cert_sans == ("11.11.11.11",)


def test_the_rendered_specifications_break_only_the_rules_known_here(shared):
    found = {}
    for path in sorted((shared / "render" / "vsphere").glob("cluster_*.yaml")):
        with pytest.raises(SpecError) as caught:
            load_file(path)
        found[path.stem] = {problem.field for problem in caught.value.problems}
    # `node` is no field of the API (`nodes` is), and a vSphere cluster needs workers: these files
    # are input of a renderer that asks no rules.
    node = {"Cluster.spec.clusterNetwork.node"}
    workers = {"Cluster.spec.workerNodeGroupConfigurations"}
    assert found == {
        "cluster_api_server_cert_san_ip": workers,
        "cluster_main": node,
        "cluster_with_networks": node,
    }
