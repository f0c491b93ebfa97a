"""Folders for virtual machines."""

from __future__ import annotations

from bedplate.adapters.vsphere.api import vim, vmodl
from bedplate.adapters.vsphere.inventory import FOLDERS, Tree
from bedplate.adapters.vsphere.properties import Row, read_all
from bedplate.adapters.vsphere.tasks import finish
from bedplate.errors import Owner, PermanentError


def full_path(path: str, datacenter: str) -> str:
    """Return a machine folder's full path; a relative one is below the datacenter's own."""
    whole = path if path.startswith("/") else f"/{datacenter.strip('/')}/vm/{path}"
    return "/" + "/".join(part for part in whole.split("/") if part)


def ensure(content: vim.ServiceInstanceContent, path: str) -> vim.Folder:
    """Create a folder and its parents; returns it."""
    tree = Tree(read_all(content, FOLDERS))
    names: list[str] = []
    above = path
    while not (found := _folders(tree, above)):
        above, _, name = above.rpartition("/")
        if not above:
            raise _no_machine_folder(path)
        names.insert(0, name)
    folder: vim.Folder = found[0].thing
    for name in names:
        folder = _child(folder, name)
    return folder


def delete(content: vim.ServiceInstanceContent, path: str, patience: float) -> None:
    """Delete a folder that holds nothing."""
    tree = Tree(read_all(content, FOLDERS))
    for row in _folders(tree, path):
        roots = [one.get("vmFolder") for one in tree.of(vim.Datacenter)]
        # Destroying a folder destroys what is in it, so this looks as late as it can.
        if row.thing in roots or row.thing.childEntity:
            return
        try:
            finish(row.thing.Destroy_Task(), patience)
        except vmodl.fault.ManagedObjectNotFound:
            return


def _folders(tree: Tree, path: str) -> list[Row]:
    return [
        row
        for row in tree.at(path)
        if isinstance(row.thing, vim.Folder) and tree.is_machine_folder(row)
    ]


def _child(folder: vim.Folder, name: str) -> vim.Folder:
    try:
        return folder.CreateFolder(name)
    except vim.fault.DuplicateName as fault:
        there = fault.object
        if isinstance(there, vim.Folder):  # somebody else was faster
            return there
        raise


def _no_machine_folder(path: str) -> PermanentError:
    return PermanentError(
        "INVENTORY_INVALID",
        f"{path} is no folder for virtual machines",
        why="such folders are below /<datacenter>/vm, and the datacenter has to be there",
        remedy="correct the folder in the machine configuration: govc ls / lists the datacenters",
        owner=Owner.SPEC_AUTHOR,
    )
