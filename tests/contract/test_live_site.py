"""A site of real parts, as `sites.yaml` describes it, its bundle served on this machine."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bedplate import facts
from bedplate.bundles.signature import sign_bundle
from bedplate.checks import Scene, Severity
from bedplate.checks.components import component_checks
from bedplate.errors import PermanentError, TemporaryError
from bedplate.phases.packages import Packages
from bedplate.phases.storage import Storage
from bedplate.ports.components import Component
from bedplate.ports.kube import Reach, Side
from bedplate.ports.tools import Tools
from bedplate.sites import Site, keep_manager, keep_secrets, open_site
from bedplate.spec import ClusterSpec, load_text
from deployments.home import Home
from tests.contract.servers import web
from tests.contract.sites import EXAMPLES
from tests.unit.bundles.conftest import BASE, BUNDLE, RELEASES, distro, dump
from tests.unit.checks.place import setting, spec_of
from tests.unit.phases.setting import GIVEN
from tests.unit.phases.two_sides import Notes

LOGIN = {"vcenter/username": "somebody", "vcenter/password": 'it\'s "secret"'}
CAPI = """
{apiVersion: apps/v1, kind: Deployment, metadata: {name: c, namespace: capi-system}, spec:
  {template: {spec: {containers: [{name: manager, image: "gcr.io/capi/controller:main",
    args: ["--features=A=${EXP_CLUSTER_RESOURCE_SET:=false},B=${B:=2}"]}]}}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: capi-system}}
"""
CAPV = """
{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: capv-system}, stringData:
  {credentials.yaml: "password: '${VSPHERE_PASSWORD}'"}}
"""
KUBECONFIG = """
{apiVersion: v1, kind: Config, current-context: w01, contexts: [{name: w01, context: {cluster: w01,
  user: w01}}], users: [{name: w01, user: {token: a-token}}], clusters: [{name: w01, cluster:
  {server: "https://127.0.0.1:9", certificate-authority-data: b25lIGF1dGhvcml0eQ==}}]}
"""


@pytest.fixture
def served(tmp_path):
    """Serve a release, and write the site that uses it."""
    key = ec.generate_private_key(ec.SECP256R1())
    files: dict[str, bytes] = {}
    with web(lambda request: _answer(files, request.path)) as found:
        base = f"http://127.0.0.1:{found.port}"

        def at(data: object) -> dict[str, Any]:
            moved: dict[str, Any] = json.loads(json.dumps(data).replace(BASE, base))
            return moved

        files["/releases.yaml"] = dump(at(RELEASES))
        files["/releases/bundles/100/manifest.yaml"] = dump(sign_bundle(at(BUNDLE), key))
        name = "kubernetes-1-34"
        files[f"/{name}/{name}-eks-12.yaml"] = dump(at(distro("1.34", 12)))
        capi, capv = "cluster-api/v1.11.1/cluster-api", "vsphere/v1.14.0/vsphere"
        files[f"/artifacts/{capi}-components.yaml"] = CAPI.encode()
        files[f"/artifacts/{capv}-components.yaml"] = CAPV.encode()
        (tmp_path / "key.pem").write_bytes(_pem(key))
        (tmp_path / "sites.yaml").write_text(
            f"lab: {{kind: vsphere, bundle: {{releases: {base}/releases.yaml, key: key.pem}}}}\n"
        )
        yield files


def _answer(files: dict[str, bytes], path: str) -> tuple[int, dict[str, str], bytes]:
    return (200, {}, files[path]) if path in files else (404, {}, b"")


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.fixture
def spec() -> ClusterSpec:
    return load_text((EXAMPLES / "vsphere-standalone.yaml").read_text())


@pytest.fixture
def site(served, tmp_path) -> Site:
    return open_site(Home(tmp_path).site("lab"), LOGIN)


def test_the_bundle_is_resolved_and_verified_once(site, spec, served):
    found = site.bundle(spec)
    assert (found.number, found.eksa_version) == (100, "v0.26.0")
    served.clear()
    assert site.bundle(spec) is found


def test_a_bundle_that_another_key_signed_is_refused(served, tmp_path, spec):
    (tmp_path / "key.pem").write_bytes(_pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(PermanentError) as caught:
        open_site(Home(tmp_path).site("lab")).bundle(spec)
    assert caught.value.code.startswith("BUNDLE_")


def test_a_component_comes_from_the_bundle_with_its_image_and_its_entry(site, spec):
    release = site.open(spec).components.release(Component.CLUSTER_API)
    assert release.version == "v1.11.1"
    manifests: Any = release.manifests
    kinds = [one["kind"] for one in manifests]
    assert kinds == ["Namespace", "CustomResourceDefinition", "Deployment", "Provider"]
    (container,) = manifests[2]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "public.ecr.aws/eks-anywhere/cluster-api/controller:v1.11.1"
    assert container["args"] == ["--features=A=true,B=2"]
    labels = manifests[0]["metadata"]["labels"]
    assert labels["cluster.x-k8s.io/provider"] == "cluster-api"
    assert manifests[3]["metadata"]["namespace"] == "capi-system"


def test_credentials_come_from_the_vault_when_they_are_asked_for(site, spec):
    release = site.open(spec).components.release(Component.VSPHERE)
    manifests: Any = release.manifests
    (secret,) = (one for one in manifests if one["kind"] == "Secret")
    assert secret["stringData"]["credentials.yaml"] == r'password: "it' + "'" + r's \"secret\""'


def test_given_secrets_are_kept_only_where_that_is_asked(site, served, tmp_path, spec):
    config = Home(tmp_path).site("lab")
    assert site.open(spec).vault.get("vcenter/username") == "somebody"
    assert open_site(config).open(spec).vault.get("vcenter/username") is None
    with pytest.raises(PermanentError) as caught:
        open_site(config).open(spec).components.release(Component.VSPHERE)
    assert caught.value.code == "AUTH_MISSING"

    keep_secrets(config, LOGIN)

    assert open_site(config).open(spec).vault.get("vcenter/username") == "somebody"


@pytest.mark.parametrize("component", [Component.VSPHERE_CSI, Component.FLUX, Component.PACKAGES])
def test_what_a_bundle_does_not_bring_is_told_with_what_to_leave_out(site, spec, component):
    with pytest.raises(PermanentError) as caught:
        site.open(spec).components.release(component)
    assert caught.value.code == "BUNDLE_MISSING"
    assert str(component) in caught.value.seen


def test_a_cluster_is_made_without_what_a_bundle_does_not_bring(site):
    spec = spec_of(setting("packages", {}))
    tools = Tools(spec, site.bundle(spec), site.open(spec), Notes(), print)

    assert Packages(Side.CLUSTER).check(GIVEN, tools) == facts.Packages(controller=None)
    assert Storage(Side.CLUSTER).check(GIVEN, tools) == facts.Storage(storage_class=None)


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (
            spec_of(setting("packages", {})),
            {"vsphere-csi": Severity.WARN, "eks-anywhere-packages": Severity.WARN},
        ),
        (
            spec_of(setting("packages", {"disable": True}), example="vsphere-gitops"),
            {"flux": Severity.BLOCK},
        ),
    ],
)
def test_preflight_warns_of_what_a_bundle_does_not_bring_and_insists_on_gitops(site, spec, found):
    ports = site.open(spec)
    scene = Scene(
        spec,
        site.bundle(spec),
        ports.clock,
        ports.network,
        ports.host,
        ports.vcenter,
        ports.vault,
        components=ports.components,
    )
    findings = [finding for one in component_checks(spec) for finding in one.probe(scene)]

    assert {one.target: one.severity for one in findings} == found
    assert all(one.remedy for one in findings)


def test_git_says_that_it_is_not_there_yet(site, spec):
    with pytest.raises(PermanentError) as caught:
        site.open(spec).git.head("ssh://git@git.example.com/a.git", "main")
    assert caught.value.code == "GITOPS_NOT_HERE"


def test_a_server_that_is_away_may_come_back(served, tmp_path, spec):
    config = Home(tmp_path).site("lab")
    Path(tmp_path / "sites.yaml").write_text(
        "lab: {kind: vsphere, bundle: {releases: 'http://127.0.0.1:9/r.yaml', key: key.pem}}\n"
    )
    assert config != Home(tmp_path).site("lab")
    with pytest.raises(TemporaryError):
        open_site(Home(tmp_path).site("lab")).bundle(spec)


@pytest.mark.parametrize(
    "entry", ["{bundle: {rules: 1}}", "{docker: {hosts: x}}", "{programs: {kind: [1]}}"]
)
def test_a_part_of_a_site_that_is_not_known_is_told(tmp_path, entry):
    (tmp_path / "sites.yaml").write_text(f"lab: {entry}\n")
    with pytest.raises(Exception, match=r"SITES_INVALID: .*lab"):
        Home(tmp_path).site("lab")


def test_the_management_cluster_is_known_by_the_kubeconfig_that_its_create_kept(tmp_path, served):
    spec = load_text((EXAMPLES / "vsphere-workload.yaml").read_text())
    home = Home(tmp_path)

    def found():
        return open_site(home.site("lab"), LOGIN).open(spec).kube[Side.MANAGEMENT].reach()

    assert found() is Reach.ABSENT
    keep_manager(home.site("lab"), spec, KUBECONFIG)
    assert found() is Reach.SILENT
