"""The user that Bedplate and the cluster's controllers log in to a vCenter with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, HttpUrl, SecretStr

from bedplate.errors import BadInput, Owner
from bedplate.providers.logins import vault_names
from bedplate.providers.vsphere import VCENTER
from bedplate.spec import ClusterSpec, VSphereDatacenterConfig
from blocks.credentials import Credentials


class VCenterCredentials(Credentials):
    """A vCenter's user and password.

    Example:
        Load it:
        ```python
        from blocks import VCenterCredentials

        credentials = VCenterCredentials.load("BLOCK_NAME")
        ```
    """

    _block_type_name: ClassVar[str | None] = "vCenter credentials"
    _block_type_slug: ClassVar[str | None] = "vcenter-credentials"
    _description: ClassVar[str | None] = "The user and password that a vCenter takes."
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl(
        "https://anywhere.eks.amazonaws.com/docs/getting-started/vsphere/vsphere-preparation/"
    )

    server: str = Field(
        title="Server",
        description="The vCenter's host name or address, as specifications name it.",
    )
    username: str = Field(title="User name", description="The user, such as name@vsphere.local.")
    password: SecretStr = Field(title="Password", description="The user's password.")

    def require_meant_for(self, spec: ClusterSpec) -> None:
        """Raise BadInput CREDENTIALS_MISPLACED where the cluster is on another vCenter."""
        datacenter = spec.datacenter
        if not isinstance(datacenter, VSphereDatacenterConfig):
            return
        if datacenter.spec.server.casefold() != self.server.casefold():
            raise BadInput(
                "CREDENTIALS_MISPLACED",
                f"the site's credentials are for the vCenter {self.server!r},"
                f" and cluster {spec.name} is on {datacenter.spec.server!r}",
                why="a password is shown to the vCenter it was given for, and to no other",
                remedy="choose the site of that vCenter, or correct the server in the"
                " specification or in the site's credentials block",
                owner=Owner.PLATFORM,
            )

    def secrets(self) -> Mapping[str, SecretStr | None]:
        """Return the user and the password."""
        username, password = vault_names(VCENTER)
        return {username: SecretStr(self.username), password: self.password}
