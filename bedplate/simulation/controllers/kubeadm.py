"""The kubeadm bootstrap controller: the data with which a machine begins or joins a cluster."""

from __future__ import annotations

import base64

from bedplate.simulation.controllers.clusters import is_initialized, is_provisioned
from bedplate.simulation.controllers.context import BOOTSTRAP, CORE, Context
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.controllers.secrets import authority_of, make_data_secret, secret_text
from bedplate.simulation.fields import (
    CONTROL_PLANE,
    Obj,
    controller_uid,
    finalize,
    generation_of,
    is_deleting,
    labels_of,
    look,
    name_of,
    namespace_of,
    place,
    uid_of,
    unfinalize,
)
from bedplate.simulation.vms import Role

FINALIZER = "kubeadmconfig.bootstrap.cluster.x-k8s.io"
NAMESPACE = "capi-kubeadm-bootstrap-system"


def kubeadm_configs(context: Context) -> None:
    """Reconcile every KubeadmConfig."""
    if not context.runs(NAMESPACE, "capi-kubeadm-bootstrap-controller-manager"):
        return
    for config in active(context, BOOTSTRAP, "KubeadmConfig"):
        machine, cluster = owning_machine(context, config), context.cluster_of(config)
        if is_deleting(config):
            unfinalize(config, FINALIZER)
            context.objects.save(config)
        elif machine is not None and cluster is not None:
            _reconcile(context, config, machine, cluster)


def owning_machine(context: Context, obj: Obj) -> Obj | None:
    """Return the Machine that controls a configuration or an infrastructure machine."""
    machine = context.objects.get(CORE, "Machine", namespace_of(obj), name_of(obj))
    return machine if machine is not None and uid_of(machine) == controller_uid(obj) else None


def _reconcile(context: Context, config: Obj, machine: Obj, cluster: Obj) -> None:
    finalize(config, FINALIZER)
    status = place(config, "status")
    status["observedGeneration"] = generation_of(config)
    role = None
    if not status.get("dataSecretName"):
        role = _role(context, machine, cluster)
    authority = authority_of(context, cluster)
    if role is not None and authority and is_provisioned(cluster):
        data = bootstrap_data(role, authority, str(look(machine, "spec", "version") or ""))
        status["dataSecretName"] = make_data_secret(context, config, cluster, data)
    made = bool(status.get("dataSecretName"))
    if made:
        place(status, "initialization")["dataSecretCreated"] = True
    context.mark(config, "DataSecretAvailable", made)
    context.mark(config, "Ready", made)
    context.objects.save(config)


def _role(context: Context, machine: Obj, cluster: Obj) -> Role | None:
    """Return what the machine is to do, or None while it must wait for the first one."""
    control_plane = CONTROL_PLANE in labels_of(machine)
    if is_initialized(cluster):
        return Role.JOIN if control_plane else Role.WORKER
    if not control_plane or _is_begun(context, cluster):
        return None
    return Role.INIT


def _is_begun(context: Context, cluster: Obj) -> bool:
    """Only one machine may begin a cluster."""
    return any(
        look(other, "status", "dataSecretName") and context.cluster_of(other) is cluster
        for other in context.objects.of(BOOTSTRAP, "KubeadmConfig")
    )


def bootstrap_data(role: Role, authority: str, version: str = "") -> str:
    """Return the text that a machine finds at its first boot."""
    line = base64.b64encode(authority.encode()).decode()
    return f"#cloud-config\n# role: {role}\n# authority: {line}\n# version: {version}\n"


def read_bootstrap_data(secret: Obj) -> tuple[Role, str, str] | None:
    """Return role, authority and Kubernetes version from a Secret with bootstrap data, or None."""
    lines = dict(
        line.removeprefix("# ").split(": ", 1)
        for line in secret_text(secret, "value").splitlines()
        if ": " in line
    )
    if "role" not in lines:
        return None
    authority = base64.b64decode(lines.get("authority", "")).decode()
    return Role(lines["role"]), authority, lines.get("version", "")
