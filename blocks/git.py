"""What a Git server takes for the repository that a cluster's configuration is kept in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, HttpUrl, SecretStr

from bedplate.spec import ClusterSpec
from blocks.credentials import Credentials


class GitCredentials(Credentials):
    """An SSH key, or a token, for a Git server.

    Example:
        Load it:
        ```python
        from blocks import GitCredentials

        credentials = GitCredentials.load("BLOCK_NAME")
        ```
    """

    _block_type_name: ClassVar[str | None] = "Bedplate Git credentials"
    _block_type_slug: ClassVar[str | None] = "bedplate-git-credentials"
    _description: ClassVar[str | None] = "An SSH key, or a token, that a Git server takes."
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl(
        "https://anywhere.eks.amazonaws.com/docs/getting-started/optional/gitops/"
    )

    private_key: SecretStr | None = Field(
        default=None,
        title="SSH private key",
        description="The private key, in PEM or OpenSSH form.",
    )
    passphrase: SecretStr | None = Field(
        default=None, title="Passphrase", description="The private key's passphrase, if it has one."
    )
    known_hosts: str = Field(
        default="",
        title="Known hosts",
        description="The server's host keys, one in a line, as in ~/.ssh/known_hosts.",
    )
    token: SecretStr | None = Field(
        default=None, title="Token", description="A token instead of a key, as GitHub gives them."
    )

    def require_meant_for(self, spec: ClusterSpec) -> None:
        """A key says nothing about servers: its known hosts do, when the connection is made."""

    def secrets(self) -> Mapping[str, SecretStr | None]:
        """Return the key with its passphrase, the host keys, and the token."""
        return {
            "git/private-key": self.private_key,
            "git/passphrase": self.passphrase,
            "git/known-hosts": SecretStr(self.known_hosts),
            "git/token": self.token,
        }
