"""From loose objects to one specification: follow the Cluster's references, fill in defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bedplate.spec import defaults, provider_defaults
from bedplate.spec.cluster_spec import ClusterSpec, IdentityProvider, Origin, Part
from bedplate.spec.environment import Environment
from bedplate.spec.findings import Finding, Mark, Trouble
from bedplate.spec.frozen import FrozenMap
from bedplate.spec.kinds import KINDS
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import Ref
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.models.gitops import GitOpsConfig
from bedplate.spec.models.model import replace
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.models.snow_machine import SnowMachineConfig
from bedplate.spec.models.tinkerbell_machine import TinkerbellMachineConfig
from bedplate.spec.names import near
from bedplate.spec.objects import Found
from bedplate.spec.provider_defaults import Datacenter, MachineConfig

CLUSTER = "Cluster"
CONTROL_PLANE_REF = f"{CLUSTER}.spec.controlPlaneConfiguration.machineGroupRef"
ETCD_REF = f"{CLUSTER}.spec.externalEtcdConfiguration.machineGroupRef"
GIT_OPS_REF = f"{CLUSTER}.spec.gitOpsRef"


@dataclass(slots=True)
class Assembly:
    """The Cluster of a file, what it refers to and what was missing."""

    cluster: Cluster
    children: tuple[Found, ...]
    marks: dict[str, Mark]
    troubles: list[Trouble] = field(default_factory=list)

    def spec(self, file: str, environment: Environment, *, fill_in: bool) -> ClusterSpec | None:
        """Return the whole, or None where there is no datacenter to speak of.

        With `fill_in`, the provider's defaults are filled in as well as the Cluster's.
        """
        cluster = defaults.cluster(self.cluster, environment)
        datacenter = _datacenter(self._models(), fill_in=fill_in)
        if datacenter is None:
            return None
        gitops = _gitops(self._models(), cluster.spec.management_cluster.name)
        settings = cluster.spec
        if gitops is not None:
            ref = Ref(kind=FluxConfig.KIND, name=gitops.metadata.name)
            settings = replace(settings, git_ops_ref=ref)
        return ClusterSpec(
            cluster=replace(cluster, spec=settings),
            datacenter=datacenter,
            machine_configs=_machines(self._models(), self.cluster, fill_in=fill_in),
            parts=_parts(self._models()),
            gitops=gitops,
            identity_providers=_identities(self._models()),
            origin=Origin(file, FrozenMap(self.marks)),
        )

    def _models(self) -> tuple[object, ...]:
        return tuple(child.model for child in self.children)


def assemble(
    found: tuple[Found, ...], unknown: Mapping[str, Mark]
) -> tuple[Assembly | None, tuple[Trouble, ...]]:
    """Return the only Cluster with the objects it refers to; None where there is no Cluster.

    The kinds that nobody knows are for hints: one of them may be a reference's, mistyped.
    """
    clusters = [item for item in found if isinstance(item.model, Cluster)]
    if not clusters:
        hint = _mistyped(CLUSTER, unknown) or "one document of kind Cluster"
        return None, (Trouble(Mark(), Finding("", "the file holds no Cluster", hint)),)
    first, *others = clusters
    troubles = [
        Trouble(item.mark, Finding("kind", "a second Cluster", "one Cluster in a file"))
        for item in others
    ]
    cluster = first.model
    if not isinstance(cluster, Cluster):
        return None, tuple(troubles)
    by_name = {(item.kind.name, item.name): item for item in found}
    origin = Origin(marks=first.marks)
    direct = tuple(references(cluster))
    troubles += _missing(direct, by_name, unknown, origin)
    children = tuple(dict.fromkeys(_referenced(direct, by_name)))
    for child in children:
        further = tuple(part_references(child.model))
        troubles += _missing(further, by_name, unknown, Origin(marks=child.marks))
        children += tuple(_referenced(further, by_name))
    children = tuple(dict.fromkeys(children))
    troubles += _other_namespaces(cluster, children)
    marks = dict(first.marks)
    for child in children:
        marks |= child.marks
    return Assembly(cluster, children, marks), tuple(troubles)


def references(cluster: Cluster) -> Iterator[tuple[str, Ref]]:
    """Yield every reference that a Cluster holds, with its path."""
    spec = cluster.spec
    yield f"{CLUSTER}.spec.datacenterRef", spec.datacenter_ref
    control_plane = spec.control_plane_configuration.machine_group_ref
    if control_plane:
        yield CONTROL_PLANE_REF, control_plane
    for index, group in enumerate(spec.worker_node_group_configurations):
        if group.machine_group_ref:
            path = f"{CLUSTER}.spec.workerNodeGroupConfigurations[{index}].machineGroupRef"
            yield path, group.machine_group_ref
    etcd = spec.external_etcd_configuration
    if etcd and etcd.machine_group_ref:
        yield ETCD_REF, etcd.machine_group_ref
    if spec.git_ops_ref:
        yield GIT_OPS_REF, spec.git_ops_ref
    for index, ref in enumerate(spec.identity_provider_refs):
        yield f"{CLUSTER}.spec.identityProviderRefs[{index}]", ref


def part_references(model: object) -> Iterator[tuple[str, Ref]]:
    """Yield every reference that a machine configuration holds, with its path."""
    if isinstance(model, TinkerbellMachineConfig) and model.spec.template_ref.name:
        yield f"{model.KIND}/{model.name}.spec.templateRef", model.spec.template_ref
    if isinstance(model, SnowMachineConfig):
        path = f"{model.KIND}/{model.name}.spec.network.directNetworkInterfaces"
        for index, interface in enumerate(model.spec.network.direct_network_interfaces):
            if interface.ip_pool_ref:
                yield f"{path}[{index}].ipPoolRef", interface.ip_pool_ref


Objects = Mapping[tuple[str, str], Found]
References = Iterable[tuple[str, Ref]]


def _referenced(refs: References, by_name: Objects) -> Iterator[Found]:
    for _path, ref in refs:
        child = by_name.get((ref.kind, ref.name))
        if child is not None:
            yield child


def _missing(
    refs: References, by_name: Objects, unknown: Mapping[str, Mark], origin: Origin
) -> Iterator[Trouble]:
    """Yield references to what is not in the file; a wrong kind is the rules' affair."""
    for path, ref in refs:
        if ref.kind in KINDS and ref.name and (ref.kind, ref.name) not in by_name:
            said = f"{ref.kind} {ref.name!r} is not in the file"
            names = [name for (other, name) in by_name if other == ref.kind]
            there = f"the file has {', '.join(map(repr, names))}" if names else ""
            hint = there or _mistyped(ref.kind, unknown) or f"add a document of kind {ref.kind}"
            yield Trouble(origin.mark(f"{path}.name"), Finding(f"{path}.name", said, hint))


def _mistyped(kind: str, unknown: Mapping[str, Mark]) -> str:
    """Return where a kind seems to be written wrongly, or nothing."""
    for other, mark in unknown.items():
        if near(kind, [other]):
            return f"line {mark.line} has the kind {other!r}, which nobody knows"
    return ""


def _other_namespaces(cluster: Cluster, children: Iterable[Found]) -> Iterator[Trouble]:
    wanted = defaults.named(cluster.metadata).namespace
    for child in children:
        seen = defaults.named(child.model.metadata).namespace
        if seen != wanted:
            path = f"{child.path}.metadata.namespace"
            said = f"is {seen!r}, and the Cluster's is {wanted!r}"
            yield Trouble(Origin(marks=child.marks).mark(path), Finding(path, said, "the same"))


def _datacenter(models: Iterable[object], *, fill_in: bool) -> Datacenter | None:
    for model in models:
        if isinstance(model, Datacenter):
            named = replace(model, metadata=defaults.named(model.metadata))
            return provider_defaults.datacenter(named) if fill_in else named
    return None


def _machines(
    models: Iterable[object], cluster: Cluster, *, fill_in: bool
) -> FrozenMap[MachineConfig]:
    etcd = cluster.spec.external_etcd_configuration
    etcd_name = etcd.machine_group_ref.name if etcd and etcd.machine_group_ref else None
    machines: dict[str, MachineConfig] = {}
    for model in models:
        if isinstance(model, MachineConfig):
            named = replace(model, metadata=defaults.named(model.metadata))
            full = provider_defaults.machine(named, etcd=model.name == etcd_name)
            machines[model.name] = full if fill_in else named
    return FrozenMap(machines)


def _parts(models: Iterable[object]) -> tuple[Part, ...]:
    found = (model for model in models if isinstance(model, Part))
    return tuple(replace(model, metadata=defaults.named(model.metadata)) for model in found)


def _gitops(models: Iterable[object], management_cluster: str) -> FluxConfig | None:
    for model in models:
        given = model.as_flux() if isinstance(model, GitOpsConfig) else model
        if isinstance(given, FluxConfig):
            return defaults.flux(given, management_cluster)
    return None


def _identities(models: Iterable[object]) -> tuple[IdentityProvider, ...]:
    identities: list[IdentityProvider] = []
    for model in models:
        if isinstance(model, AWSIamConfig):
            named = replace(model, metadata=defaults.named(model.metadata))
            identities.append(defaults.aws_iam(named))
        elif isinstance(model, OIDCConfig):
            identities.append(replace(model, metadata=defaults.named(model.metadata)))
    return tuple(identities)
