"""Files that a node finds at its first boot."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.capi.rendering.files import file, kube_vip, secret_file, to_yaml
from tests.unit.capi.rendering.looking import inside

TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_what_is_written_reads_back_equal(tree):
    assert yaml.safe_load(to_yaml(tree)) == tree


def test_text_that_a_reader_could_take_for_a_number_is_quoted():
    assert to_yaml({"a": "1e3", "b": "0o17", "c": "on", "d": "1.30"}) == (
        'a: "1e3"\nb: "0o17"\nc: "on"\nd: "1.30"\n'
    )


def test_parts_that_come_twice_are_written_twice():
    part = {"x": [1]}
    assert "&" not in to_yaml({"a": part, "b": part})


def test_a_file_belongs_to_root_and_has_a_mode_only_where_it_matters():
    assert file("/a", "x\n") == {"path": "/a", "owner": "root:root", "content": "x\n"}
    assert file("/a", "x", permissions="0640")["permissions"] == "0640"


def test_a_text_file_ends_with_one_end_of_line_however_its_text_was_given():
    contents = {str(file("/a", given)["content"]) for given in ("x\ny", "x\ny\n", "x\ny\n\n")}
    assert contents == {"x\ny\n"}


def test_a_secrets_value_never_stands_in_the_objects():
    made = secret_file("/a", "name", "key.pem", permissions="0640")
    assert made["contentFrom"] == {"secret": {"name": "name", "key": "key.pem"}}
    assert "content" not in made


def test_kube_vip_holds_the_endpoint_with_the_administrators_rights():
    made = inside(kube_vip("10.0.0.1", "registry/kube-vip:v1", "/var/admin.conf"))
    pod = yaml.safe_load(made["content"])
    (container,) = pod["spec"]["containers"]
    assert made["path"] == "/etc/kubernetes/manifests/kube-vip.yaml"
    assert {"name": "address", "value": "10.0.0.1"} in container["env"]
    assert container["image"] == "registry/kube-vip:v1"
    assert pod["spec"]["volumes"][0]["hostPath"] == {"path": "/var/admin.conf"}
    assert all(isinstance(one["value"], str) for one in container["env"])
