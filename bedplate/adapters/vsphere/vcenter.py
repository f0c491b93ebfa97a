"""The `VCenter` port on a real vCenter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bedplate.adapters.vsphere import addresses, folders, privileges, tagging, templates
from bedplate.adapters.vsphere.access import Access
from bedplate.adapters.vsphere.api import service, vim
from bedplate.adapters.vsphere.faults import denied, explained
from bedplate.adapters.vsphere.inventory import (
    EVERYTHING,
    FOLDERS,
    MACHINE,
    PLACES,
    TEMPLATE,
    Tree,
    machines,
    objects,
)
from bedplate.adapters.vsphere.pool import POOL
from bedplate.adapters.vsphere.properties import read_all, read_these
from bedplate.adapters.vsphere.recent import recent
from bedplate.adapters.vsphere.session import Credentials, Session
from bedplate.adapters.vsphere.wire import Wire, thumbprint
from bedplate.ports.vault import OverlaidVault, Vault
from bedplate.ports.vcenter import (
    About,
    Login,
    Snapshot,
    TemplateSource,
    VCenterTask,
    VirtualMachine,
)

# Under these names the vault knows the credentials.
USERNAME, PASSWORD = "vcenter/username", "vcenter/password"


class LiveVCenter:
    """One vCenter, as the user whose name and password the vault holds."""

    def __init__(self, access: Access, vault: Vault) -> None:
        self._access = access
        self._vault = vault
        self._places: Mapping[str, Any] = {}

    def about(self) -> About:
        wire = Wire.to(self._access)
        with explained(self._access.server):
            certificate = wire.certificate()
            trusted = wire.is_trusted()
            # Nothing secret is said before the login, and this answer decides nothing.
            open_wire = Wire(wire.host, wire.port, "", insecure=True, patience=wire.patience)
            version = service(open_wire).RetrieveContent().about.version
        return About(version=version, thumbprint=thumbprint(certificate), trusted=trusted)

    def login(self) -> Login:
        session = self._session()
        clock = session.clock()
        return Login(user=session.user, clock=clock, sessions=session.run(_count_sessions))

    def as_user(self, username: str, password: str) -> LiveVCenter:
        return LiveVCenter(self._access, OverlaidVault({USERNAME: username, PASSWORD: password}))

    def look(self) -> Snapshot:
        session = self._session()
        return session.run(lambda content: self._look(session, content))

    def missing_privileges(
        self, wanted: Mapping[str, frozenset[str]]
    ) -> Mapping[str, frozenset[str]]:
        session = self._session()
        if not wanted:
            return {}
        return session.run(lambda content: self._missing(session, content, wanted))

    def virtual_machines(self, prefix: str) -> Sequence[VirtualMachine]:
        kinds = {**FOLDERS, vim.VirtualMachine: MACHINE}
        rows = self._session().run(lambda content: read_all(content, kinds, None, self._page))
        return [one for one in machines(Tree(rows)) if one.name.startswith(prefix)]

    def tasks(self) -> Sequence[VCenterTask]:
        return self._session().run(recent)

    def create_folder(self, path: str) -> None:
        whole = folders.full_path(path, self._access.datacenter)
        self._session().run(lambda content: folders.ensure(content, whole))

    def delete_folder(self, path: str) -> None:
        whole = folders.full_path(path, self._access.datacenter)
        self._session().run(lambda content: folders.delete(content, whole, self._access.long))

    def import_template(self, source: TemplateSource) -> None:
        templates.ensure(self._session(), source)

    def delete_template(self, path: str) -> None:
        templates.delete(self._session(), path)

    @property
    def _page(self) -> int | None:
        return self._access.page

    def _session(self) -> Session:
        user, password = self._vault.get(USERNAME), self._vault.get(PASSWORD)
        if not user or not password:
            raise denied(self._access.server, "the vault holds no user name or no password")
        return POOL.session(self._access, Credentials(user, password))

    def _look(self, session: Session, content: vim.ServiceInstanceContent) -> Snapshot:
        manager = content.authorizationManager
        rows = read_all(content, EVERYTHING, {manager: ["privilegeList"]}, self._page)
        rights = [row for row in rows if row.thing == manager]
        tree = Tree(row for row in rows if row.thing != manager)
        self._remember(tree, content)
        found = [row for row in tree.of(vim.VirtualMachine) if row.get("config.template")]
        details = read_these(content, [row.thing for row in found], TEMPLATE)
        tags = tagging.read(session.rest, [row.id for row in found])
        return Snapshot(
            objects=objects(tree, {row.id: row for row in details}, tags.attached),
            machines=machines(tree),
            pools=addresses.read(content, tree),
            tags=tags.ids,
            privileges=privileges.names_of(rights[0].get("privilegeList", []) if rights else []),
        )

    def _missing(
        self,
        session: Session,
        content: vim.ServiceInstanceContent,
        wanted: Mapping[str, frozenset[str]],
    ) -> Mapping[str, frozenset[str]]:
        if not wanted.keys() <= self._places.keys():
            self._remember(Tree(read_all(content, PLACES, None, self._page)), content)
        unknown = wanted.keys() - self._places.keys()
        if unknown:
            raise privileges.not_found(unknown)
        places = {path: self._places[path] for path in wanted}
        return privileges.missing(content, session.user, wanted, places)

    def _remember(self, tree: Tree, content: vim.ServiceInstanceContent) -> None:
        """Keep which object is at which path, for the questions that follow a look."""
        places = {tree.path(row.thing): row.thing for row in tree.rows.values()}
        self._places = {**places, privileges.ROOT: content.rootFolder}


def _count_sessions(content: vim.ServiceInstanceContent) -> int | None:
    """Count the open sessions; None where the user may not see them."""
    rows = read_these(content, [content.sessionManager], ["sessionList"])
    listed = rows[0].get("sessionList") if rows else None
    return None if listed is None else len(listed)
