"""Where Bedplate keeps its things on this machine, and which sites and journals it knows.

`BEDPLATE_HOME` names the folder; else it is below `XDG_STATE_HOME`, else `~/.local/state`. In it:
`sites.yaml` (more sites, if any), `sites/NAME` (files of each site), `journal.sqlite`, `logs` and
`crashes`. `BEDPLATE_JOURNAL` names one journal for every site instead. `DOCKER_HOST`, `HTTPS_PROXY`
and `NO_PROXY` hold for real sites that say nothing else.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bedplate.engine.journal import Journal
from bedplate.errors import BadInput, Owner
from bedplate.sites import BundleChoice, Docker, Live, Programs, SiteConfig, SiteKind

BUILT_IN = (SiteKind.SIMULATED, SiteKind.VSPHERE)
SITES_FILE = "sites.yaml"
SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder `root`; `journal_url` where one journal is named for every site.

    `docker_host`, `proxy` and `no_proxy` are those of real sites that name none.
    """

    root: Path
    journal_url: str | None = None
    docker_host: str = ""
    proxy: str = ""
    no_proxy: tuple[str, ...] = ()

    @property
    def default_journal(self) -> str:
        """The URL of the journal where none is named."""
        return f"{SQLITE}{self.root / 'journal.sqlite'}"

    @property
    def sites_file(self) -> Path:
        """The file that names more sites."""
        return self.root / SITES_FILE

    def sites(self) -> Mapping[str, SiteConfig]:
        """Return every known site by name; raises BadInput SITES_INVALID."""
        found = {kind.value: self._config(kind.value, SiteEntry(kind)) for kind in BUILT_IN}
        for name, entry in _read_sites(self.sites_file).items():
            found[name] = self._config(name, entry)
        return found

    def named_sites(self) -> tuple[str, ...]:
        """Return the sites that sites.yaml names, or the built-in ones; raises SITES_INVALID."""
        return tuple(_read_sites(self.sites_file)) or tuple(kind.value for kind in BUILT_IN)

    def site(self, name: str) -> SiteConfig:
        """Return a site; raises BadInput SITE_UNKNOWN."""
        sites = self.sites()
        if name not in sites:
            raise BadInput(
                "SITE_UNKNOWN",
                f"there is no site {name!r}",
                why=f"known are {', '.join(sorted(sites))}",
                remedy=f"choose one of these with --site, or add it to {self.sites_file}",
                owner=Owner.PLATFORM,
            )
        return sites[name]

    def journal_urls(self) -> tuple[str, ...]:
        """Return the URL of every journal that a known site writes to, each once."""
        return tuple(dict.fromkeys(config.journal for config in self.sites().values()))

    def folder(self, name: str) -> Path:
        """Return a folder below the home, made if need be; raises BadInput HOME_UNUSABLE."""
        folder = self.root / name
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                "HOME_UNUSABLE",
                f"{folder} cannot be made: {error.strerror}",
                why="Bedplate keeps its journal and its logs there",
                remedy="make the folder writable, or name another one in BEDPLATE_HOME",
                owner=Owner.PLATFORM,
            ) from error
        return folder

    def open_journal(self, url: str) -> Journal:
        """Open a journal, made if need be; raises JournalError."""
        from bedplate.adapters.journal import open_journal

        if url == self.default_journal:
            self.folder("")
        return open_journal(url)

    def open_existing(self, url: str) -> Journal | None:
        """Open a journal to read; None where it is a file that does not exist yet."""
        path = url.removeprefix(SQLITE)
        is_plain_file = path != url and not path.startswith("file:")
        if is_plain_file and not Path(path).exists():
            return None
        return self.open_journal(url)

    @contextlib.contextmanager
    def reading(self, url: str) -> Iterator[Journal]:
        """Open a journal to read; an empty one for the while where its file does not exist yet."""
        existing = self.open_existing(url)
        if existing is not None:
            yield existing
            return
        with tempfile.TemporaryDirectory(prefix="bedplate-") as folder:
            yield self.open_journal(f"{SQLITE}{folder}/empty.sqlite")

    def _config(self, name: str, entry: SiteEntry) -> SiteConfig:
        return SiteConfig(
            name=name,
            kind=entry.kind,
            state=self.root / (entry.state or f"sites/{name}"),
            journal=self.journal_url or entry.journal or self.default_journal,
            pace=entry.pace,
            live=Live(self._docker(entry.docker), self._bundle(entry.bundle), entry.programs),
            backups=Path(self._below(entry.backups)) if entry.backups else None,
        )

    def _docker(self, docker: Docker) -> Docker:
        default = docker.host == Docker().host
        return replace(docker, host=self.docker_host) if default and self.docker_host else docker

    def _bundle(self, given: BundleChoice) -> BundleChoice:
        """Relative paths lie below the home, wherever a command is typed."""
        choice = replace(
            given,
            releases=self._below(given.releases),
            bundles=self._below(given.bundles),
            key=self._below(given.key),
            distro_key=self._below(given.distro_key),
            licence_key=self._below(given.licence_key),
            ca_file=self._below(given.ca_file),
        )
        if choice.proxy or not self.proxy:
            return choice
        return replace(choice, proxy=self.proxy, no_proxy=(*choice.no_proxy, *self.no_proxy))

    def _below(self, path: str) -> str:
        return path if not path or "://" in path else str(self.root / Path(path).expanduser())


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """What `sites.yaml` says of one site; relative paths lie below the home.

    `backups` is a folder, such as a mounted share. `pace` is of simulated sites; `docker`, `bundle`
    and `programs` are of real ones.
    """

    kind: SiteKind = SiteKind.SIMULATED
    state: str = ""
    journal: str = ""
    pace: float = 0.0
    docker: Docker = Docker()
    bundle: BundleChoice = BundleChoice()
    programs: Programs = Programs()
    backups: str = ""


def find_home(environment: Mapping[str, str] = os.environ) -> Home:
    """Return the home that the environment names."""
    named = environment.get("BEDPLATE_HOME")
    state = environment.get("XDG_STATE_HOME") or "~/.local/state"
    root = Path(named) if named else Path(state) / "bedplate"
    journal = environment.get("BEDPLATE_JOURNAL") or None
    no_proxy = tuple(one for one in variable(environment, "NO_PROXY").split(",") if one)
    return Home(
        root.expanduser().absolute(),
        journal,
        docker_host=environment.get("DOCKER_HOST", ""),
        proxy=variable(environment, "HTTPS_PROXY"),
        no_proxy=no_proxy,
    )


def variable(environment: Mapping[str, str], name: str) -> str:
    """Return a variable that programs read in capitals and in small letters; empty without it."""
    return environment.get(name) or environment.get(name.lower()) or ""


def with_pace(config: SiteConfig, pace: float | None) -> SiteConfig:
    """Return the site with another pace, if one is given."""
    return config if pace is None else replace(config, pace=pace)


def _read_sites(path: Path) -> dict[str, SiteEntry]:
    if not path.exists():
        return {}
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _invalid(path, str(error).replace("\n", " ")) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _invalid(path, "it is not a mapping of names to sites")
    return {str(name): _read_entry(path, str(name), entry) for name, entry in content.items()}


def _read_entry(path: Path, name: str, entry: object) -> SiteEntry:
    from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

    for part in (Docker, BundleChoice, Programs):
        with_config(ConfigDict(extra="forbid"))(part)
    adapter = TypeAdapter(with_config(ConfigDict(extra="forbid"))(SiteEntry))
    try:
        return adapter.validate_python({} if entry is None else entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in (name, *first["loc"]))
        raise _invalid(path, f"{field}: {first['msg']}") from error


def _invalid(path: Path, seen: str) -> BadInput:
    return BadInput(
        "SITES_INVALID",
        f"{path}: {seen}",
        why="each site is a name with kind, state, journal and pace, or with docker, bundle and"
        " programs, all of them optional",
        remedy="correct the file (docs/how-to/own-vsphere.md); the built-in sites need none",
        owner=Owner.PLATFORM,
    )
