"""A site of its own for each test of the flows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import State
from pydantic import SecretStr

from bedplate.engine.journal import Journal
from blocks import SiteBlock
from flows.create import create_cluster
from tests.flows.server import Server

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SPEC = (EXAMPLES / "vsphere-standalone.yaml").read_text()


@dataclass(frozen=True)
class Ran:
    """A flow run that has ended."""

    id: UUID
    state: State[Any]

    @property
    def message(self) -> str:
        return self.state.message or ""


@dataclass(frozen=True)
class SomeSite:
    """A simulated site, saved as a block under a name of its own."""

    name: str
    folder: Path

    def save(self, **fields: Any) -> None:
        block = SiteBlock(
            state=str(self.folder / "site"),
            journal=SecretStr(f"sqlite:///{self.folder}/journal.sqlite"),
            specs=str(self.folder / "specs"),
            **fields,
        )
        block.save(self.name, overwrite=True)

    def load(self) -> SiteBlock:
        block = SiteBlock.load(self.name)
        assert isinstance(block, SiteBlock)
        return block

    def journal(self) -> Journal:
        return self.load().open_journal()

    def create(self, **parameters: Any) -> Ran:
        given = {"site": self.name, "spec": SPEC} | parameters
        state = create_cluster(**given, return_state=True)
        assert state.state_details.flow_run_id is not None
        return Ran(state.state_details.flow_run_id, state)


@pytest.fixture(scope="session")
def new_site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., SomeSite]:
    """Make one more site."""

    def make(**fields: Any) -> SomeSite:
        made = SomeSite(f"site-{uuid4().hex[:8]}", tmp_path_factory.mktemp("site"))
        (made.folder / "specs").mkdir()
        made.save(**fields)
        return made

    return make


@pytest.fixture
def site(new_site: Callable[..., SomeSite]) -> SomeSite:
    """A site where nothing has happened yet."""
    return new_site()
