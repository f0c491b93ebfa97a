"""The Docker engine that the bootstrap cluster runs on, and the machine below it.

Our bootstrap cluster takes no fixed port: KinD puts its API server on a free one. Only bare metal
serves machines that boot, from the administrative machine, on ports that must be free.
"""

from __future__ import annotations

from collections.abc import Callable

from bedplate.checks.check import Check
from bedplate.checks.finding import Findings, block, check, warn
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.host import HostFacts
from bedplate.spec import ClusterSpec, DockerDatacenterConfig
from bedplate.spec.rules.text import version

TARGET = "Docker engine"

OLDEST_ENGINE = 20
LITTLE_MEMORY_BYTES = 6_200_000_000  # EKS Anywhere's number
MIB = 2**20
LEAST_DISK_GIB, GOOD_DISK_GIB = 10, 30
"""The node image and what it pulls take about 10 GiB; EKS Anywhere's documents ask for 30."""

LAYERED = frozenset({"overlay2", "overlayfs", "btrfs", "zfs", "fuse-overlayfs", "stargz"})
INOTIFY = {"fs.inotify.max_user_watches": 524_288, "fs.inotify.max_user_instances": 512}
LEAST_CONNTRACK, CONNTRACK_PER_CPU = 131_072, 32_768  # kube-proxy's own defaults
FULL = 0.9

CGROUP_V1_AGES, CGROUP_V1_ENDS = (1, 31), (1, 35)
"""From the first the kubelet only tolerates version 1, from the second it refuses it by itself."""

BOOT_PORTS = {"TinkerbellDatacenterConfig": (80, 42113, 50061)}

OnHost = Callable[[Scene], Findings]


def host_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return the checks of the Docker engine for a specification."""
    rows: list[tuple[str, str, OnHost]] = [
        ("docker-version", "Docker version validated", _version),
        ("docker-memory", "Docker memory validated", _memory),
        ("docker-cgroups", "Control groups validated", _cgroups),
        ("docker-storage", "Docker storage driver validated", _storage),
        ("docker-disk", "Free disk space validated", _disk),
        ("docker-inotify", "Kernel limits validated", _inotify),
        ("docker-conntrack", "Connection tracking validated", _conntrack),
    ]
    if host_ports(spec):
        rows.append(("docker-ports", "Ports of the administrative machine are free", _ports))
    return tuple(check(name, line, look) for name, line, look in rows)


def host_ports(spec: ClusterSpec) -> tuple[int, ...]:
    """Return the TCP ports that the bootstrap cluster of this provider takes on its host."""
    return BOOT_PORTS.get(spec.provider_kind, ())


def _facts(scene: Scene) -> HostFacts:
    return scene.engine(host_ports(scene.spec))


def _version(scene: Scene) -> Findings:
    facts = _facts(scene)
    major = facts.version.partition(".")[0]
    if not major.isdecimal() or int(major) < OLDEST_ENGINE:
        yield block(
            TARGET,
            f"its version is {facts.version or 'not told'}, {OLDEST_ENGINE} is the oldest that"
            " works",
            "install a newer one: https://docs.docker.com/engine/install/",
            Owner.PLATFORM,
        )


def _memory(scene: Scene) -> Findings:
    facts = _facts(scene)
    if facts.memory_mib * MIB < LITTLE_MEMORY_BYTES:
        yield warn(
            TARGET,
            f"it has {facts.memory_mib} MiB of memory, {LITTLE_MEMORY_BYTES / 1e9:.1f} GB are"
            " recommended",
            "give the machine more, or in Docker Desktop: Settings, Resources, Memory",
            Owner.PLATFORM,
        )


def _cgroups(scene: Scene) -> Findings:
    facts = _facts(scene)
    wanted = version(scene.spec.kubernetes_version) or (0, 0)
    if facts.cgroup_driver == "none":
        yield block(
            TARGET,
            "it cannot limit what a container takes (cgroup driver none), so no kubelet starts",
            "rootless Docker needs control groups version 2 and systemd's delegation:"
            " https://kind.sigs.k8s.io/docs/user/rootless/",
            Owner.PLATFORM,
        )
    if facts.cgroup_version >= 2 or wanted < CGROUP_V1_AGES:
        return
    refused = wanted >= CGROUP_V1_ENDS
    tell = block if refused else warn
    yield tell(
        TARGET,
        "its host has control groups version 1; the kubelet of Kubernetes"
        f" {scene.spec.kubernetes_version} "
        + (
            "does not start there unless failCgroupV1 is false"
            if refused
            else "starts there only as long as failCgroupV1 is false"
        ),
        "boot the host with version 2: add systemd.unified_cgroup_hierarchy=1 to"
        " GRUB_CMDLINE_LINUX in /etc/default/grub, update-grub, reboot",
        Owner.PLATFORM,
    )


def _storage(scene: Scene) -> Findings:
    facts = _facts(scene)
    if facts.storage_driver not in LAYERED:
        yield warn(
            TARGET,
            f"its storage driver {facts.storage_driver} copies whole layers or is no longer"
            " maintained: slow, and short of disk soon",
            'set "storage-driver": "overlay2" in /etc/docker/daemon.json and restart Docker;'
            " images have to be pulled again",
            Owner.PLATFORM,
        )


def _disk(scene: Scene) -> Findings:
    facts = _facts(scene)
    free = facts.disk_free_gib
    remedy = "docker system prune --all, or give Docker's folder more space"
    if free is None:
        yield warn(
            TARGET,
            "how much of its disk is free cannot be seen from here",
            f"on its host: df -h /var/lib/docker; {GOOD_DISK_GIB} GiB are good",
            Owner.PLATFORM,
        )
    elif free < LEAST_DISK_GIB:
        seen = f"{free:.1f} GiB of its disk are free, {LEAST_DISK_GIB} are needed"
        yield block(TARGET, seen, remedy, Owner.PLATFORM)
    elif free < GOOD_DISK_GIB:
        seen = f"{free:.1f} GiB of its disk are free, {GOOD_DISK_GIB} are recommended"
        yield warn(TARGET, seen, remedy, Owner.PLATFORM)


def _inotify(scene: Scene) -> Findings:
    """One node mostly starts with less; a Docker cluster of several does not."""
    facts = _facts(scene)
    tell = block if scene.spec.provider_kind == DockerDatacenterConfig.KIND else warn
    for name, wanted in INOTIFY.items():
        limit = facts.sysctls.get(name)
        if limit is not None and limit < wanted:
            yield tell(
                TARGET,
                f"{name} is {limit}, less than {wanted}: containers may end with 'too many open"
                " files'",
                _sysctl(name, wanted),
                Owner.PLATFORM,
            )


def _conntrack(scene: Scene) -> Findings:
    """The kube-proxy of a node that is a container cannot raise the limit, and ends without it."""
    facts = _facts(scene)
    name = "net.netfilter.nf_conntrack_max"
    limit = facts.sysctls.get(name)
    used = facts.sysctls.get("net.netfilter.nf_conntrack_count", 0)
    wanted = max(LEAST_CONNTRACK, CONNTRACK_PER_CPU * facts.cpus)
    if limit is None:
        return
    if limit < wanted:
        tell = block if scene.spec.provider_kind == DockerDatacenterConfig.KIND else warn
        seen = f"{name} is {limit}; kube-proxy wants {wanted} with {facts.cpus} processors"
        yield tell(TARGET, seen, _sysctl(name, wanted), Owner.PLATFORM)
    elif used >= limit * FULL:
        seen = (
            f"{used} of {limit} connections ({name}) are in use: when none is left, new ones drop"
        )
        yield warn(TARGET, seen, _sysctl(name, 2 * limit), Owner.PLATFORM)


def _ports(scene: Scene) -> Findings:
    facts = _facts(scene)
    for port in facts.busy_ports:
        yield block(
            f"tcp {port}",
            "something listens on this port of the administrative machine, which machines boot"
            " from",
            f"ss -ltnp 'sport = :{port}' and docker ps --filter publish={port} show what; stop it",
            Owner.PLATFORM,
        )


def _sysctl(name: str, value: int) -> str:
    file = "/etc/sysctl.d/99-bedplate.conf"
    return f"sysctl -w {name}={value}; to keep it: echo '{name} = {value}' >> {file}"
