"""Brings a cluster up by hand, in the order that the phases do."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from bedplate.capi.blueprint import Blueprint, TemplateNames
from bedplate.ports.components import Component
from bedplate.ports.kube import Kind, Reach, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.simulation import SimulatedSite
from bedplate.spec import ClusterSpec

CORE = "cluster.x-k8s.io/v1beta2"
VSPHERE = "infrastructure.cluster.x-k8s.io/v1beta1"
CLUSTER = Kind(CORE, "Cluster")
MACHINE = Kind(CORE, "Machine")
MACHINE_SET = Kind(CORE, "MachineSet")
MACHINE_DEPLOYMENT = Kind(CORE, "MachineDeployment")
CONTROL_PLANE = Kind("controlplane.cluster.x-k8s.io/v1beta2", "KubeadmControlPlane")
KUBEADM_CONFIG = Kind("bootstrap.cluster.x-k8s.io/v1beta2", "KubeadmConfig")
ETCD = Kind("etcdcluster.cluster.x-k8s.io/v1beta1", "EtcdadmCluster")
VSPHERE_CLUSTER = Kind(VSPHERE, "VSphereCluster")
VSPHERE_MACHINE = Kind(VSPHERE, "VSphereMachine")
VSPHERE_VM = Kind(VSPHERE, "VSphereVM")
NODE = Kind("v1", "Node")
SECRET = Kind("v1", "Secret")
DEPLOYMENT = Kind("apps/v1", "Deployment")
NAMESPACE = "eksa-system"
PROVIDERS = (
    Component.CERT_MANAGER,
    Component.CLUSTER_API,
    Component.KUBEADM_BOOTSTRAP,
    Component.KUBEADM_CONTROL_PLANE,
    Component.ETCDADM_BOOTSTRAP,
    Component.ETCDADM_CONTROLLER,
    Component.VSPHERE,
)


class NoNotes:
    """Notes for code that only reads what the vault holds."""

    def find(self, name):
        return None

    def note(self, name, value):
        raise AssertionError("nothing is noted here")

    def choose(self, name, make):
        return make()

    def earlier(self, step, name):
        return ()

    def others(self, key):
        return {}


class Yard:
    def __init__(self, site: SimulatedSite, spec: ClusterSpec) -> None:
        self.site = site
        self.spec = spec
        self.world = site.world
        self.ports = site.open(spec)
        self.kind_name = f"{spec.name}-eks-a-cluster"
        self.bootstrap: Any = self.ports.kube[Side.BOOTSTRAP]
        self.cluster: Any = self.ports.kube[Side.CLUSTER]

    # -- steps -----------------------------------------------------------------------------------

    def grow(self) -> None:
        """Bring the whole cluster up, still managed by the bootstrap cluster."""
        self.bring_bootstrap()
        self.install(self.bootstrap, *PROVIDERS)
        self.order()
        self.until(lambda: self.take_kubeconfig() and self.cluster.reach() is Reach.ANSWERS)
        self.install(self.cluster, Component.CILIUM)
        self.order_workers()
        self.until(self.is_grown)

    def bring_bootstrap(self) -> None:
        self.ports.bootstrap.create(self.kind_name, {})
        self.until(lambda: self.bootstrap.reach() is Reach.ANSWERS)
        self.apply(self.bootstrap, namespace(NAMESPACE))

    def install(self, kube: Any, *components: Component) -> None:
        deployed = []
        for component in components:
            for manifest in self.ports.components.release(component).manifests:
                self.apply(kube, manifest)
                if manifest["kind"] == "Deployment":
                    deployed.append(ref_of(manifest))
        self.until(lambda: all(is_available(kube.get(ref)) for ref in deployed))

    def tools(self) -> Tools:
        return Tools(self.spec, self.site.bundle(self.spec), self.ports, NoNotes(), print)

    def blueprint(self) -> Blueprint:
        return Blueprint(
            self.spec,
            self.site.bundle(self.spec),
            TemplateNames.first(self.spec),
            ssh_key="ssh-rsa AAAA",
            secrets=provider_of(self.spec).render_secrets(self.tools()),
        )

    def order(self) -> None:
        tools, provider = self.tools(), provider_of(self.spec)
        for folder in provider.folders(self.spec):
            self.ports.vcenter.create_folder(folder)
        for manifest in provider.credentials(tools):
            self.apply(self.bootstrap, manifest)
        for manifest in provider.control_plane(self.blueprint()):
            self.apply(self.bootstrap, manifest)

    def order_workers(self) -> None:
        for manifest in provider_of(self.spec).workers(self.blueprint()):
            self.apply(self.bootstrap, manifest)

    def take_kubeconfig(self) -> bool:
        found = self.bootstrap.get(Ref(SECRET, NAMESPACE, f"{self.spec.name}-kubeconfig"))
        if found is None:
            return False
        text = base64.b64decode(found["data"]["value"]).decode()
        self.ports.vault.put(f"{self.spec.name}/kubeconfig", text)
        return True

    # -- looking ---------------------------------------------------------------------------------

    def until(self, ready: Callable[[], object], seconds: float = 1800, poll: float = 5) -> float:
        """Let time pass until something is so; returns how many seconds it took."""
        begun = self.ports.clock.now()
        while not ready():
            assert self.ports.clock.now() - begun < seconds, "waited too long"
            self.ports.clock.sleep(poll)
        return self.ports.clock.now() - begun

    def sleep(self, seconds: float) -> None:
        self.ports.clock.sleep(seconds)

    def apply(self, kube: Any, manifest: Any) -> Any:
        return kube.apply(ref_of(manifest), manifest)

    def get(self, kind: Kind, name: str, kube: Any = None) -> Any:
        return (kube or self.bootstrap).get(Ref(kind, NAMESPACE, name))

    def machines(self, kube: Any = None, **labels: str) -> list[Any]:
        found = (kube or self.bootstrap).list(MACHINE, NAMESPACE)
        wanted = {f"cluster.x-k8s.io/{name.replace('_', '-')}": v for name, v in labels.items()}
        return [m for m in found if wanted.items() <= m["metadata"]["labels"].items()]

    def wanted_machines(self) -> int:
        etcd = self.spec.etcd.count if self.spec.etcd else 0
        return self.spec.control_plane.count + etcd + sum(g.replicas for g in self.spec.workers)

    def is_grown(self) -> bool:
        nodes = [node for node in self.cluster.list(NODE) if condition(node, "Ready") == "True"]
        etcd = self.spec.etcd.count if self.spec.etcd else 0
        cluster = self.get(CLUSTER, self.spec.name)
        available = condition(cluster, "Available") == "True"
        return available and len(nodes) == self.wanted_machines() - etcd

    def made(self) -> list[str]:
        return [event.name for event in self.world.vm_events() if event.event == "made"]

    def destroyed(self) -> list[str]:
        return [event.name for event in self.world.vm_events() if event.event == "destroyed"]


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def ref_of(manifest: Any) -> Ref:
    metadata = manifest["metadata"]
    kind = Kind(manifest["apiVersion"], manifest["kind"])
    return Ref(kind, metadata.get("namespace", ""), metadata["name"])


def condition(obj: Any, kind: str) -> str | None:
    """Return the status of a condition, the newer ones first."""
    status = obj.get("status", {})
    newer = status.get("v1beta2", {}).get("conditions", [])
    found = [*newer, *status.get("conditions", [])]
    return next((one["status"] for one in found if one["type"] == kind), None)


def is_available(deployment: Any) -> bool:
    wanted = deployment["spec"]["replicas"]
    return bool(deployment.get("status", {}).get("availableReplicas") == wanted)
