"""A skeleton says what is still open, and is valid once that is filled in."""

import pytest
import yaml

from bedplate.errors import BadInput
from bedplate.spec import load_text
from bedplate.spec.skeletons import PROVIDERS, skeleton
from bedplate.spec.verdict import problems_of

OPEN = {"vsphere": 13, "docker": 0, "tinkerbell": 6, "cloudstack": 11, "nutanix": 8, "snow": 3}


def lines_of(text, remark):
    return [n for n, line in enumerate(text.splitlines(), start=1) if remark in line]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_skeletons_only_problems_are_the_fields_marked_to_be_filled_in(provider):
    text = skeleton(provider, "w01")
    problems = problems_of(text)
    marked = lines_of(text, "# fill in:")
    assert len(problems) == len(marked) == OPEN[provider]
    # A problem about id or name is shown one or two lines above, at the field they belong to.
    gaps = [mark - problem.line for mark, problem in zip(marked, problems, strict=True)]
    assert all(0 <= gap <= 2 for gap in gaps)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_skeleton_that_is_filled_in_is_valid(text, provider):
    assert problems_of(text(example=provider)) == ()


@pytest.mark.parametrize(
    ("provider", "counts"),
    [
        ("vsphere", (2, 3, 2)),
        ("docker", (1, 1, 1)),
        ("tinkerbell", (1, None, 1)),
        ("cloudstack", (2, 3, 2)),
        ("nutanix", (3, None, 3)),
        ("snow", (3, None, 3)),
    ],
)
def test_a_skeleton_has_the_machines_that_eks_anywheres_has(load, provider, counts):
    spec = load(example=provider)
    etcd = spec.etcd.count if spec.etcd else None
    assert (spec.control_plane.count, etcd, spec.workers[0].replicas) == counts
    assert spec.workers[0].name == "md-0"
    assert spec.kubernetes_version == "1.36"


def test_the_name_is_everywhere(text):
    names = {item["metadata"]["name"] for item in yaml.safe_load_all(skeleton("vsphere", "shop"))}
    assert names == {"shop", "shop-cp", "shop-etcd"}


def test_a_provider_that_is_none_is_named_with_those_there_are():
    with pytest.raises(BadInput, match="'azure'") as caught:
        skeleton("azure", "w01")
    assert "vsphere, docker" in caught.value.remedy


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_specification_of_any_provider_survives_dump_and_load(load, provider):
    spec = load(example=provider)
    assert load_text(spec.dump()) == spec
