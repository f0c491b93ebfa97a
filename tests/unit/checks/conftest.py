"""A place to look at, and `look`, which runs one check by its name."""

import pytest

from bedplate.checks import create_checks, host_checks
from tests.unit.checks.place import Place, one


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "site")


@pytest.fixture
def look(place):
    """Run the create or host check of a name for a specification; every finding is complete."""

    def run(name, spec, bundle=None, **changes):
        check = one((*create_checks(spec), *host_checks(spec)), name)
        findings = check.probe(place.scene(spec, bundle, **changes))
        for finding in findings:
            assert finding.target
            assert finding.seen
            assert finding.remedy
            assert finding.owner
        return findings

    return run
