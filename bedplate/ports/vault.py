"""Where secrets are kept, and the files a user takes away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bedplate.ports.effect import effect


class Vault(Protocol):
    """Secrets by name, such as `w01/kubeconfig`; reachable from every worker of a site."""

    def get(self, name: str) -> str | None:
        """Return the secret, or None."""
        ...

    @effect("name")
    def put(self, name: str, text: str) -> None:
        """Keep the secret, at once or not at all."""
        ...

    @effect("name")
    def delete(self, name: str) -> None:
        """Forget the secret; one that is gone is success."""
        ...


class OverlaidVault:
    """A vault whose secrets are read from elsewhere first; what is put goes there and no further.

    Without a vault below it, it is one that lives as long as this object.
    """

    def __init__(self, first: Mapping[str, str], below: Vault | None = None) -> None:
        self._first = dict(first)
        self._below = below

    def get(self, name: str) -> str | None:
        """Return the secret, or None."""
        found = self._first.get(name)
        return found if found is not None or self._below is None else self._below.get(name)

    def put(self, name: str, text: str) -> None:
        """Keep the secret here."""
        self._first[name] = text

    def delete(self, name: str) -> None:
        """Forget the secret here."""
        self._first.pop(name, None)


class Files(Protocol):
    """The user's folder for a cluster: kubeconfig, cluster configuration, keys."""

    def path(self, name: str) -> str:
        """Return where a file of this name is or would be."""
        ...

    def read(self, name: str) -> str | None:
        """Return the file's text, or None."""
        ...

    @effect("name")
    def write(self, name: str, text: str, *, private: bool = False) -> None:
        """Write the file, at once or not at all; `private` files get mode 0600."""
        ...

    @effect("name")
    def remove(self, name: str) -> None:
        """Remove the file; one that is gone is success."""
        ...
