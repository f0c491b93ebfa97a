"""The garbage collector: what nobody owns any more goes, and so does what a namespace held."""

from __future__ import annotations

from bedplate.simulation import kinds
from bedplate.simulation.controllers.context import Context
from bedplate.simulation.fields import Key, Obj, is_deleting, name_of, unfinalize
from bedplate.simulation.kinds import CRD, CRD_GROUP, HOLDERS


def garbage(context: Context) -> None:
    """Delete objects all of whose owners are gone, and empty what is being deleted."""
    row = context.tx.one("SELECT garbage FROM apis WHERE id = ?", context.api)
    if row is None or not row[0]:
        return
    context.tx.run("UPDATE apis SET garbage = 0 WHERE id = ?", context.api)
    _collect(context)
    for namespace in context.objects.of("", "Namespace"):
        if is_deleting(namespace):
            _empty_namespace(context, namespace)
    for crd in context.objects.of(CRD_GROUP, CRD):
        if is_deleting(crd):
            _empty_definition(context, crd)


def _collect(context: Context) -> None:
    rows = context.tx.all("SELECT uid, owners FROM objects WHERE api = ?", context.api)
    living = {uid for uid, _ in rows}
    for uid, owners in rows:
        if owners and living.isdisjoint(owners.split()):
            _delete(context, "uid = ?", uid)


def _delete(context: Context, where: str, *values: str) -> int:
    """Delete the objects that fit; returns how many are left, waiting for their finalizers."""
    rows = context.tx.all(
        f"SELECT grp, kind, ns, name FROM objects WHERE api = ? AND {where}",  # noqa: S608
        context.api,
        *values,
    )
    left = 0
    for row in rows:
        obj = context.objects.at(Key(*row))
        if obj is not None:
            context.objects.delete(obj)
            left += context.objects.at(Key(*row)) is not None
    return left


def _empty_namespace(context: Context, namespace: Obj) -> None:
    if _delete(context, "ns = ?", name_of(namespace)):
        return
    unfinalize(namespace, HOLDERS["", "Namespace"])
    context.objects.save(namespace)


def _empty_definition(context: Context, crd: Obj) -> None:
    spec = crd["spec"]
    if _delete(context, "grp = ? AND kind = ?", spec["group"], spec["names"]["kind"]):
        return
    kinds.undefine(context.tx, context.api, crd)
    unfinalize(crd, HOLDERS[CRD_GROUP, CRD])
    context.objects.save(crd)
