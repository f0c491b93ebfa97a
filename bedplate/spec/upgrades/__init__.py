"""What an upgrade from one specification to another breaks: one table of rules about both.

The rules are those of EKS Anywhere's webhooks and of its preflight of an upgrade, as far as two
files tell. A rule is a pure function from the old and the new specification to findings.
"""

from __future__ import annotations

from bedplate.errors import Problem
from bedplate.spec.changes import immutable_changes
from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.upgrades import bare_metal, others, versions

UPGRADE_RULES = (
    versions.kubernetes_version,
    versions.worker_versions,
    versions.worker_skew,
    versions.eksa_version,
    others.cilium_stays_left_alone,
    others.cloudstack_zones,
    bare_metal.labels_and_taints,
    bare_metal.no_scaling_with_an_upgrade,
)


def upgrade_findings(old: ClusterSpec, new: ClusterSpec) -> tuple[Problem, ...]:
    """Return every rule that an upgrade breaks, with its place in the new text, in its order.

    Only the specifications are looked at: whether a cluster with the old one is healthy, and which
    versions its management cluster and a bundle know, is for the preflight of the upgrade.
    """
    problems = list(immutable_changes(old, new))
    for rule in UPGRADE_RULES:
        for finding in rule(old, new):
            mark = new.origin.mark(finding.field)
            place = (new.origin.file, mark.line, mark.column)
            problems.append(Problem(*place, finding.field, finding.message, finding.expected))
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda problem: (problem.line, problem.column, problem.field)))
