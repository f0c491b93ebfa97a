"""Components that only some specifications ask for, and that not every bundle brings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bedplate.checks.check import Check
from bedplate.checks.finding import Findings, block, check, warn
from bedplate.checks.scene import Scene
from bedplate.errors import PermanentError
from bedplate.ports.components import BUNDLE_MISSING, Component
from bedplate.spec import ClusterSpec

_LINES = {
    Component.VSPHERE_CSI: ("storage-driver", "Storage driver is in the bundle"),
    Component.FLUX: ("flux", "Flux is in the bundle"),
    Component.PACKAGES: ("packages", "Curated packages controller is in the bundle"),
}

# Without the others there is a cluster all the same: EKS Anywhere, too, only warns of packages.
_NEEDED = frozenset({Component.FLUX})


def component_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return a check for each component that a specification may leave out and does not."""
    return tuple(check(*_LINES[one], _is_there(one)) for one in _asked_for(spec))


def storage_policy(spec: ClusterSpec) -> str:
    """Return the storage policy that the machine configurations name, the first by name."""
    configs = [config for _, config in sorted(spec.vsphere_machines.items())]
    return next((c.spec.storage_policy_name for c in configs if c.spec.storage_policy_name), "")


def packages_disabled(spec: ClusterSpec) -> bool:
    """Say whether the specification asks for no curated packages."""
    packages = spec.cluster.spec.packages
    return packages is not None and bool(packages.disable)


def _asked_for(spec: ClusterSpec) -> Iterator[Component]:
    if storage_policy(spec):
        yield Component.VSPHERE_CSI
    if spec.gitops is not None:
        yield Component.FLUX
    if not packages_disabled(spec):
        yield Component.PACKAGES


def _is_there(component: Component) -> Callable[[Scene], Findings]:
    def look(scene: Scene) -> Findings:
        if scene.components is None:
            return
        try:
            scene.components.release(component)
        except PermanentError as error:
            say = block if component in _NEEDED or error.code != BUNDLE_MISSING else warn
            yield say(component.value, error.seen, error.remedy, error.owner)

    return look
