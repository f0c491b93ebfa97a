"""What the adapters' tests may ask for."""

from tests.vcsim import vcsim, vcsim_process, vcsim_program

__all__ = ["vcsim", "vcsim_process", "vcsim_program"]
