"""What a kubeconfig says, as a client of the official library that keeps no secret on disk."""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bedplate.errors import Owner, TemporaryError

if TYPE_CHECKING:  # the library takes half a second to import, and the command line has 300 ms
    from kubernetes.client import ApiClient, Configuration

MEMORY = Path("/dev/shm")  # noqa: S108 - our folder in it is made by mkdtemp
IN_TURN = threading.Lock()  # the library keeps a list of its files that two threads would break


def client_of(kubeconfig: str) -> ApiClient:
    """Return a client for the kubeconfig's current context; raises TemporaryError NET_UNREACHABLE.

    The library hands certificates and keys to OpenSSL in files. They are loaded here, at once, from
    a folder that only this user can read, in memory where the system has such a place; then the
    folder is removed.
    """
    from kubernetes.client import ApiClient
    from kubernetes.client.configuration import Configuration

    configuration = Configuration()
    with IN_TURN, folder_in_memory() as folder:
        _load(kubeconfig, configuration, folder)
        context = _tls(configuration)
    configuration.ssl_ca_cert = configuration.cert_file = configuration.key_file = None
    configuration.retries = False  # the engine retries
    configuration.keep_alive = True
    client = ApiClient(configuration)
    client.rest_client.pool_manager.connection_pool_kw["ssl_context"] = context
    return client


@contextmanager
def folder_in_memory() -> Iterator[str]:
    """Yield a folder that only this user can read, in memory where the system has such a place."""
    folder = tempfile.mkdtemp(prefix="bedplate-", dir=_memory())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unusable(reason: str) -> TemporaryError:
    """Return the error for a kubeconfig that nobody can connect with."""
    return TemporaryError(
        "NET_UNREACHABLE",
        f"the cluster's kubeconfig cannot be used: {reason}",
        why="it says where the API server is and who may speak to it",
        remedy="correct or remove it; see it with: kubectl config view --kubeconfig FILE",
        owner=Owner.PLATFORM,
    )


def _load(kubeconfig: str, configuration: Configuration, folder: str) -> None:
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader

    try:
        found = yaml.safe_load(kubeconfig)
    except yaml.YAMLError:  # its text quotes the lines, and so perhaps a key
        raise unusable("it is no YAML") from None
    if not isinstance(found, dict):
        raise unusable("it is empty")
    try:
        loader = KubeConfigLoader(found, config_base_path=None, temp_file_path=folder)
        loader.load_and_set(configuration)
    except ConfigException as error:  # names keys and files, never what they hold
        raise unusable(str(error)) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise unusable(f"a part has the wrong shape ({type(error).__name__})") from None


def _tls(configuration: Configuration) -> ssl.SSLContext:
    """Return how connections are checked, as kubectl does it."""
    from urllib3.util.ssl_ import create_urllib3_context

    required = ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE
    context = create_urllib3_context(cert_reqs=required)
    # Python 3.13 asks for extensions that authorities of older clusters lack; Go never does.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        if configuration.ssl_ca_cert:
            context.load_verify_locations(cafile=configuration.ssl_ca_cert)
        else:
            context.load_default_certs()
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ValueError):  # an ssl.SSLError is an OSError
        raise unusable("a certificate or key in it is none") from None
    return context


def _memory() -> Path | None:
    return MEMORY if os.access(MEMORY, os.W_OK | os.X_OK) else None
