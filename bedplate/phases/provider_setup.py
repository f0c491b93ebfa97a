"""Provider setup: what the infrastructure and its controllers need before the first machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import objects
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import PROVIDER_SETUP
from bedplate.phases.installing import apply_all
from bedplate.phases.managed.leftovers import own_name
from bedplate.phases.secrets import same_data
from bedplate.ports.kube import JSON, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import Inventory, Snapshot
from bedplate.providers import provider_of
from bedplate.providers.keys import generated_public_key
from bedplate.providers.keys import vault_name as key_name
from bedplate.spec import ClusterSpec

MADE_FOLDERS, MADE_TEMPLATES = "made-folders", "made-templates"
MACHINE_ROOT = "/vm/"
NOTHING = Snapshot(objects=())


class ProviderSetup(Phase[facts.ProviderSetup]):
    """Make the machine folders, import templates that are left to us, put the credentials there.

    What we make in vCenter is noted first, so that undo knows it from what others made. The
    deadline leaves time to fetch and upload an archive of a gigabyte.
    """

    title = "Provider specific setup"
    gives = PROVIDER_SETUP
    patience = Patience(deadline=3600)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.ProviderSetup | None:
        """Folders, templates and secrets are there, the secrets with the vault's credentials."""
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Make what is missing, folders first: templates go into one too."""
        seen = _look(tools)
        _make_folders(tools, seen)
        _import_templates(tools, seen)
        apply_all(tools.kube(self._side), self._secrets(tools))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.ProviderSetup | Waiting:
        """Return what was set up, or what is missing."""
        provider, seen = provider_of(tools.spec), _look(tools)
        folders = tuple(provider.folders(tools.spec))
        templates = tuple(provider.template_paths(tools.spec, tools.bundle))
        for kind, paths in ((Inventory.FOLDER, folders), (Inventory.TEMPLATE, templates)):
            for path in _missing(seen, kind, paths):
                return Waiting(f"{kind} {path}")
        for path, tag in _untagged(tools, seen):
            return Waiting(f"tag {tag} of {Inventory.TEMPLATE} {path}")
        secrets = self._secrets(tools)
        for secret in secrets:
            if not same_data(tools.kube(self._side), secret):
                return Waiting(objects.ref(secret).identity)
        return facts.ProviderSetup(
            folders=folders,
            templates=templates,
            secrets=tuple(objects.name(secret) for secret in secrets),
            ssh_key=key_name(tools.spec.name) if generated_public_key(tools) else None,
        )

    def _secrets(self, tools: Tools) -> tuple[Manifest, ...]:
        """On a management cluster the site's secrets are its own affair."""
        secrets = provider_of(tools.spec).credentials(tools)
        is_managed = self._side is Side.MANAGEMENT
        return tuple(one for one in secrets if not is_managed or own_name(tools.spec, one))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the secrets, and the templates and folders that we made; others' stay."""
        kube, vcenter = tools.kube(self._side), tools.ports.vcenter
        if kube.reach() is Reach.ANSWERS:
            for secret in self._secrets(tools):
                kube.delete(objects.ref(secret))
        for path in _noted(tools, MADE_TEMPLATES):
            vcenter.delete_template(path)
        for path in sorted(_noted(tools, MADE_FOLDERS), reverse=True):  # inner folders first
            vcenter.delete_folder(path)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """Folders and templates come from the machine configurations."""
        provider = provider_of(spec)
        return [*provider.folders(spec), *provider.template_paths(spec, bundle)]


def _look(tools: Tools) -> Snapshot:
    """Look at vCenter where there is anything to look for."""
    provider = provider_of(tools.spec)
    wanted = (*provider.folders(tools.spec), *provider.template_paths(tools.spec, tools.bundle))
    return tools.ports.vcenter.look() if wanted else NOTHING


def _make_folders(tools: Tools, seen: Snapshot) -> None:
    provider = provider_of(tools.spec)
    wanted = list(provider.folders(tools.spec))
    wanted += map(_above, provider.template_paths(tools.spec, tools.bundle))
    for path in _missing(seen, Inventory.FOLDER, dict.fromkeys(wanted)):
        # The folders above it that are missing too are made with it.
        _note(tools, MADE_FOLDERS, _missing(seen, Inventory.FOLDER, _lineage(path)))
        tools.ports.vcenter.create_folder(path)


def _import_templates(tools: Tools, seen: Snapshot) -> None:
    for source in provider_of(tools.spec).template_sources(tools.spec, tools.bundle, seen):
        noted = source.path in _noted(tools, MADE_TEMPLATES)
        if noted or not seen.find(Inventory.TEMPLATE, source.path):
            if not noted:
                _note(tools, MADE_TEMPLATES, (source.path,))
            tools.say(f"Importing template {source.path}; this may take a while")
            # Also where it was begun before: what an interrupted import left is made whole.
            tools.ports.vcenter.import_template(source)


def _untagged(tools: Tools, seen: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield the tags that templates of ours lack: an import may end between a template and them.

    EKS Anywhere refuses a template without them. Others' are theirs to tag.
    """
    ours = _noted(tools, MADE_TEMPLATES)
    for source in provider_of(tools.spec).template_sources(tools.spec, tools.bundle, seen):
        if source.path in ours:
            for template in seen.find(Inventory.TEMPLATE, source.path):
                lacking = sorted(set(source.tags) - template.tags)
                yield from ((source.path, tag) for tag in lacking)


def _missing(seen: Snapshot, kind: Inventory, paths: Iterable[str]) -> list[str]:
    return [path for path in paths if not seen.find(kind, path)]


def _lineage(path: str) -> list[str]:
    """Return a folder and those above it, from the outermost below the datacenter's own."""
    root, between, inner = path.partition(MACHINE_ROOT)
    above = f"{root}{between}" if between else ""
    parts = [part for part in (inner or path).split("/") if part]
    return [above + "/".join(parts[: count + 1]) for count in range(len(parts))]


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _noted(tools: Tools, name: str) -> tuple[str, ...]:
    return objects.texts({name: tools.notes.find(name)}, name)


def _note(tools: Tools, name: str, paths: Sequence[str]) -> None:
    tools.notes.note(name, list(dict.fromkeys((*_noted(tools, name), *paths))))
