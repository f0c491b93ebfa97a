"""Leaving a vCenter that no longer answers."""

import time

import pytest

from bedplate.adapters.vsphere import session
from bedplate.adapters.vsphere.session import Credentials, Session
from tests.vcsim import PASSWORD, USER


@pytest.mark.parametrize("method", ["Logout", "DELETE /rest/com/vmware/cis/session"])
def test_a_vcenter_that_does_not_answer_holds_nobody_up(vcsim, monkeypatch, method):
    monkeypatch.setattr(session, "SHORT", 0.3)
    there = Session(vcsim.access(), Credentials(USER, PASSWORD))
    there.run(lambda content: content.about)
    there.rest.get("/com/vmware/cis/tagging/tag")
    vcsim.post("/faults", method=method, times=1, delayMs=2000)

    begun = time.monotonic()
    there.close()

    assert time.monotonic() - begun < 1.5
