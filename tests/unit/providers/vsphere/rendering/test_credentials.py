"""The secrets beside a cluster's objects."""

import base64
from typing import Any

from bedplate.providers.vsphere.rendering.credentials import credentials
from tests.unit.providers.vsphere.rendering.drawing import Draft


def _logins(draft: Draft) -> dict[str, tuple[str, str]]:
    found: Any = credentials(draft.blueprint())
    return {
        one["metadata"]["name"]: (_plain(one, "username"), _plain(one, "password")) for one in found
    }


def _plain(secret: Any, key: str) -> str:
    return base64.b64decode(secret["data"][key]).decode()


def _mirrored(**settings: object) -> Draft:
    draft = Draft()
    draft.cluster["registryMirrorConfiguration"] = {"endpoint": "198.18.0.5", **settings}
    return draft


def test_the_clusters_own_secret_holds_the_vcenter_user() -> None:
    assert _logins(Draft()) == {"w01-vsphere-credentials": ("capv@vsphere.local", "one")}


def test_a_mirror_that_asks_for_a_user_has_a_secret_of_its_own() -> None:
    logins = _logins(_mirrored(authenticate=True))
    assert logins["registry-credentials"] == ("puller", "three")


def test_a_mirror_open_to_all_has_none() -> None:
    assert "registry-credentials" not in _logins(_mirrored())


def test_they_move_with_the_cluster() -> None:
    found: Any = credentials(_mirrored(authenticate=True).blueprint())
    labels = [one["metadata"]["labels"] for one in found]
    assert labels == [{"clusterctl.cluster.x-k8s.io/move": "true"}] * 2


def test_a_blueprint_shows_no_password() -> None:
    assert "three" not in repr(_mirrored(authenticate=True).blueprint().secrets)
