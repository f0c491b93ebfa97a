"""Snapshots of a real etcd with kubeadm's way of certificates, through a forwarded port."""

import contextlib
import socket
import ssl
import subprocess

import pytest

from bedplate.adapters.kubernetes.etcd import require_whole
from bedplate.adapters.kubernetes.etcd_client import (
    Authority,
    EtcdAnswerError,
    encrypted,
    save_snapshot,
)
from bedplate.adapters.kubernetes.forwarding import forwarded
from lab.authority import Authority as Signer
from lab.places import places
from lab.ports import free_port
from tests.unit.adapters.test_forwarding import POD, api_server, kubeconfig, relay_to

SECONDS = 30.0


def authority_in(folder):
    signer = Signer.of(folder)
    return signer, Authority(signer.files.certificate.read_bytes(), signer.files.key.read_bytes())


@pytest.fixture
def etcd(tmp_path):
    """A port where etcd listens, and the authority that it and its clients are signed by."""
    program = places().program("etcd")
    if not program.exists():
        pytest.skip("there is no etcd: build the lab's programs with ./run lab build")
    signer, authority = authority_in(tmp_path / "pki")
    leaf = signer.leaf("etcd", ["localhost", "127.0.0.1"])
    client, peer = (f"{{}}://127.0.0.1:{free_port()}" for _ in range(2))
    words = (
        program,
        f"--data-dir={tmp_path / 'data'}",
        f"--listen-client-urls={client.format('https')}",
        f"--advertise-client-urls={client.format('https')}",
        f"--listen-peer-urls={peer.format('http')}",
        f"--initial-advertise-peer-urls={peer.format('http')}",
        f"--initial-cluster=default={peer.format('http')}",
        f"--cert-file={leaf.certificate}",
        f"--key-file={leaf.key}",
        f"--trusted-ca-file={signer.files.certificate}",
        "--client-cert-auth",
    )
    with (
        (tmp_path / "etcd.log").open("wb") as log,
        subprocess.Popen(words, stdout=log, stderr=log) as process,
    ):
        port = int(client.rpartition(":")[2])
        _await(port)
        yield port, authority
        process.kill()


def _await(port):
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        subprocess.run(["sleep", "0.1"], check=True)
    pytest.fail("etcd does not listen")


def save(port, authority, file):
    with (
        api_server(relay_to(port)) as (server, _),
        forwarded(kubeconfig(server), POD, 2379) as plain,
        encrypted(plain, authority) as stream,
    ):
        save_snapshot(stream, file)


def test_a_snapshot_is_whole(etcd, tmp_path):
    port, authority = etcd
    save(port, authority, tmp_path / "snapshot")
    require_whole(tmp_path / "snapshot")
    assert (tmp_path / "snapshot").stat().st_size > 10_000


def test_a_client_of_another_authority_is_refused(etcd, tmp_path):
    port, authority = etcd
    _, other = authority_in(tmp_path / "other")
    stranger = Authority(authority.certificate, other.key)
    with pytest.raises((ssl.SSLError, OSError, EtcdAnswerError)):
        save(port, stranger, tmp_path / "snapshot")
    assert not (tmp_path / "snapshot").exists()
