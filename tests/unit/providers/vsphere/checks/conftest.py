"""The checks look at the simulated vCenter; `test_live.py` lets them look at the real adapter."""

import pytest

from tests.unit.providers.vsphere.checks.stages import Looker, SimulatedStage, VcsimStage
from tests.vcsim import vcsim, vcsim_process, vcsim_program

__all__ = ["vcsim", "vcsim_process", "vcsim_program"]


@pytest.fixture
def look(tmp_path):
    """Make the checks of a name: `look("capacity", *edits)`."""
    return Looker(SimulatedStage(tmp_path))


@pytest.fixture
def live(tmp_path, vcsim):
    """The same on the simulator of lab/vcsim, behind the real adapter."""
    return Looker(VcsimStage(tmp_path, vcsim))
