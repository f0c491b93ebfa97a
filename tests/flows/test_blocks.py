"""Blocks as Prefect's own standards want them, and what they build."""

from pathlib import Path

import pytest
from prefect.blocks.core import Block
from pydantic import SecretStr

from bedplate.errors import BadInput
from bedplate.sites import SiteConfig, SiteKind
from bedplate.sites.live import vault_of
from blocks import GitCredentials, SiteBlock, VCenterCredentials
from deployments.home import Home
from deployments.served import save_blocks
from flows.order import load_site

BLOCKS = [SiteBlock, VCenterCredentials, GitCredentials]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_says_what_it_is_for_and_where_to_read_on(block: type[Block]):
    assert block.get_description()
    assert block._documentation_url
    assert "bedplate" in block.get_block_type_slug() or "vcenter" in block.get_block_type_slug()


@pytest.mark.parametrize("block", BLOCKS)
def test_every_field_is_explained_in_a_sentence(block: type[Block]):
    for name, field in block.model_fields.items():
        assert (field.description or "").endswith("."), name


@pytest.mark.parametrize("block", BLOCKS)
def test_the_example_shows_how_to_load_it(block: type[Block]):
    example = block.get_code_example() or ""
    assert f"from blocks import {block.__name__}" in example
    assert f'{block.__name__}.load("BLOCK_NAME")' in example


def test_a_site_block_is_the_site_under_its_own_name(site):
    assert site.load().config() == SiteConfig(
        name=site.name,
        state=site.folder / "site",
        journal=f"sqlite:///{site.folder}/journal.sqlite",
    )


def test_the_sites_of_a_home_become_blocks_and_keep_credentials_that_somebody_gave_them(
    server, tmp_path: Path
):
    (tmp_path / "sites.yaml").write_text("lab-9: {pace: 0.5}\nno_block: {}\n")
    home = Home(tmp_path)
    save_blocks(home)
    block = load_site("lab-9")
    block.git = GitCredentials(token=SecretStr("a-token-of-nobody"))
    block.save("lab-9", overwrite=True)

    (tmp_path / "sites.yaml").write_text("lab-9: {backups: share}\nno_block: {}\n")
    save_blocks(home)

    block = load_site("lab-9")
    assert block.config() == home.site("lab-9")
    assert block.specs == str(tmp_path / "specs")
    assert block.git is not None
    assert block.git.token == SecretStr("a-token-of-nobody")
    with pytest.raises(BadInput, match="no_block"):
        load_site("no_block")


def test_a_real_site_gets_the_credentials_that_only_this_worker_has(tmp_path, monkeypatch):
    monkeypatch.setenv("EKSA_VSPHERE_USERNAME", "of-this-worker")
    journal = SecretStr(f"sqlite:///{tmp_path}/journal.sqlite")
    kinds = {"real": SiteKind.VSPHERE, "simulated": SiteKind.SIMULATED}
    blocks = {
        name: SiteBlock(kind=kind, state=str(tmp_path / name), journal=journal)
        for name, kind in kinds.items()
    }

    for block in blocks.values():
        block.open_site()

    assert vault_of(blocks["real"].config()).get("vcenter/username") == "of-this-worker"
    own = vault_of(blocks["simulated"].config()).get("vcenter/username")
    assert own not in (None, "of-this-worker"), "a simulated site has a user of its own"
