"""Names that controllers give: which machines are a cluster's."""

import pytest

from bedplate.capi.names import is_machine_of
from tests.unit.engine.small import TEXT, spec_of


@pytest.mark.parametrize("name", ["w01-x2b4f", "w01-etcd-x2b4f", "w01-md-0-x2b4f-b2c4d"])
def test_a_machine_of_the_cluster_is_its_own(name):
    assert is_machine_of(spec_of(TEXT), name)


@pytest.mark.parametrize(
    "name",
    ["w01-east-x2b4f", "w01-east-etcd-x2b4f", "w01-east-md-0-x2b4f-b2c4d", "w01", "w012-x2b4f"],
)
def test_a_machine_of_a_cluster_whose_name_begins_the_same_is_not(name):
    assert not is_machine_of(spec_of(TEXT), name)
