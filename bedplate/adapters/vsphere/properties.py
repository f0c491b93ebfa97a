"""Reading many objects in one call: a view of the inventory, and the property collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bedplate.adapters.vsphere.api import make, vim, vmodl

Collector = vmodl.query.PropertyCollector
Wanted = Mapping[type[Any], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """What was read of one object; a property that it lacks, or may not show, is not there."""

    thing: Any
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Return the object's reference as govc writes it, such as `VirtualMachine:vm-12`."""
        return reference_of(self.thing)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - what vCenter holds
        """Return a property, or the default where it is unset."""
        value = self.values.get(name)
        return default if value is None else value


def reference_of(thing: Any) -> str:  # noqa: ANN401 - a managed object
    """Return a managed object's reference as govc writes it."""
    return f"{thing._wsdlName}:{thing._moId}"


def read_all(
    content: vim.ServiceInstanceContent,
    wanted: Wanted,
    single: Mapping[Any, Sequence[str]] | None = None,
    page: int | None = None,
) -> list[Row]:
    """Read properties of every object of some kinds, and of single objects outside the inventory.

    Three calls, and one more for each page where vCenter or the caller wants pages.
    """
    views = content.viewManager
    assert views is not None  # noqa: S101 - every vCenter has one
    view = views.CreateContainerView(
        container=content.rootFolder, type=list(wanted), recursive=True
    )
    try:
        specs = [_view_spec(view, wanted)]
        specs += [_spec([thing], {type(thing): names}) for thing, names in (single or {}).items()]
        return list(_pages(content.propertyCollector, specs, page))
    finally:
        view.Destroy()


def read_these(
    content: vim.ServiceInstanceContent, things: Sequence[Any], names: Sequence[str]
) -> list[Row]:
    """Read properties of objects of one kind, in one call."""
    if not things:
        return []
    spec = _spec(things, {type(things[0]): names})
    return list(_pages(content.propertyCollector, [spec], None))


def _view_spec(view: Any, wanted: Wanted) -> Any:  # noqa: ANN401 - data objects
    through = make(
        Collector.TraversalSpec, name="view", path="view", skip=False, type=vim.view.ContainerView
    )
    start = make(Collector.ObjectSpec, obj=view, skip=True, selectSet=[through])
    return make(Collector.FilterSpec, objectSet=[start], propSet=_property_specs(wanted))


def _spec(things: Sequence[Any], wanted: Wanted) -> Any:  # noqa: ANN401 - data objects
    objects = [make(Collector.ObjectSpec, obj=thing, skip=False) for thing in things]
    return make(Collector.FilterSpec, objectSet=objects, propSet=_property_specs(wanted))


def _property_specs(wanted: Wanted) -> list[Any]:
    return [
        make(Collector.PropertySpec, type=kind, pathSet=list(names), all=False)
        for kind, names in wanted.items()
    ]


def _pages(collector: Any, specs: list[Any], page: int | None) -> Iterator[Row]:  # noqa: ANN401
    options = make(Collector.RetrieveOptions, maxObjects=page)
    result = collector.RetrievePropertiesEx(specSet=specs, options=options)
    while result is not None:
        for found in result.objects:
            yield Row(found.obj, {one.name: one.val for one in found.propSet})
        if not result.token:
            return
        result = collector.ContinueRetrievePropertiesEx(token=result.token)
