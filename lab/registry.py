"""The lab's registry of images and charts: the distribution project's own, in files, over TLS."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import yaml

from bedplate.adapters.files import FolderFiles
from lab.authority import Authority
from lab.programs import Programs
from lab.services import Service, answers_over_tls

CONFIGURATION = "registry.yaml"


def registry(
    programs: Programs, state: Path, storage: Path, address: tuple[str, int], authority: Authority
) -> Service:
    """Return the registry at an address, to start and to stop; its configuration is written.

    `storage` keeps what is pushed.
    """
    host, port = address
    leaf, url = authority.leaf("registry", [host]), f"https://{host}:{port}/v2/"
    storage.mkdir(parents=True, exist_ok=True)
    configuration = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(storage.absolute())},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {
            "addr": f"{host}:{port}",
            "tls": {
                "certificate": str(leaf.certificate.absolute()),
                "key": str(leaf.key.absolute()),
            },
        },
    }
    FolderFiles(state).write(CONFIGURATION, yaml.safe_dump(configuration, sort_keys=False))
    return Service(
        name="registry",
        command=(str(programs["registry"]), "serve", str((state / CONFIGURATION).absolute())),
        address=url,
        answers=partial(answers_over_tls, url, authority.files.certificate),
        state=state,
    )
