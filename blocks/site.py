"""A site as a block: its name in a flow's parameters stands for all of this."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr

from bedplate.adapters.journal import open_journal
from bedplate.adapters.journal.campaigns import open_campaigns
from bedplate.bundles import ChosenBundle
from bedplate.engine.journal import Journal
from bedplate.errors import BadInput, Owner
from bedplate.fleet.book import CampaignBook
from bedplate.ports.tools import Ports
from bedplate.sites import Live, Site, SiteConfig, SiteKind, keep_secrets, open_site
from bedplate.spec import ClusterSpec, read_file
from blocks.credentials import Credentials
from blocks.git import GitCredentials
from blocks.secret_environment import secrets_for
from blocks.vcenter import VCenterCredentials


class SiteBlock(Block):
    """A place where clusters are made, and the journal of what was done there.

    Example:
        Load it:
        ```python
        from blocks import SiteBlock

        site = SiteBlock.load("BLOCK_NAME")
        ```
    """

    _block_type_name: ClassVar[str | None] = "Bedplate site"
    _block_type_slug: ClassVar[str | None] = "bedplate-site"
    _description: ClassVar[str | None] = "A place where clusters are made, and its journal."
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl(
        "https://anywhere.eks.amazonaws.com/docs/getting-started/overview/"
    )

    kind: SiteKind = Field(
        default=SiteKind.SIMULATED, title="Kind", description="What the site is made of."
    )
    state: str = Field(
        title="Folder", description="The folder of the site's files, reachable from every worker."
    )
    journal: SecretStr = Field(
        title="Journal",
        description="The URL of the journal's database; secret, since it may hold a password.",
    )
    pace: float = Field(
        default=0.0,
        ge=0,
        title="Pace",
        description="How many real seconds a simulated second takes; 0 is as fast as can be.",
    )
    live: Live = Field(
        default=Live(),
        title="Real parts",
        description="The Docker engine, the bundle and the programs of a site that is real.",
    )
    backups: str = Field(
        default="",
        title="Backups",
        description="The folder of backups, such as a mounted share; else below the site's folder.",
    )
    specs: str = Field(
        default="",
        title="Specifications",
        description="The folder of specifications that runs name by file.",
    )
    pool: str = Field(
        default="",
        title="Work pool",
        description="The work pool whose workers carry out its runs; empty is the usual one.",
    )
    vcenter: VCenterCredentials | None = Field(
        default=None, title="vCenter", description="The credentials of the site's vCenter."
    )
    git: GitCredentials | None = Field(
        default=None, title="Git", description="The credentials of the site's Git server."
    )

    @property
    def site_name(self) -> str:
        """The name that runs record: the one the block is saved under."""
        return self._block_document_name or "unsaved"

    def config(self) -> SiteConfig:
        """Return the site as configured: references and plain values, never a credential."""
        return SiteConfig(
            name=self.site_name,
            kind=self.kind,
            state=Path(self.state),
            journal=self.journal.get_secret_value(),
            pace=self.pace,
            live=self.live,
            backups=Path(self.backups) if self.backups else None,
        )

    def open_site(self) -> Site:
        """Return the site; its vault gets the credentials when a cluster's ports are opened.

        And those that the worker's environment holds, under EKS Anywhere's names: what is given to
        the workers of one environment only is nowhere else, while whoever asks the server for a
        block is given it. What the block has counts.
        """
        config = self.config()
        keep_secrets(config, secrets_for(config))
        given = tuple(one for one in (self.vcenter, self.git) if one is not None)
        return _CredentialedSite(open_site(config), given)

    def open_journal(self) -> Journal:
        """Open the site's journal, made if need be; raises JournalError."""
        return open_journal(self.journal.get_secret_value())

    def open_campaigns(self) -> CampaignBook:
        """Open the book of campaigns in the site's journal; raises JournalError."""
        return open_campaigns(self.journal.get_secret_value())

    def paces(self) -> dict[str, float]:
        """Return how many real seconds a second of this site takes."""
        return {self.site_name: self.pace if self.kind is SiteKind.SIMULATED else 1.0}

    def read_spec(self, name: str) -> str:
        """Return the text of a specification in the site's folder of them.

        Raises BadInput SPEC_OUTSIDE for a name that leads out of it, SPEC_UNREADABLE as the file.
        """
        folder = Path(self.specs).resolve()
        path = (folder / name).resolve()
        if not self.specs or not path.is_relative_to(folder):
            raise BadInput(
                "SPEC_OUTSIDE",
                f"{name!r} is no file in the folder of specifications of site {self.site_name}",
                why="runs read files of that folder only, and no others of the worker's",
                remedy=f"put it into {folder}, or paste the specification"
                if self.specs
                else "name a folder in the site's block, or paste the specification",
                owner=Owner.PLATFORM,
            )
        return read_file(path)


class _CredentialedSite:
    """A site whose vault holds what the blocks gave."""

    def __init__(self, site: Site, given: Sequence[Credentials]) -> None:
        self._site = site
        self._given = tuple(given)

    @property
    def name(self) -> str:
        """The name under which runs record it."""
        return self._site.name

    def open(self, spec: ClusterSpec) -> Ports:
        """Return the ports for one cluster; raises BadInput CREDENTIALS_MISPLACED."""
        for credentials in self._given:
            credentials.require_meant_for(spec)
        ports = self._site.open(spec)
        for credentials in self._given:
            credentials.store(ports.vault)
        return ports

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """Return the site's bundle."""
        return self._site.bundle(spec)
