"""The lab's machines as images: KinD's node, and the guest that stands for a virtual machine.

Both are the same Debian with the same Kubernetes; they differ in the images that they hold,
unpacked, so that nothing is pulled or unpacked when a machine starts.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.archives import Layer, Put, Recipe, layer, layer_of_folder, write
from lab.engine import Engine
from lab.images import Images, KubernetesPart, Part
from lab.programs import Programs
from lab.roots import MACHINE
from lab.versions import Kubernetes

FILES = Path(__file__).parent / "node" / "files"
PREPARE = Path(__file__).parent / "node" / "prepare"
SECONDS = 900.0
KEPT = "bedplate-lab/kept"
UNITS = "/etc/systemd/system"
WANTED = f"{UNITS}/multi-user.target.wants"

# systemd's own, which would look for hardware, terminals and kernel modules that are the host's.
MASKED = (
    "systemd-binfmt.service",
    "systemd-udevd.service",
    "systemd-modules-load.service",
    "systemd-logind.service",
    "getty.target",
    "console-getty.service",
    "e2scrub_reap.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "fstrim.timer",
)
CLOUD_INIT = (
    "cloud-init-main",
    "cloud-init-local",
    "cloud-init-network",
    "cloud-config",
    "cloud-final",
)
PASSED_ON = "\n".join(
    [
        "[Service]",
        "PassEnvironment=VMX_GUESTINFO VMX_GUESTINFO_METADATA VMX_GUESTINFO_METADATA_ENCODING"
        " VMX_GUESTINFO_USERDATA VMX_GUESTINFO_USERDATA_ENCODING VMX_GUESTINFO_VENDORDATA",
        "",
    ]
)

OF_KUBERNETES = (
    KubernetesPart.API_SERVER,
    KubernetesPart.CONTROLLER_MANAGER,
    KubernetesPart.SCHEDULER,
    KubernetesPart.PROXY,
    KubernetesPart.PAUSE,
    KubernetesPart.COREDNS,
    KubernetesPart.ETCD,
)
OF_MANAGEMENT = (
    Part.CERT_MANAGER_CAINJECTOR,
    Part.CERT_MANAGER_CONTROLLER,
    Part.CERT_MANAGER_WEBHOOK,
    Part.CLUSTER_API,
    Part.KUBEADM_BOOTSTRAP,
    Part.KUBEADM_CONTROL_PLANE,
    Part.CLUSTER_API_VSPHERE,
)
OF_OTHERS = (KubernetesPart.PROXY, KubernetesPart.COREDNS, KubernetesPart.CLOUD_PROVIDER)
"""What a guest also has of other versions: in an upgrade they run on machines of either version.

A machine that joins is told the CoreDNS of before, and kubeadm wants its image.
"""
OF_GUESTS = (Part.KUBE_VIP, Part.CILIUM, Part.CILIUM_OPERATOR, Part.EKSA_CONTROLLER)


@dataclass(frozen=True, slots=True)
class Machine:
    """An image of a machine: its name, whether it is KinD's node, and the images that it holds."""

    name: str
    is_bootstrap: bool
    holds: tuple[str, ...]

    def settings(self, pause: str, version: str) -> Iterator[tuple[str, str]]:
        """Yield the files whose text depends on the machine."""
        text = (FILES / "etc/containerd/config.toml").read_text()
        yield "/etc/containerd/config.toml", text.replace("@PAUSE@", pause)
        yield "/kind/version", version
        if self.is_bootstrap:
            # KinD applies a manifest of its network; this node's is in the image already.
            yield "/kind/manifests/default-cni.yaml", NETWORK_MANIFEST
            yield "/etc/cni/net.d/10-lab.conflist", (FILES / "kind/conflist").read_text()
            yield "/etc/cloud/cloud-init.disabled", ""
        else:
            for unit in CLOUD_INIT:
                yield f"{UNITS}/{unit}.service.d/lab.conf", PASSED_ON
            yield f"{UNITS}/cloud-final.service.d/after.conf", "[Unit]\nAfter=containerd.service\n"


NETWORK_MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: lab-network, namespace: kube-system}
data: {network: /etc/cni/net.d/10-lab.conflist in the node image}
"""


def machines(
    images: Images, release: Kubernetes, others: Sequence[Kubernetes] = ()
) -> tuple[Machine, Machine]:
    """Return KinD's node and the guest of a Kubernetes version.

    Nothing is pulled, so a guest also has what it may need of other versions.
    """
    common = (
        *(images.of_kubernetes(part, release) for part in OF_KUBERNETES),
        *(images.name(part) for part in OF_MANAGEMENT),
    )
    guests = (
        *(images.name(part) for part in OF_GUESTS),
        images.of_kubernetes(KubernetesPart.CLOUD_PROVIDER, release),
        *(images.of_kubernetes(part, other) for other in others for part in OF_OTHERS),
    )
    node = images.of_kubernetes(KubernetesPart.KIND_NODE, release)
    return Machine(node, True, common), Machine(guest(release), False, (*common, *guests))


def guest(release: Kubernetes) -> str:
    """Return the name of the image that virtual machines of a Kubernetes version are made from."""
    return f"bedplate-lab/guest:{release.patch}"


def _programs(release: Kubernetes) -> Mapping[str, str]:
    """Return what a machine has in /usr/bin, and what the lab calls it."""
    own = {name: release.program(name) for name in ("kubeadm", "kubelet")}
    return {**own, "kubectl": "kubectl"}


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes the machines' images and gives them to the lab's engine."""

    engine: Engine
    programs: Programs
    images: Images
    say: Callable[[str], None]

    def build(self, machine: Machine, release: Kubernetes, archives: Sequence[Path]) -> None:
        """Make an image unless it is there; `archives` are those of the images that it holds."""
        pause = self.images.of_kubernetes(KubernetesPart.PAUSE, release)
        key = self._key(machine, pause, release, archives)
        tagged = f"{KEPT}:{key}"
        if not self.engine.has_image(tagged):
            self.say(f"making machine image {machine.name}")
            cache = self.engine.places.cache
            with tempfile.TemporaryDirectory(dir=cache, prefix=".machine-") as folder:
                self._make(Path(folder), machine, (tagged, pause, release), archives)
        self.engine.docker("tag", tagged, machine.name)

    def forget_former(self) -> None:
        """Remove images that a newer one of the same machine has replaced, unless one runs."""
        rows = self.engine.docker("images", "--format", "{{.ID}} {{.Repository}} {{.Tag}}")
        found = [line.split() for line in rows.splitlines()]
        # A machine whose image has lost its name since is listed with the image's id.
        running = self.engine.docker("ps", "--all", "--format", "{{.Image}}").split()
        wanted = {image for image, repository, _ in found if repository != KEPT} | set(running)
        for image, repository, tag in found:
            if repository == KEPT and image not in wanted:
                self.engine.docker("rmi", f"{KEPT}:{tag}")

    def _make(
        self,
        folder: Path,
        machine: Machine,
        named: tuple[str, str, Kubernetes],
        archives: Sequence[Path],
    ) -> None:
        tagged, pause, release = named
        root = Layer.of(MACHINE.archive(self.engine.places.cache, self.say))
        own = self._own_layer(folder, machine, pause, release)
        unfinished = Recipe("bedplate-lab/unfinished:new", (root, own))
        write(folder / "unfinished.tar", unfinished)
        self.engine.docker("load", "--input", folder / "unfinished.tar", timeout=SECONDS)
        (folder / "unfinished.tar").unlink()
        held = self._unpack(folder, unfinished.name, archives)
        finished = Recipe(
            tagged,
            (root, own, held),
            entrypoint=("/usr/local/bin/entrypoint", "/sbin/init"),
            stop_signal="SIGRTMIN+3",
            variables=("container=docker",),
        )
        write(folder / "finished.tar", finished)
        self.engine.docker("load", "--input", folder / "finished.tar", timeout=SECONDS)
        self.engine.docker("rmi", "--force", unfinished.name)

    def _own_layer(self, folder: Path, machine: Machine, pause: str, release: Kubernetes) -> Layer:
        settings = dict(machine.settings(pause, release.tag))
        puts = [
            Put(path, target, 0o755 if os.access(path, os.X_OK) else 0o644)
            for path in sorted(FILES.rglob("*"))
            if path.is_file() and (target := f"/{path.relative_to(FILES)}") not in settings
        ]
        puts += [
            Put(self.programs[program], f"/usr/bin/{name}")
            for name, program in _programs(release).items()
        ]
        for number, (target, text) in enumerate(settings.items()):
            made = folder / f"setting-{number}"
            made.write_text(text)
            puts.append(Put(made, target, 0o644))
        links = [
            ("/opt/cni/bin", "/usr/lib/cni"),
            *((f"{UNITS}/{name}", "/dev/null") for name in MASKED),
            *(
                (f"{WANTED}/{name}", f"{UNITS}/{name}")
                for name in ("containerd.service", "kubelet.service", "lab-cgroups.service")
            ),
        ]
        if machine.is_bootstrap:
            links.append((f"{UNITS}/ssh.service", "/dev/null"))  # nobody enters it by SSH
        else:
            links.append((f"{WANTED}/lab-cilium.service", f"{UNITS}/lab-cilium.service"))
        return layer(folder / "own.tar", puts, links)

    def _unpack(self, folder: Path, image: str, archives: Sequence[Path]) -> Layer:
        """Return a layer of the state of a containerd that has unpacked the archives."""
        state, shown = folder / "held", folder / "archives"
        state.mkdir()
        shown.mkdir()
        for number, archive in enumerate(archives):
            os.link(archive, shown / f"{number:02}.tar")
        self.engine.docker(
            "run",
            "--rm",
            "--privileged",
            "--network=none",
            f"--volume={state}:/made",
            f"--volume={shown}:/archives:ro",
            f"--volume={PREPARE}:/prepare:ro",
            "--entrypoint=/prepare",
            image,
            timeout=SECONDS,
        )
        made = layer_of_folder(folder / "held.tar", state)
        shutil.rmtree(state)
        return made

    def _key(
        self, machine: Machine, pause: str, release: Kubernetes, archives: Sequence[Path]
    ) -> str:
        digest = hashlib.sha256(MACHINE.archive(self.engine.places.cache).name.encode())
        for target, text in machine.settings(pause, release.tag):
            digest.update(f"{target}\0{text}\0".encode())
        for path in (PREPARE, *sorted(FILES.rglob("*"))):
            if path.is_file():
                digest.update(path.read_bytes())
        for program in _programs(release).values():
            digest.update(self.programs[program].resolve().name.encode())
        for archive in archives:
            digest.update(archive.name.encode())
        digest.update(Path(__file__).read_bytes())
        return digest.hexdigest()[:20]
