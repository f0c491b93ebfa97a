"""What the contract tests may ask for."""

from tests.apiserver import apiserver, apiserver_process
from tests.contract.journals import clock, journal, journal_url
from tests.contract.sites import defined, kube, ports, site, spec
from tests.vcsim import vcsim, vcsim_process, vcsim_program

__all__ = [
    "apiserver",
    "apiserver_process",
    "clock",
    "defined",
    "journal",
    "journal_url",
    "kube",
    "ports",
    "site",
    "spec",
    "vcsim",
    "vcsim_process",
    "vcsim_program",
]
