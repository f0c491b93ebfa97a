"""Charts, pulled and rendered by a real helm from a registry on the loopback interface."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import warnings

import pytest

from bedplate.adapters.components.charts import Charts, Registry, Rendering
from bedplate.bundles import Image
from bedplate.errors import PermanentError, TemporaryError
from lab.ports import free_port
from tests.contract.servers import web

CHART = {
    "cilium/Chart.yaml": "apiVersion: v2\nname: cilium\nversion: 1.2.3\n",
    "cilium/values.yaml": "mode: none\n",
    "cilium/templates/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cilium\n"
        'data:\n  mode: {{ required "a mode is needed" .Values.mode }}\n'
        "  kube: {{ .Capabilities.KubeVersion.Version }}\n"
        "  namespace: {{ .Release.Namespace }}\n"
    ),
    "cilium/templates/test.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: t\n  annotations: {helm.sh/hook: test}\n"
    ),
}
JSON = "application/vnd.oci.image.manifest.v1+json"
RENDERING = Rendering("cilium", "kube-system", "1.34", {"mode": "tunnel"})


@pytest.fixture
def helm():
    found = shutil.which("helm")
    if found is None:
        text = "there is no helm in the PATH: charts are not rendered"
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(pytest.PytestWarning(text), stacklevel=2)
        pytest.skip(text)
    return found


@pytest.fixture
def charts(helm, tmp_path):
    return Charts(helm, tmp_path / "helm")


class Shelf:
    """What a registry has: one chart, as helm pushes it."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        layer = self._keep(_archive())
        config = self._keep(json.dumps({"name": "cilium", "version": "1.2.3"}).encode())
        manifest = {
            "schemaVersion": 2,
            "mediaType": JSON,
            "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", **config},
            "layers": [
                {"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", **layer}
            ],
        }
        self.digest = str(self._keep(json.dumps(manifest).encode())["digest"])

    def _keep(self, content: bytes) -> dict[str, object]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.blobs[digest] = content
        return {"digest": digest, "size": len(content)}

    def answer(self, request):
        name = request.path.rpartition("/")[2]
        found = self.blobs.get(self.digest if name == "1.2.3" else name)
        if request.path == "/v2/":
            return 200, {}, b""
        if found is None:
            error = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
            return 404, {"Content-Type": "application/json"}, json.dumps(error).encode()
        kind = JSON if "/manifests/" in request.path else "application/octet-stream"
        digest = f"sha256:{hashlib.sha256(found).hexdigest()}"
        headers = {"Content-Type": kind, "Docker-Content-Digest": digest}
        return 200, {**headers, "Content-Length": str(len(found))}, found


def _archive() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, text in CHART.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(content.getvalue(), mtime=0)


@pytest.fixture
def served():
    shelf = Shelf()
    with web(shelf.answer) as found:
        yield shelf, found


def render(charts, served, *, digest="", tag="1.2.3", rendering=RENDERING):
    shelf, found = served
    chart = Image(uri=f"upstream/cilium:{tag}", image_digest=digest or shelf.digest)
    registry = Registry(plain_hosts=frozenset({"127.0.0.1"}))
    return charts.render(chart, f"127.0.0.1:{found.port}/charts/cilium", rendering, registry)


def test_a_chart_is_rendered_with_its_values_and_without_its_tests(charts, served):
    text = render(charts, served)
    assert "mode: tunnel" in text
    assert "kube: v1.34" in text
    assert "namespace: kube-system" in text
    assert "kind: Pod" not in text


def test_a_chart_is_pulled_once(charts, served):
    render(charts, served)
    asked = len(served[1].seen)
    render(charts, served)
    assert len(served[1].seen) == asked


def test_helms_own_files_lie_at_the_site(charts, served, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    render(charts, served)
    assert not (tmp_path / "home").exists()


def test_another_chart_under_the_same_name_is_refused_and_not_kept(charts, served, tmp_path):
    for _ in range(2):
        with pytest.raises(PermanentError) as caught:
            render(charts, served, digest="sha256:" + "ab" * 32)
        assert caught.value.code == "DIGEST_MISMATCH"
    assert list((tmp_path / "helm/charts").iterdir()) == []


def test_a_chart_that_is_not_there_is_no_matter_of_waiting(charts, served):
    with pytest.raises(PermanentError) as caught:
        render(charts, served, tag="9.9.9")
    assert caught.value.code == "CHART_MISSING"


def test_a_chart_without_a_digest_is_refused(charts):
    with pytest.raises(PermanentError) as caught:
        charts.render(Image(uri="a/b:1"), "a/b", RENDERING, Registry())
    assert caught.value.code == "DIGEST_MISSING"


def test_values_that_the_chart_refuses_are_the_specifications(charts, served):
    with pytest.raises(PermanentError) as caught:
        render(charts, served, rendering=Rendering("cilium", "x", "1.34", {"mode": None}))
    assert caught.value.code == "CHART_INVALID"
    assert "a mode is needed" in caught.value.seen


def test_a_registry_that_does_not_answer_may_answer_later(charts):
    chart = Image(uri="a/b:1", image_digest="sha256:" + "ab" * 32)
    with pytest.raises(TemporaryError) as caught:
        charts.render(chart, f"127.0.0.1:{free_port()}/a/b", RENDERING, Registry())
    assert caught.value.code == "NET_UNREACHABLE"
