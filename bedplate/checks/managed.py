"""What a managed cluster asks of the cluster that manages it.

A resumed create finds its own objects there. They are told from another cluster's by what they say:
equal to the specification, they are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bedplate.bundles import semver
from bedplate.capi import kinds, names, objects
from bedplate.capi.claim import claim_ref, claimed_for
from bedplate.capi.release import eksa_release_ref
from bedplate.checks.check import Check
from bedplate.checks.finding import Findings, block, check
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.kube import JSON, Kind, Kube, Manifest, Reach, Ref, Side
from bedplate.spec import ClusterSpec

ETCD_DEFINITION = "etcdadmclusters.etcdcluster.cluster.x-k8s.io"
DEFINITIONS = ("clusters.cluster.x-k8s.io", "clusters.anywhere.eks.amazonaws.com")
UNIQUE_KINDS = ("OIDCConfig", "AWSIamConfig")

OnKube = Callable[[Scene, Kube], Findings]


def managed_create_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return what a managed cluster's create asks, in EKS Anywhere's order; else nothing."""
    if spec.self_managed:
        return ()
    gitops = (("management-gitops", "GitOps of the management cluster validated", _gitops),)
    rows: tuple[tuple[str, str, OnKube], ...] = (
        ("cluster-name", "Cluster name is free", _name),
        *(gitops if spec.gitops is not None else ()),
        ("identity-provider-names", "Identity provider names validated", _identity_providers),
    )
    return (*_on_management(rows), *managed_checks(spec))


def managed_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return what create and upgrade of a managed cluster share; nothing for any other."""
    if spec.self_managed:
        return ()
    rows: tuple[tuple[str, str, OnKube], ...] = (
        ("management-crds", "Management cluster has EKS-A CRDs", _definitions),
        ("management-cluster-name", "Management cluster validated", _manager),
        ("management-eksa-version", "Management cluster version validated", _version),
        ("eksa-release", "EKS-A release found on management cluster", _release),
        ("licence-token", "Licence token is used once", _licence),
    )
    known = check("management-cluster", "Management cluster answers", _known)
    return (known, *_on_management(rows))


def management(scene: Scene) -> Kube | None:
    """Return the management cluster's API server; None where none is known or it is silent."""
    kube = scene.kube.get(Side.MANAGEMENT)
    return kube if kube is not None and kube.reach() is Reach.ANSWERS else None


def _on_management(rows: Sequence[tuple[str, str, OnKube]]) -> Iterator[Check]:
    for name, line, look in rows:
        yield check(name, line, _looking(look))


def _looking(look: OnKube) -> Callable[[Scene], Findings]:
    """Without an API server there is nothing to look at; `management-cluster` says so, once."""

    def probe(scene: Scene) -> Findings:
        kube = management(scene)
        if kube is not None:
            yield from look(scene, kube)

    return probe


def _known(scene: Scene) -> Findings:
    name = scene.spec.management_cluster
    kube = scene.kube.get(Side.MANAGEMENT)
    if kube is None or kube.reach() is Reach.ABSENT:
        yield block(
            name,
            f"the kubeconfig of the management cluster {name} is not known here",
            f"create {name} at this site first, or give its kubeconfig: --kubeconfig FILE (kept in"
            f" the vault as {names.vault_kubeconfig(name)})",
            Owner.PLATFORM,
        )
    elif management(scene) is None:
        yield block(
            name,
            f"the API server of the management cluster {name} does not answer",
            "kubectl get nodes with its kubeconfig shows why; bring it back first",
            Owner.PLATFORM,
        )


def _name(scene: Scene, kube: Kube) -> Findings:
    ref = Ref(kinds.CLUSTER, names.NAMESPACE, scene.spec.name)
    ours = {scene.spec.fingerprint(), *scene.claims}
    if claimed_for(kube.get(claim_ref(scene.spec.name))) in ours:
        return  # an earlier try of this create took it
    if kube.get(ref) is not None and not _ours(scene, kube, "Cluster", scene.spec.name):
        yield block(
            scene.spec.name,
            f"{scene.spec.management_cluster} already manages a cluster of this name",
            "choose another Cluster.metadata.name, or delete that cluster first:"
            f" kubectl get {kinds.CLUSTER.resource} -n {names.NAMESPACE} {scene.spec.name}",
            Owner.SPEC_AUTHOR,
        )


def _ours(scene: Scene, kube: Kube, kind: str, name: str) -> bool:
    live = kube.get(Ref(Kind(kinds.ANYWHERE, kind), scene.spec.namespace, name))
    return live is not None and _holds(live.get("spec"), _wanted(scene.spec, kind, name))


def _wanted(spec: ClusterSpec, kind: str, name: str) -> object:
    for document in spec.documents():
        metadata = document["metadata"]
        if document["kind"] == kind and isinstance(metadata, dict) and metadata["name"] == name:
            return document["spec"]
    return None


def _holds(live: JSON, wanted: object) -> bool:
    """Say whether a live value has all that is wanted; an API server adds defaults."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(_holds(live.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list | tuple):
        return (
            isinstance(live, list | tuple)
            and len(live) == len(wanted)
            and all(_holds(one, other) for one, other in zip(live, wanted, strict=True))
        )
    return live == wanted


def _gitops(scene: Scene, kube: Kube) -> Findings:
    flux = scene.spec.gitops
    if flux is None:
        return
    manager = _eksa_cluster(scene, kube)
    theirs = objects.text(manager, "spec", "gitOpsRef", "name") if manager else ""
    name = flux.metadata.name
    if theirs != name:
        yield block(
            "Cluster.spec.gitOpsRef",
            f"the management cluster's is {theirs or 'none'}, this cluster's {name}",
            "use the management cluster's FluxConfig, unchanged",
            Owner.SPEC_AUTHOR,
        )
    elif not _ours(scene, kube, flux.KIND, name):
        yield block(
            f"{flux.KIND}/{name}",
            "it differs from the management cluster's FluxConfig of this name",
            f"copy it: kubectl get fluxconfig {name} -n {scene.spec.namespace} -o yaml",
            Owner.SPEC_AUTHOR,
        )


def _identity_providers(scene: Scene, kube: Kube) -> Findings:
    for provider in scene.spec.identity_providers:
        name = provider.metadata.name
        ref = Ref(Kind(kinds.ANYWHERE, provider.KIND), scene.spec.namespace, name)
        live = kube.get(ref) if provider.KIND in UNIQUE_KINDS else None
        if live is not None and not _ours(scene, kube, provider.KIND, name):
            yield block(
                f"{provider.KIND}/{name}",
                "the management cluster has another object of this kind and name",
                "choose another name, here and in identityProviderRefs",
                Owner.SPEC_AUTHOR,
            )


def _definitions(scene: Scene, kube: Kube) -> Findings:
    etcd = (ETCD_DEFINITION,) if scene.spec.etcd is not None else ()
    for name in (*DEFINITIONS, *etcd):
        found = kube.get(Ref(kinds.CRD, "", name))
        if found is None or objects.is_deleting(found):
            yield block(
                f"CustomResourceDefinition {name}",
                f"the management cluster {scene.spec.management_cluster} does not have it",
                "see whether this kubeconfig is of a management cluster; if so, install EKS"
                " Anywhere's components there again (upgrade management-components)",
                Owner.PLATFORM,
            )


def _eksa_cluster(scene: Scene, kube: Kube) -> Manifest | None:
    """Return the management cluster's own object, in whatever namespace it is."""
    name = scene.spec.management_cluster
    found = kube.list(kinds.ANYWHERE_CLUSTER) if _has_kind(kube) else ()
    return next((item for item in found if objects.name(item) == name), None)


def _has_kind(kube: Kube) -> bool:
    return kube.get(Ref(kinds.CRD, "", DEFINITIONS[1])) is not None


def _manager(scene: Scene, kube: Kube) -> Findings:
    name = scene.spec.management_cluster
    manager = _eksa_cluster(scene, kube)
    by = objects.text(manager, "spec", "managementCluster", "name") if manager else ""
    if manager is None:
        said = f"no Cluster {name} there"
    elif by not in ("", name):
        said = f"{name} is itself managed by {by}"
    else:
        return
    yield block(
        "Cluster.spec.managementCluster.name",
        f"{name} is no management cluster: {said}",
        "write the name of a cluster that manages itself, with that cluster's kubeconfig in the"
        f" vault ({names.vault_kubeconfig(name)})",
        Owner.SPEC_AUTHOR,
    )


def _version(scene: Scene, kube: Kube) -> Findings:
    """A management cluster may be newer than what it manages, never older."""
    manager = _eksa_cluster(scene, kube)
    theirs = objects.text(manager, "spec", "eksaVersion") if manager else ""
    ours = scene.bundle.eksa_version or scene.spec.cluster.spec.eksa_version or ""
    theirs_read, ours_read = semver.parse(theirs), semver.parse(ours)
    if theirs_read is not None and ours_read is not None and theirs_read < ours_read:
        yield block(
            f"Cluster/{scene.spec.management_cluster}",
            f"the management cluster is at {theirs}, this cluster would be at {ours}",
            f"upgrade {scene.spec.management_cluster} to {ours} first, or use the release {theirs}",
            Owner.PLATFORM,
        )


def _release(scene: Scene, kube: Kube) -> Findings:
    version = scene.bundle.eksa_version
    if not version:
        return
    ref = eksa_release_ref(version)
    if kube.get(ref) is None:
        yield block(
            f"EKSARelease/{ref.name}",
            f"the management cluster does not know the release {version}",
            f"upgrade the management components of {scene.spec.management_cluster} to {version}",
            Owner.PLATFORM,
        )


def _licence(scene: Scene, kube: Kube) -> Findings:
    """The token itself stays out of every text."""
    token = scene.spec.cluster.spec.license_token
    if not token or not _has_kind(kube):
        return
    for other in kube.list(kinds.ANYWHERE_CLUSTER):
        same = objects.text(other, "spec", "licenseToken") == token
        if same and objects.name(other) != scene.spec.name:
            yield block(
                "Cluster.spec.licenseToken",
                f"the cluster {objects.name(other)} uses the same licence token",
                "get a token of its own for each cluster",
                Owner.SPEC_AUTHOR,
            )
