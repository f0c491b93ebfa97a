"""Uploading the disks of an archive to where vCenter wants them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import IO, Any
from urllib.parse import urlsplit

from bedplate.adapters.vsphere.api import vim
from bedplate.adapters.vsphere.faults import of_status
from bedplate.adapters.vsphere.ova import Ova
from bedplate.adapters.vsphere.tasks import wait
from bedplate.adapters.vsphere.wire import Wire

# vCenter gives a lease up after five minutes without a word.
TELL_EVERY = 20.0
ALL = 100
CREATED = 299
STREAM = "application/x-vnd.vmware-streamVmdk"

State = vim.HttpNfcLease.State


def upload(lease: Any, files: list[Any], ova: Ova, wire: Wire, patience: float) -> Any:  # noqa: ANN401
    """Send every file of an import, and return the machine.

    A failure ends the lease, and vCenter then removes the machine.
    """
    wait(lambda: None if lease.state == State.initializing else True, patience, "the import")
    if lease.state == State.error:
        raise lease.error
    info, whole = lease.info, False
    try:
        urls = {one.importKey: one for one in info.deviceUrl}
        for number, file in enumerate(files):
            _send(lease, file, urls[file.deviceId], ova, wire, ALL * number // len(files))
        whole = True
    finally:
        if not whole:
            lease.HttpNfcLeaseAbort()
    lease.HttpNfcLeaseComplete()
    return info.entity


def _send(lease: Any, file: Any, where: Any, ova: Ova, wire: Wire, done: int) -> None:  # noqa: ANN401
    parts = urlsplit(where.url)
    host = wire.host if parts.hostname in (None, "*") else parts.hostname
    port = parts.port or 443
    if (host, port) != (wire.host, wire.port):
        # A host's own certificate is vouched for by vCenter, which was verified.
        wire = replace(wire, host=host, port=port, thumbprint=where.sslThumbprint or "")
    connection = wire.connection()
    try:
        with ova.file(file.path) as (stream, size):
            told = _Told(stream, lambda: lease.HttpNfcLeaseProgress(done))
            headers = {"Content-Type": STREAM, "Content-Length": str(size), "Overwrite": "t"}
            connection.request("PUT" if file.create else "POST", parts.path, told, headers)
            answer = connection.getresponse()
            answer.read()
    finally:
        connection.close()
    if answer.status > CREATED:
        raise of_status(host, answer.status)


class _Told:
    """A stream that says from time to time that it is still being read."""

    def __init__(self, stream: IO[bytes], tell: Callable[[], object]) -> None:
        self._stream = stream
        self._tell = tell
        self._last = time.monotonic()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        now = time.monotonic()
        if now - self._last > TELL_EVERY:
            self._last = now
            self._tell()
        return self._stream.read(size)
