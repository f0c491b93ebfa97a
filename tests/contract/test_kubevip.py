"""The stand-in for kube-vip on two nodes, each a network namespace, with a real API server."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bedplate.capi.rendering import files
from tests.standins import built, eventually, program, skip_loudly

ADDRESS = "198.18.0.10"
QUICK = {"vip_leaseduration": "4", "vip_renewdeadline": "3", "vip_retryperiod": "1"}
RELAY = Path(__file__).parent / "relay.py"


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Node:
    """A node: its network namespace, and how kube-vip is started on it."""

    name: str
    space: str
    mac: str
    command: list[str]
    environment: dict[str, str]
    log: Path

    @property
    def holds(self):
        return f"{ADDRESS}/32" in ip("-n", self.space, "-o", "addr", "show", "dev", "eth0")

    def start(self):
        words = ["ip", "netns", "exec", self.space, *self.command]
        return program(words, self.log, env=self.environment)


@dataclass(frozen=True)
class Network:
    """Two nodes on one switch, and a machine beside them."""

    nodes: tuple[Node, ...]
    beside: str

    def neighbour(self):
        """Ask for the address from beside; return the hardware address that answers for it."""
        asking = (
            f"import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ({ADDRESS!r}, 9))"
        )
        words = ["ip", "netns", "exec", self.beside, sys.executable, "-c", asking]
        subprocess.run(words, check=True, timeout=30)
        seen = ip("-n", self.beside, "neigh", "show", ADDRESS)
        found = re.search(r"lladdr (\S+)", seen)
        return found[1] if found else seen


def namespace(stack, name):
    ip("netns", "add", name)
    stack.callback(ip, "netns", "del", name)
    ip("-n", name, "link", "set", "lo", "up")


def plug(switch, space, number):
    """Connect a namespace with the switch; return its hardware address."""
    port = f"port{number}"
    ip("-n", switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
    ip("-n", switch, "link", "set", port, "master", "bridge", "up")
    ip("-n", space, "addr", "add", f"198.18.0.{number}/24", "dev", "eth0")
    ip("-n", space, "link", "set", "eth0", "up")
    ip("-n", space, "route", "add", "default", "via", "198.18.0.254")
    shown = ip("-n", space, "-o", "link", "show", "eth0")
    return re.findall(r"link/ether (\S+)", shown)[0]


@pytest.fixture
def network(apiserver_process, tmp_path):
    """Give two nodes with an API server at 127.0.0.1:6443 in each."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        skip_loudly("network namespaces need root and the program ip")
    program_built = built("kubevip")
    kubeconfig = yaml.safe_load(apiserver_process.kubeconfig)
    (cluster,) = kubeconfig["clusters"]
    port = cluster["cluster"]["server"].rpartition(":")[2]
    # What a kubeconfig of kubeadm says: the address that nobody holds yet.
    cluster["cluster"]["server"] = f"https://{ADDRESS}:6443"
    (tmp_path / "admin.conf").write_text(yaml.safe_dump(kubeconfig))
    (container,) = pod()["spec"]["containers"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    lease = {"vip_leasename": f"lock-{os.getpid()}-{tmp_path.name}".replace("_", "-")}
    command = [program_built, *container["args"], "-k8sConfigPath", tmp_path / "admin.conf"]
    with ExitStack() as stack:
        mine = f"bedplate-{os.getpid()}"
        names = [f"{mine}-{name}" for name in ("switch", "beside", "a", "b")]
        for name in names:
            namespace(stack, name)
        switch, beside, *spaces = names
        ip("-n", switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", switch, "link", "set", "bridge", "up")
        plug(switch, beside, 1)
        relayed = tmp_path / "api"
        relay(stack, tmp_path, [], relayed, port)
        nodes = []
        for number, space in enumerate(spaces, 2):
            mac = plug(switch, space, number)
            relay(stack, tmp_path, ["ip", "netns", "exec", space], "6443", relayed)
            own = {**os.environ, **environment, **QUICK, **lease, "vip_nodename": space}
            nodes.append(Node(space, space, mac, command, own, tmp_path / f"{space}.log"))
        yield Network(tuple(nodes), beside)


def relay(stack, folder, inside, source, target):
    words = [*inside, sys.executable, RELAY, source, target]
    stack.enter_context(program(words, folder / "relay.log"))


def pod():
    """Return the static pod that EKS Anywhere's rendering puts on a node."""
    file = files.kube_vip(ADDRESS, "kube-vip", "/etc/kubernetes/admin.conf")
    return yaml.safe_load(str(file["content"]))


def test_one_node_holds_the_address_and_the_other_takes_it_over_when_that_dies(network):
    first, second = network.nodes
    with first.start() as dying:
        eventually(lambda: first.holds, first.log)
        eventually(lambda: network.neighbour() == first.mac)
        with second.start():
            eventually(lambda: "leads" in second.log.read_text(), second.log)
            assert not second.holds

            dying.kill()
            eventually(lambda: second.holds, second.log)
            # The dead one's interface has it still, so the neighbours must hear of the new place.
            assert first.holds
            eventually(lambda: network.neighbour() == second.mac)

            with first.start():
                eventually(lambda: not first.holds, first.log)
                assert second.holds


def test_a_clean_end_takes_the_address_off_and_hands_it_over(network):
    first, second = network.nodes
    with first.start() as ending:
        eventually(lambda: first.holds, first.log)
        with second.start():
            eventually(lambda: "leads" in second.log.read_text(), second.log)

            ending.send_signal(signal.SIGTERM)

            assert ending.wait(timeout=60) == 0
            assert not first.holds
            eventually(lambda: second.holds, second.log)


def test_what_it_cannot_do_is_refused(network):
    node = network.nodes[0]
    with program(
        ["ip", "netns", "exec", node.space, *node.command],
        node.log,
        env={**node.environment, "vip_arp": "false"},
    ) as refusing:
        assert refusing.wait(timeout=60) == 1
    assert "vip_arp is not true" in node.log.read_text()
