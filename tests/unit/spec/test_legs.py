"""The specifications of an upgrade over several minor versions."""

import pytest

from bedplate.spec import load_text, upgrade_findings, upgrade_legs
from bedplate.spec.upgrades.legs import versions_between
from tests.cli.conftest import EXAMPLE

TEXT = EXAMPLE.read_text()
NEWER = TEXT.replace('"1.34"', '"1.36"').replace("kube-v1.34", "kube-v1.36")


def test_one_minor_version_is_one_leg_and_so_is_none():
    old = load_text(TEXT)
    next_one = load_text(TEXT.replace('"1.34"', '"1.35"'))
    assert upgrade_legs(old, next_one) == (next_one,)
    assert upgrade_legs(old, old) == (old,)


def test_each_leg_is_one_minor_version_on_and_keeps_the_rules_of_an_upgrade():
    old, new = load_text(TEXT), load_text(NEWER)

    legs = upgrade_legs(old, new)

    assert [leg.kubernetes_version for leg in legs] == ["1.35", "1.36"]
    assert legs[-1] is new
    for before, after in zip((old, *legs), legs, strict=False):
        assert upgrade_findings(before, after) == ()
        assert load_text(after.dump()) == after


def test_a_leg_uses_the_template_of_its_own_version():
    (leg, _) = upgrade_legs(load_text(TEXT), load_text(NEWER))
    templates = {one.spec.template for one in leg.vsphere_machines.values()}
    assert templates == {"/DC0/vm/Templates/ubuntu-2204-kube-v1.35"}


@pytest.mark.parametrize(
    ("own_before", "own_after", "expected"),
    [("1.33", "1.34", ["1.34", "1.34"]), ("1.34", "1.34", ["1.34", "1.34"]),
     ("1.34", "1.36", ["1.35", "1.36"])],
)  # fmt: skip
def test_a_group_with_a_version_of_its_own_is_never_newer_than_the_control_plane(
    own_before, own_after, expected
):
    old = load_text(_with_own(TEXT, own_before))
    new = load_text(_with_own(TEXT.replace('"1.34"', '"1.36"', 1), own_after))

    legs = upgrade_legs(old, new)

    assert [leg.workers[0].kubernetes_version for leg in legs] == expected
    for before, after in zip((old, *legs), legs, strict=False):
        assert upgrade_findings(before, after) == ()


def test_a_downgrade_and_another_major_version_have_nothing_between():
    assert versions_between("1.36", "1.34") == ()
    assert versions_between("1.34", "2.1") == ()
    assert versions_between("1.33", "1.36") == ("1.34", "1.35")


def _with_own(text, version):
    return text.replace(
        "    - name: md-0\n", f'    - name: md-0\n      kubernetesVersion: "{version}"\n'
    )
