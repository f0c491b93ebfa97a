"""The generic checks of a create, in EKS Anywhere's order; a provider's own stand beside them.

Decided elsewhere, and not a second time here: what the file alone tells, such as etcdEncryption at
create (`bedplate.spec.create_findings`, shown as the check `specification`); signatures, digests
and licences of bundles (`bedplate.bundles.resolve`); a KinD cluster that somebody else made, and
machines without one (the bootstrap phase). That an earlier kubeconfig exists is no error: creates
are resumed.
"""

from __future__ import annotations

from bedplate.checks.bottlerocket import bottlerocket_kubelet
from bedplate.checks.check import Check
from bedplate.checks.components import component_checks
from bedplate.checks.finding import Findings, block, check
from bedplate.checks.gitops import git_checks, git_path_checks
from bedplate.checks.images import uses_bottlerocket
from bedplate.checks.managed import managed_create_checks
from bedplate.checks.mirror import mirror_checks
from bedplate.checks.mirror_images import mirror_image_checks
from bedplate.checks.networks import cluster_networks, names_resolve, pod_network_size
from bedplate.checks.proxy import proxy_checks
from bedplate.checks.scene import Scene
from bedplate.checks.versions import eksa_version, extended_support
from bedplate.errors import Owner
from bedplate.spec import ClusterSpec, create_findings


def create_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return the checks that every provider's create shares, for a specification."""
    return (
        check("specification", "Specification validated for create", _specification),
        *mirror_checks(spec),
        *mirror_image_checks(spec),
        *git_checks(spec),
        *version_checks(spec),
        *managed_create_checks(spec),
        *git_path_checks(spec),
        check("cluster-networks", "Pod and service networks validated", cluster_networks),
        check("pod-network-size", "Pod network is large enough", pod_network_size),
        check("dns", "Names resolve", names_resolve),
        *proxy_checks(spec),
        *component_checks(spec),
    )


def version_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return the checks of versions and of settings that a version knows."""
    line = "Bottlerocket kubelet settings validated"
    bottlerocket = (check("bottlerocket-kubelet", line, bottlerocket_kubelet),)
    return (
        check("eksa-version", "EKS-A version matches the release", eksa_version),
        check("extended-support", "Kubernetes versions are supported", extended_support),
        *(bottlerocket if uses_bottlerocket(spec) else ()),
    )


def _specification(scene: Scene) -> Findings:
    for finding in create_findings(scene.spec):
        mark = scene.spec.origin.mark(finding.field)
        place = f"{scene.spec.origin.file}:{mark.line}:{mark.column} {finding.field}"
        remedy = f"what is right: {finding.expected}" if finding.expected else "correct the field"
        yield block(place, finding.message, remedy, Owner.SPEC_AUTHOR)
