"""Registries: the mirror of a specification, or the upstream ones."""

from __future__ import annotations

from bedplate.bundles.mirror import MirrorMap
from bedplate.checks.addresses import Server, server_of
from bedplate.checks.check import Check
from bedplate.checks.finding import Findings, block, check
from bedplate.checks.images import images, uses_bottlerocket
from bedplate.checks.no_proxy import is_covered, no_proxy
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.network import Access, Trust
from bedplate.spec import ClusterSpec
from bedplate.spec.models.surroundings import RegistryMirror

FIELD = "Cluster.spec.registryMirrorConfiguration"
USERNAME, PASSWORD = "registry/username", "registry/password"


def mirror_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return the checks of the registries, in EKS Anywhere's order; fewer without a mirror."""
    reachable = check("registry", "Registries reachable", _reachable)
    if spec.cluster.spec.registry_mirror_configuration is None:
        return (reachable,)
    return (
        check("registry-mirror-os", "Registry mirror fits the operating system", _system),
        check("registry-mirror-certificate", "Registry mirror certificate validated", _certificate),
        check("registry-mirror-login", "Registry mirror credentials found", _credentials),
        reachable,
    )


def registry_servers(scene: Scene) -> tuple[Server, ...]:
    """Return the registries that nodes pull from: the mirror where it stands in for one."""
    mirror = mirror_map(scene.spec)
    uris = (image.uri for image in images(scene.spec, scene.bundle))
    hosts = {(mirror.mirrored(uri) if mirror else uri).partition("/")[0] for uri in uris}
    return tuple(server_of(host, "https") for host in sorted(hosts))


def mirror_map(spec: ClusterSpec) -> MirrorMap | None:
    """Return where the specification's mirror keeps what; None without a mirror."""
    mirror = spec.cluster.spec.registry_mirror_configuration
    if mirror is None:
        return None
    namespaces = [(item.registry, item.namespace) for item in mirror.oci_namespaces]
    return MirrorMap.of(mirror.endpoint, mirror.port, namespaces)


def mirror_of(scene: Scene) -> RegistryMirror:
    """Return the specification's mirror, or an empty one."""
    return scene.spec.cluster.spec.registry_mirror_configuration or RegistryMirror()


def _system(scene: Scene) -> Findings:
    """Bottlerocket checks every certificate; there is no switch to turn that off."""
    if mirror_of(scene).insecure_skip_verify and uses_bottlerocket(scene.spec):
        yield block(
            f"{FIELD}.insecureSkipVerify",
            "Bottlerocket cannot pull from a mirror whose certificate it does not check",
            "remove insecureSkipVerify and put the mirror's authority into caCertContent,"
            " or use ubuntu or redhat",
            Owner.SPEC_AUTHOR,
        )


def _certificate(scene: Scene) -> Findings:
    mirror = mirror_of(scene)
    if mirror.insecure_skip_verify:
        return
    server = Server(mirror.endpoint, int(mirror.port))
    shown = scene.network.certificate(server.host, server.port, authority=mirror.ca_cert_content)
    openssl = f"openssl s_client -showcerts -connect {server} </dev/null"
    if shown is None:
        yield block(
            str(server),
            "nothing answers with TLS",
            f"see what is there: {openssl}; correct {FIELD}.endpoint and port, or start the mirror",
            Owner.NETWORK,
        )
    elif shown.trust is not Trust.TRUSTED:
        yield block(
            str(server),
            f"the mirror's certificate ({shown.subject}, SHA-256 {shown.sha256}) is"
            f" {shown.trust}" + ("" if mirror.ca_cert_content else "; caCertContent is empty"),
            _remedy(shown.trust, openssl),
            Owner.SPEC_AUTHOR if _is_in_spec(shown.trust) else Owner.PLATFORM,
        )


def _is_in_spec(trust: Trust) -> bool:
    return trust in (Trust.SELF_SIGNED, Trust.UNKNOWN_AUTHORITY)


def _remedy(trust: Trust, openssl: str) -> str:
    if _is_in_spec(trust):
        return (
            f"put the certificate of the authority that signed it into {FIELD}.caCertContent,"
            f" or its file into EKSA_REGISTRY_MIRROR_CA; {openssl} shows the chain"
        )
    if trust is Trust.WRONG_NAME:
        return f"write the name that is in it into {FIELD}.endpoint; {openssl} shows it"
    return f"renew the mirror's certificate, and see that this machine's clock is right; {openssl}"


def _credentials(scene: Scene) -> Findings:
    """Nothing is asked of a mirror that lets everybody in."""
    if not mirror_of(scene).authenticate:
        return
    for name, variable in ((USERNAME, "REGISTRY_USERNAME"), (PASSWORD, "REGISTRY_PASSWORD")):
        if not scene.vault.get(name):
            yield block(
                f"{FIELD}.authenticate",
                f"the mirror wants a login, and the vault has no {name}",
                f"set {variable} where Bedplate starts, or keep {name} in the site's vault",
                Owner.PLATFORM,
            )


def access_to(scene: Scene, host: str) -> Access:
    """Return how nodes get to a registry: the mirror's own settings are for the mirror only."""
    mirror, proxy = mirror_of(scene), scene.spec.cluster.spec.proxy_configuration
    direct = proxy is None or is_covered(host, no_proxy(scene.spec))
    through = "" if proxy is None or direct else proxy.https_proxy
    if host.lower() != mirror.endpoint.lower():
        return Access(proxy=through)
    names = (USERNAME, PASSWORD) if mirror.authenticate else ()
    user, password = [scene.vault.get(name) or "" for name in names] or ("", "")
    return Access(through, mirror.ca_cert_content, mirror.insecure_skip_verify, user, password)


def _reachable(scene: Scene) -> Findings:
    """Any answer will do: 401 is how registries greet."""
    for server in registry_servers(scene):
        access = access_to(scene, server.host)
        (answer,) = scene.network.fetch_all((f"https://{server}/v2/",), access)
        if answer.status is None:
            through = " through the proxy" if access.proxy else ""
            yield block(
                str(server),
                f"the registry does not answer{through}: {answer.reason}",
                f"see what is in between: curl -vI https://{server}/v2/;"
                " open the way, set proxyConfiguration, or use a registry mirror",
                Owner.NETWORK,
            )
