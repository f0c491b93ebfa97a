"""Which login takes the place of another in a kubeconfig, and what stays as it was given."""

import pytest

from bedplate.phases.kubeconfig import with_newer_login
from bedplate.simulation.certificates import issue_client, make_authority
from bedplate.simulation.kubeconfig import kubeconfig_of

DAY = 86_400.0
AUTHORITY, OTHER = make_authority("one", 0.0), make_authority("another", 0.0)


def kubeconfig(at, user="admin", endpoint="10.0.0.1", authority=AUTHORITY):
    client = issue_client(authority[0], authority[1], user, at * DAY)
    return kubeconfig_of("w01", endpoint, authority[0], client)


FORMER = kubeconfig(0)


def test_the_newer_login_makes_the_kubeconfig_that_was_written():
    newer = kubeconfig(180)
    assert with_newer_login(FORMER, newer) == newer


def test_another_address_that_somebody_gave_stays():
    elsewhere = FORMER.replace("https://10.0.0.1:6443", "https://vpn.example.com:443")
    newer = kubeconfig(180)
    found = with_newer_login(elsewhere, newer)
    assert found == newer.replace("https://10.0.0.1:6443", "https://vpn.example.com:443")


@pytest.mark.parametrize(
    ("kept", "written"),
    [
        (FORMER, FORMER),
        (kubeconfig(180), FORMER),
        (FORMER, kubeconfig(180, user="jane")),
        (FORMER, kubeconfig(180, authority=OTHER)),
        (FORMER, ""),
        ("users:\n- name: jane\n  user:\n    token: t\n", kubeconfig(180)),
        (FORMER + kubeconfig(1), kubeconfig(180)),
    ],
    ids=["the same", "older", "another user", "another cluster", "none", "a token", "two users"],
)
def test_what_is_no_renewal_of_the_same_login_is_left_alone(kept, written):
    assert with_newer_login(kept, written) == ""
