"""Errors carry what is needed to act on them, wherever they are sent."""

import pickle

import pytest

from bedplate.errors import (
    BadInput,
    LeaseHeld,
    Owner,
    PermanentError,
    Problem,
    SpecError,
    TemporaryError,
)


@pytest.mark.parametrize("kind", [TemporaryError, PermanentError, LeaseHeld, BadInput])
def test_an_error_survives_the_way_to_another_process(kind):
    sent = kind("CODE", "seen", why="why", remedy="remedy", owner=Owner.VSPHERE)
    received = pickle.loads(pickle.dumps(sent))
    assert type(received) is kind
    assert received.as_dict() == sent.as_dict()
    assert str(received) == "CODE: seen"


def test_a_specifications_problems_survive_too():
    sent = SpecError([Problem("file.yaml", 3, 5, "Cluster.spec", "is wrong", "be right")])
    received = pickle.loads(pickle.dumps(sent))
    assert received.problems == sent.problems
    assert str(received) == str(sent)
