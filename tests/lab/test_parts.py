"""What needs Go's modules: manifests by the projects' own tools, chart and registry.

The programs are built once into the lab's cache. Where Go is missing, or a module can neither be
reached nor found in Go's cache, these tests are skipped with a warning.
"""

import hashlib
import os
import socket
import warnings
from pathlib import Path

import pytest
import yaml

from bedplate.errors import PermanentError
from lab import cilium_chart, versions
from lab.authority import Authority
from lab.cilium_chart import Package, push
from lab.commands import run
from lab.go_programs import wanted
from lab.images import Images, Part, check_images
from lab.manifests import manifests
from lab.programs import Programs
from lab.registry import registry

IMAGES = Images("198.18.0.1:5000")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def programs():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bedplate-lab"
    found = Programs(Path(os.environ.get("BEDPLATE_LAB_CACHE") or cache))
    try:
        missing = found.missing(wanted())
    except PermanentError as error:
        missing = (error.seen.splitlines()[-1],)
    if not missing:
        return found
    text = f"the lab is not built (./run lab build): {', '.join(missing)}"
    # Said even where warnings are errors: this one is meant to be seen, not to fail the test.
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(pytest.PytestWarning(text), stacklevel=2)
    pytest.skip(text)


@pytest.fixture(scope="module")
def made(programs):
    return manifests(programs, IMAGES, "kind: Namespace\n")


def objects(text, kind):
    found = yaml.load_all(text, Loader=yaml.CSafeLoader)
    return [one for one in found if one and one["kind"] == kind]


def test_each_provider_is_as_released_but_for_its_image(made):
    for provider in made.providers:
        text = provider.components.text
        assert "${CAPI_DIAGNOSTICS_ADDRESS:=:8443}" in text
        assert objects(text, "Certificate")
        (deployment,) = objects(text, "Deployment")
        (manager,) = deployment["spec"]["template"]["spec"]["containers"]
        assert manager["imagePullPolicy"] == "IfNotPresent"
        assert manager["image"] in IMAGES.all()


def test_each_provider_has_the_metadata_of_its_release(made):
    for provider in made.providers:
        (metadata,) = objects(provider.metadata.text, "Metadata")
        series = [(one["major"], one["minor"]) for one in metadata["releaseSeries"]]
        major, minor, _ = provider.components.version.removeprefix("v").split(".")
        assert (int(major), int(minor)) in series


def test_cert_manager_is_whole(made):
    text = made.cert_manager.text
    names = {one["metadata"]["name"] for one in objects(text, "Deployment")}
    assert names == {"cert-manager", "cert-manager-cainjector", "cert-manager-webhook"}
    assert len(objects(text, "CustomResourceDefinition")) == 6
    assert objects(text, "Job") == []
    assert "{{" not in text


@pytest.fixture
def lab_registry(programs, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    authority = Authority.of(tmp_path / "keys")
    service = registry(programs, tmp_path, tmp_path / "storage", address, authority)
    service.start()
    yield Images(f"{address[0]}:{address[1]}"), authority.files.certificate
    service.stop()


# What EKS Anywhere gives to the chart for a cluster with workers.
EKS_ANYWHERE = {
    "cni": {"chainingMode": "portmap"},
    "ipam": {"mode": "kubernetes"},
    "identityAllocationMode": "crd",
    "prometheus": {"enabled": True},
    "rollOutCiliumPods": True,
    "routingMode": "tunnel",
    "tunnelProtocol": "geneve",
    "envoy": {"enabled": False},
}


def test_the_chart_is_pulled_by_its_digest_and_renders_with_the_labs_images(
    programs, lab_registry, tmp_path
):
    images, ca_file = lab_registry
    package = Package(tmp_path / "cache", images)

    chart = push(programs, package.make(programs), images, ca_file)
    again = push(programs, package.make(programs), images, ca_file)

    agent = images.name(Part.CILIUM)
    operator = images.name(Part.CILIUM_OPERATOR)
    assert chart == again
    repository = chart.uri.rpartition(":")[0]
    given = {
        **EKS_ANYWHERE,
        "image": dict(zip(("repository", "tag"), agent.rsplit(":", 1), strict=True)),
        "operator": {
            "image": {
                "repository": operator.rpartition(":")[0].removesuffix("-generic"),
                "tag": versions.CILIUM,
            },
            "prometheus": {"enabled": True},
        },
    }
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(given))
    text = run(
        [
            *(programs["helm"], "template", "cilium", f"oci://{repository}@{chart.digest}"),
            *("--namespace", "kube-system", "--kube-version", "1.34"),
            *("--ca-file", ca_file, "--values", tmp_path / "values.yaml"),
        ],
        timeout=60,
        variables={"HELM_CACHE_HOME": str(tmp_path / "helm"), "NO_PROXY": "127.0.0.1"},
    )

    check_images("cilium", text, {agent, operator})
    (config,) = (
        one for one in objects(text, "ConfigMap") if one["metadata"]["name"] == "cilium-config"
    )
    assert config["data"]["cni-chaining-mode"] == "portmap"
    assert config["data"]["tunnel-protocol"] == "geneve"
    assert config["data"]["enable-health-checking"] == "false"
    assert cilium_chart.CGROUP in text


def test_a_chart_is_the_same_bytes_wherever_it_is_made(programs, tmp_path):
    made = [Package(tmp_path / name, IMAGES).make(programs).read_bytes() for name in ("a", "b")]
    digests = {hashlib.sha256(content).hexdigest() for content in made}
    assert len(digests) == 1


def test_a_registry_that_runs_is_left_alone_and_one_that_does_not_is_started(programs, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    authority = Authority.of(tmp_path / "keys")
    service = registry(programs, tmp_path, tmp_path / "storage", address, authority)
    service.start()
    try:
        first = service.pid
        service.start()
        assert service.pid == first
    finally:
        service.stop()
    assert service.pid is None
    assert not service.answers()
    service.stop()
